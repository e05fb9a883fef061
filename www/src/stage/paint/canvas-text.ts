/** Text on the canvas: measured once, shortened where it has to be. */

/** No text on the stage is smaller than this. */
export const TEXT_MIN = 11;

const widths = new Map<string, number>();
const shortened = new Map<string, string>();
/** No place on the stage shows more characters of a text, and no more are remembered. */
const SHOWN_MAX = 200;
/** After this many texts the memory starts anew. */
const REMEMBERED_MAX = 4000;

/** The value of the CSS `font` property. */
export function font(family: string, size: number, weight: 400 | 600 | 700 = 400): string {
  return `${weight} ${size}px ${family}`;
}

/** How wide `text` is in the font that is set. */
export function textWidth(ctx: CanvasRenderingContext2D, text: string): number {
  const key = `${ctx.font}|${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    width = ctx.measureText(text).width;
    remember(widths, key, width);
  }
  return width;
}

/** `text`, cut short with an ellipsis if it is wider than `room`. */
export function fit(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  const head = text.slice(0, SHOWN_MAX);
  if (head === text && textWidth(ctx, text) <= room) {
    return text;
  }
  const key = `${ctx.font}|${Math.floor(room)}|${head}`;
  const known = shortened.get(key);
  if (known !== undefined) {
    return known;
  }
  // Whole code points, so that no emoji in a value is cut in two.
  const points = Array.from(head);
  while (points.length > 0 && ctx.measureText(`${points.join("")}…`).width > room) {
    points.pop();
  }
  const short = points.length > 0 ? `${points.join("")}…` : "";
  remember(shortened, key, short);
  return short;
}

/**
 * Draws text whose capitals are centred on `y`; x is where `textAlign` says. The
 * font's size is needed because a canvas can't be asked for it as a number.
 */
export function write(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  size: number,
): void {
  ctx.fillText(text, x, y + size * 0.36);
}

/** The fonts have changed: nothing that was measured holds any more. */
export function forgetTexts(): void {
  widths.clear();
  shortened.clear();
}

function remember<T>(memory: Map<string, T>, key: string, value: T): void {
  if (memory.size >= REMEMBERED_MAX) {
    memory.clear();
  }
  memory.set(key, value);
}
