/**
 * Small drawings that are made once and then copied. Those that belong together, such
 * as one shape in all its directions, are made at the same time on a sheet of their own:
 * a browser copies a whole sheet whenever it is read after it was written to.
 */

/** At most this many pixels in all sheets together: 64 MiB. The oldest makes room for a new one. */
const PIXELS_MAX = 16 * 1024 * 1024;

/** Draws a variant of a sheet around the origin. */
type DrawStamp = (ctx: CanvasRenderingContext2D, sheet: number, variant: number) => void;

export class Stamps {
  readonly #size: number;
  readonly #variants: number;
  readonly #perRow: number;
  readonly #draw: DrawStamp;
  readonly #sheets = new Map<number, HTMLCanvasElement>();

  /** `size` is how wide and high a stamp is in device pixels, `variants` how many a sheet holds. */
  constructor(size: number, variants: number, draw: DrawStamp) {
    this.#size = size;
    this.#variants = variants;
    this.#perRow = Math.ceil(Math.sqrt(variants));
    this.#draw = draw;
  }

  /** Copies a variant from a sheet to where (x, y) is its middle, in device pixels. */
  stamp(ctx: CanvasRenderingContext2D, sheet: number, variant: number, x: number, y: number): void {
    const canvas = this.#sheets.get(sheet) ?? this.#make(sheet);
    const size = this.#size;
    const column = variant % this.#perRow;
    const row = Math.floor(variant / this.#perRow);
    const left = x - size / 2;
    const top = y - size / 2;
    ctx.drawImage(canvas, column * size, row * size, size, size, left, top, size, size);
  }

  #make(sheet: number): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    const size = this.#size;
    canvas.width = this.#perRow * size;
    canvas.height = Math.ceil(this.#variants / this.#perRow) * size;
    const [oldest] = this.#sheets.keys();
    if (oldest !== undefined && this.#sheets.size * canvas.width * canvas.height > PIXELS_MAX) {
      this.#sheets.delete(oldest);
    }
    const ctx = canvas.getContext("2d");
    for (let variant = 0; ctx && variant < this.#variants; variant += 1) {
      ctx.save();
      ctx.translate(
        ((variant % this.#perRow) + 0.5) * size,
        (Math.floor(variant / this.#perRow) + 0.5) * size,
      );
      this.#draw(ctx, sheet, variant);
      ctx.restore();
    }
    this.#sheets.set(sheet, canvas);
    return canvas;
  }
}
