/**
 * The diagram in tiles: stretches of it that are drawn once and then moved. So what a frame costs
 * while one pans does not depend on how much there is to see.
 */
import { type Span, shareOf } from "../core/time/scale.js";
import { LABELS } from "./layout.js";
import { drawStretch, type Picture } from "./paint.js";

const TILE_PX = 256;
/** Tiles beyond those that are seen are kept, so that one can pan back. */
const KEPT = 24;
/** In each frame tiles are drawn for about this long; at least one. */
const BUDGET_MS = 5;

interface Tile {
  readonly canvas: HTMLCanvasElement;
  used: number;
}

export class Tiles {
  readonly #tiles = new Map<number, Tile>();
  /** What the tiles were drawn for. */
  #key = "";
  #frame = 0;

  /** All tiles are drawn anew. */
  forget(): void {
    this.#tiles.clear();
  }

  /**
   * Draws what is seen of the picture, and returns whether something is still missing. What changes
   * in it besides the span is told by the key.
   */
  draw(ctx: CanvasRenderingContext2D, picture: Picture, key: string, pixels: number): boolean {
    const { lanes, span } = picture;
    const perPx = (span.to_us - span.from_us) / Math.max(1, lanes.width - LABELS);
    const whole = `${key} ${perPx} ${lanes.width} ${lanes.height} ${pixels}`;
    if (whole !== this.#key) {
      this.#key = whole;
      this.#tiles.clear();
    }
    this.#frame += 1;
    const tileUs = TILE_PX * perPx;
    const first = Math.floor(span.from_us / tileUs);
    const last = Math.floor((span.to_us - 1) / tileUs);
    const beganMs = performance.now();
    let [missing, drawn] = [false, 0];
    for (let number = first; number <= last; number += 1) {
      let tile = this.#tiles.get(number);
      if (!tile) {
        if (drawn > 0 && performance.now() - beganMs > BUDGET_MS) {
          missing = true;
          continue;
        }
        tile = this.#make(picture, number, tileUs, pixels);
        drawn += 1;
      }
      tile.used = this.#frame;
      const x = LABELS + shareOf(span, number * tileUs) * (lanes.width - LABELS);
      // On whole pixels, or it would be blurred.
      const place = Math.round(x * pixels) / pixels;
      ctx.drawImage(tile.canvas, place, 0, TILE_PX, lanes.height);
    }
    this.#trim();
    return missing;
  }

  /** The last tiles change as the world goes on. */
  renewFrom(us: number, span: Span, width: number): void {
    const tileUs = (TILE_PX * (span.to_us - span.from_us)) / Math.max(1, width - LABELS);
    for (const number of this.#tiles.keys()) {
      if ((number + 1) * tileUs >= us) {
        this.#tiles.delete(number);
      }
    }
  }

  #make(picture: Picture, number: number, tileUs: number, pixels: number): Tile {
    const { lanes } = picture;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(TILE_PX * pixels);
    canvas.height = Math.round(lanes.height * pixels);
    const ctx = canvas.getContext("2d", { alpha: false });
    if (ctx) {
      // As if the tile were what is seen.
      const from_us = number * tileUs;
      const tileSpan = { from_us, to_us: from_us + tileUs };
      const width = TILE_PX + LABELS;
      ctx.setTransform(pixels, 0, 0, pixels, -LABELS * pixels, 0);
      const seen = { ...picture, lanes: { ...lanes, width }, span: tileSpan };
      drawStretch(ctx, seen, LABELS, width);
    }
    const tile = { canvas, used: this.#frame };
    this.#tiles.set(number, tile);
    return tile;
  }

  #trim(): void {
    if (this.#tiles.size <= KEPT) {
      return;
    }
    const oldest = [...this.#tiles].sort(([, a], [, b]) => a.used - b.used);
    for (const [number, { used }] of oldest.slice(0, this.#tiles.size - KEPT)) {
      if (used < this.#frame) {
        this.#tiles.delete(number);
      }
    }
  }
}
