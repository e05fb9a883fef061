/**
 * Places and sizes that change, set on the element's style object. Lit's own `styleMap` writes them
 * into a `style` attribute at first, which a strict content security policy refuses.
 */
import { type ElementPart, noChange } from "lit";
import { Directive, directive, type PartInfo, PartType } from "lit/directive.js";

class Styled extends Directive {
  #set: readonly string[] = [];

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) {
      throw new Error("styled() stands in a tag, outside its attributes.");
    }
  }

  override render(_properties: Readonly<Record<string, string>>) {
    return noChange;
  }

  override update(part: ElementPart, [properties]: [Readonly<Record<string, string>>]) {
    const { style } = part.element as HTMLElement;
    for (const name of this.#set) {
      if (!(name in properties)) {
        style.removeProperty(name);
      }
    }
    for (const [name, value] of Object.entries(properties)) {
      style.setProperty(name, value);
    }
    this.#set = Object.keys(properties);
    return noChange;
  }
}

/** `html\`<div ${styled({ left: "4px" })}></div>\``: CSS properties by their names in CSS. */
export const styled = directive(Styled);
