/**
 * The unit of the element's sizes. Its sheets are written in `rem`, as if it were a page of its own;
 * a host's root may have any font size, such as 62.5 %. So `rem` becomes a custom property that
 * the outermost element takes from its own font size, and in the condition of a container
 * query `em`, which is the container's.
 */
import { type CSSResultOrNative, unsafeCSS } from "lit";

/** Its value is the outermost element's font size, in pixels. */
const UNIT = "--_rem";

const rewritten = new WeakMap<CSSResultOrNative, CSSResultOrNative>();

/** The same sheet for the same sheet, so that the parts go on sharing it. */
export function inOwnRem(style: CSSResultOrNative): CSSResultOrNative {
  if (!("cssText" in style)) {
    return style;
  }
  const known = rewritten.get(style);
  if (known) {
    return known;
  }
  const text = style.cssText
    .replace(/@container[^{]*\{/g, (condition) => condition.replace(/([\d.]+)rem\b/g, "$1em"))
    .replace(/(-?[\d.]+)rem\b/g, `calc($1 * var(${UNIT}))`);
  const sheet = unsafeCSS(text);
  rewritten.set(style, sheet);
  return sheet;
}

/** Makes the property a length in that window: only then is it the outermost element's `em` for all its parts. */
export function defineOwnRem(view: (Window & typeof globalThis) | null): void {
  try {
    view?.CSS.registerProperty({
      name: UNIT,
      syntax: "<length>",
      inherits: true,
      initialValue: "16px",
    });
  } catch {
    // It is one already.
  }
}
