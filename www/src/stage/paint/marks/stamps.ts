/**
 * Small drawings that are made once and then copied. Those that belong together, such
 * as one shape in all its directions, are made at the same time on a sheet of their own, which
 * then never changes: a copy from a bitmap takes two thirds of one from a canvas.
 */

/** At most this many pixels in all sheets together: 64 MiB. The oldest makes room for a new one. */
const PIXELS_MAX = 16 * 1024 * 1024;

/** Draws a variant of a sheet around the origin. */
type DrawStamp = (ctx: CanvasRenderingContext2D, sheet: number, variant: number) => void;

export class Stamps {
  readonly #width: number;
  readonly #height: number;
  readonly #variants: number;
  readonly #perRow: number;
  readonly #draw: DrawStamp;
  readonly #sheets = new Map<number, HTMLCanvasElement | ImageBitmap>();

  /** The size of a stamp is in device pixels; `variants` is how many a sheet holds. */
  constructor(width: number, height: number, variants: number, draw: DrawStamp) {
    this.#width = width;
    this.#height = height;
    this.#variants = variants;
    this.#perRow = Math.ceil(Math.sqrt(variants));
    this.#draw = draw;
  }

  /** Copies a variant from a sheet to where (x, y) is its middle, in device pixels. */
  stamp(ctx: CanvasRenderingContext2D, sheet: number, variant: number, x: number, y: number): void {
    this.stampAt(ctx, sheet, variant, x - this.#width / 2, y - this.#height / 2);
  }

  /** The same to where (left, top) is its corner. */
  stampAt(
    ctx: CanvasRenderingContext2D,
    sheet: number,
    variant: number,
    left: number,
    top: number,
  ): void {
    const image = this.#sheets.get(sheet) ?? this.#make(sheet);
    const width = this.#width;
    const height = this.#height;
    const column = variant % this.#perRow;
    const row = Math.floor(variant / this.#perRow);
    ctx.drawImage(image, column * width, row * height, width, height, left, top, width, height);
  }

  #make(sheet: number): HTMLCanvasElement | ImageBitmap {
    const canvas = document.createElement("canvas");
    canvas.width = this.#perRow * this.#width;
    canvas.height = Math.ceil(this.#variants / this.#perRow) * this.#height;
    const [oldest] = this.#sheets.keys();
    if (oldest !== undefined && this.#sheets.size * canvas.width * canvas.height > PIXELS_MAX) {
      this.#sheets.delete(oldest);
    }
    const ctx = canvas.getContext("2d");
    for (let variant = 0; ctx && variant < this.#variants; variant += 1) {
      ctx.save();
      ctx.translate(
        ((variant % this.#perRow) + 0.5) * this.#width,
        (Math.floor(variant / this.#perRow) + 0.5) * this.#height,
      );
      this.#draw(ctx, sheet, variant);
      ctx.restore();
    }
    const image = asBitmap(canvas);
    this.#sheets.set(sheet, image);
    return image;
  }
}

/** What is on a canvas as a bitmap; the canvas itself where there is no way or no room for one. */
function asBitmap(canvas: HTMLCanvasElement): HTMLCanvasElement | ImageBitmap {
  const copy =
    typeof OffscreenCanvas === "undefined" || canvas.width === 0 || canvas.height === 0
      ? undefined
      : new OffscreenCanvas(canvas.width, canvas.height);
  const ctx = copy?.getContext("2d");
  if (!copy || !ctx) {
    return canvas;
  }
  ctx.drawImage(canvas, 0, 0);
  return copy.transferToImageBitmap();
}
