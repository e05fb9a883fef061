/** Arithmetic on colours, so that what is drawn stays legible whatever the host chooses. */

/** Red, green and blue, 0 to 255 each. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** The contrast that WCAG 2 asks of text. */
export const TEXT_CONTRAST = 4.5;
/** The contrast that WCAG 2 asks of shapes that mean something. */
export const SHAPE_CONTRAST = 3;

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

/**
 * A colour in any CSS notation as numbers; `ctx` is used to let the browser read it.
 * Anything that is not a colour comes out as `fallback`.
 */
export function parseColour(ctx: CanvasRenderingContext2D, css: string, fallback: Rgb): Rgb {
  ctx.fillStyle = toCss(fallback);
  ctx.fillStyle = css;
  const read = String(ctx.fillStyle);
  const hex = /^#(..)(..)(..)$/.exec(read);
  if (hex) {
    return triple(hex.slice(1).map((digits) => Number.parseInt(digits, 16)));
  }
  // A translucent colour reads back as rgba(…). Anything modern, such as oklch(…), is
  // mixed with itself: that reads back as color(srgb …), with shares instead of bytes.
  ctx.fillStyle = `color-mix(in srgb, ${read}, ${read})`;
  const mixed = String(ctx.fillStyle);
  const numbers = (mixed.match(/[\d.]+/g) ?? []).map(Number);
  const scale = mixed.startsWith("color(") ? 255 : 1;
  return numbers.length < 3 ? fallback : triple(numbers.map((number) => number * scale));
}

export function toCss([red, green, blue]: Rgb, alpha = 1): string {
  return `rgba(${Math.round(red)}, ${Math.round(green)}, ${Math.round(blue)}, ${alpha})`;
}

/** `share` of `b` stirred into `a`. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

/** The contrast ratio of WCAG 2: 1 for equals, 21 for black on white. */
export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Black or white, whichever reads better on `ground`. */
export function inkOn(ground: Rgb): Rgb {
  return contrast(BLACK, ground) >= contrast(WHITE, ground) ? BLACK : WHITE;
}

/** `colour`, moved towards `towards` only as far as it takes to stand out from `ground`. */
export function standOut(colour: Rgb, ground: Rgb, towards: Rgb, ratio: number): Rgb {
  for (let share = 0; share < 1; share += 0.05) {
    const moved = mix(colour, towards, share);
    if (contrast(moved, ground) >= ratio) {
      return moved;
    }
  }
  return towards;
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(channel: number): number {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function triple(numbers: number[]): Rgb {
  const [red = 0, green = 0, blue = 0] = numbers;
  return [red, green, blue];
}
