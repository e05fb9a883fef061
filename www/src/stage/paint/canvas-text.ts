/** Text on the canvas: measured once, shortened where it has to be. */

/** No text on the stage is smaller than this. */
export const TEXT_MIN = 11;

/** No place on the stage shows more characters of a text, and no more are remembered. */
const SHOWN_MAX = 200;
/** After this many texts of one face, its memory starts anew. */
const REMEMBERED_MAX = 4000;

type Weight = 400 | 600 | 700;

/** A font, with what is known of texts in it. */
class Face {
  /** The value of the CSS `font` property. */
  readonly css: string;
  readonly #widths = new Map<string, number>();
  readonly #shortened = new Map<number, Map<string, string>>();

  constructor(css: string) {
    this.css = css;
  }

  width(ctx: CanvasRenderingContext2D, text: string): number {
    const known = this.#widths.get(text);
    if (known !== undefined) {
      return known;
    }
    const { width } = ctx.measureText(text);
    remember(this.#widths, text, width);
    return width;
  }

  shorten(ctx: CanvasRenderingContext2D, head: string, room: number): string {
    const place = Math.floor(room);
    const texts = this.#shortened.get(place) ?? new Map<string, string>();
    const known = texts.get(head);
    if (known !== undefined) {
      return known;
    }
    // Whole code points, so that no emoji in a value is cut in two.
    const points = Array.from(head);
    while (points.length > 0 && ctx.measureText(`${points.join("")}…`).width > room) {
      points.pop();
    }
    const short = points.length > 0 ? `${points.join("")}…` : "";
    remember(texts, head, short);
    remember(this.#shortened, place, texts);
    return short;
  }
}

/** By family, then by size and weight: to build a font's CSS for each text costs more than to draw it. */
const faces = new Map<string, Map<number, Face>>();
/** The one that was set last, on whatever canvas: texts are measured right after that. */
let face = new Face("");

/** Sets the font that texts are measured, shortened and written in. */
export function setFont(
  ctx: CanvasRenderingContext2D,
  family: string,
  size: number,
  weight: Weight = 400,
): void {
  let ofFamily = faces.get(family);
  if (!ofFamily) {
    ofFamily = new Map();
    faces.set(family, ofFamily);
  }
  const key = size * 1024 + weight;
  let found = ofFamily.get(key);
  if (!found) {
    found = new Face(`${weight} ${size}px ${family}`);
    ofFamily.set(key, found);
  }
  face = found;
  ctx.font = found.css;
}

/** How wide `text` is in the font that is set. */
export function textWidth(ctx: CanvasRenderingContext2D, text: string): number {
  return face.width(ctx, text);
}

/** `text`, cut short with an ellipsis if it is wider than `room`. */
export function fit(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  const head = text.slice(0, SHOWN_MAX);
  return head === text && face.width(ctx, text) <= room ? text : face.shorten(ctx, head, room);
}

/** The same, cut short in its middle: two values that differ mostly do so at their ends. */
export function fitEnds(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  if (face.width(ctx, text) <= room) {
    return text;
  }
  const points = Array.from(text.slice(0, SHOWN_MAX));
  const ends = Array.from(text.slice(-SHOWN_MAX));
  for (let kept = Math.min(12, points.length - 1); kept > 1; kept -= 1) {
    const head = points.slice(0, Math.floor(kept / 3));
    const short = `${head.join("")}…${ends.slice(head.length - kept).join("")}`;
    if (face.width(ctx, short) <= room) {
      return short;
    }
  }
  return fit(ctx, text, room);
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
  faces.clear();
}

function remember<Key, T>(memory: Map<Key, T>, key: Key, value: T): void {
  if (memory.size >= REMEMBERED_MAX) {
    memory.clear();
  }
  memory.set(key, value);
}
