/**
 * Elements that can be moved into another document, such as that of a frame. A style sheet
 * that elements share belongs to the document it was made in, and can't be used in another:
 * there each element gets a copy of its styles. Their sizes are the element's own wherever it is.
 */
import { adoptStyles, type CSSResultOrNative, type LitElement } from "lit";
import { defineOwnRem, inOwnRem } from "./own-rem.js";

// biome-ignore lint/suspicious/noExplicitAny: what a mixin must take.
type Construct<T> = new (...args: any[]) => T;
type LitClass = Construct<LitElement> & Pick<typeof LitElement, keyof typeof LitElement>;

/** Lists of styles may be within lists. */
const STYLES_DEPTH = 9;

/** The same class, at home in every document. */
export function anyDocument<Base extends LitClass>(Part: Base): Base {
  return class extends Part {
    static override styles = ([Part.styles ?? []].flat(STYLES_DEPTH) as CSSResultOrNative[]).map(
      inOwnRem,
    );

    protected override createRenderRoot(): HTMLElement | DocumentFragment {
      if (this.ownerDocument === document) {
        return super.createRenderRoot();
      }
      const { shadowRootOptions } = this.constructor as typeof LitElement;
      const root = this.shadowRoot ?? this.attachShadow(shadowRootOptions);
      dress(root, this.constructor as typeof LitElement);
      return root;
    }

    adoptedCallback(): void {
      if (this.shadowRoot) {
        dress(this.shadowRoot, this.constructor as typeof LitElement);
      }
    }
  };
}

/** The styles in the form that the document of the root allows. */
function dress(root: ShadowRoot, { elementStyles }: typeof LitElement): void {
  for (const written of root.querySelectorAll("style[data-written]")) {
    written.remove();
  }
  if (root.ownerDocument === document) {
    adoptStyles(root, elementStyles);
    return;
  }
  defineOwnRem(root.ownerDocument.defaultView);
  for (const style of elementStyles) {
    const written = root.ownerDocument.createElement("style");
    written.dataset.written = "";
    written.textContent = textOf(style);
    root.append(written);
  }
}

function textOf(style: CSSResultOrNative): string {
  return "cssText" in style
    ? style.cssText
    : [...style.cssRules].map(({ cssText }) => cssText).join("\n");
}
