/** Draws the links between the replicas, cut and clogged ones too, and the islands of a partition. */
import type { LinkView } from "../../../../pkg/raftarium.js";
import type { Disc, Layout, Seat } from "../layout.js";
import type { Theme } from "../palette.js";
import { convexHull, findPartition, type Partition } from "./partitions.js";
import { type Spot, spotOnTrack, traceTrack } from "./tracks.js";

/** With more replicas than this the links would be a grey disc, and are left out. */
export const LINKED_MAX = 9;
/** With more cuts than this the islands alone tell enough. */
const CUTS_MAX = 120;

/** Knows the links of one layout and one set of cuts, and draws them in a few calls. */
export class LinkPainter {
  #key = "";
  #layout: Layout | undefined;
  #partition: Partition | undefined;
  #whole = new Path2D();
  #islands: Path2D[] = [];

  /** Goes first: the islands lie under everything. */
  drawIslands(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    layout: Layout,
    cuts: readonly LinkView[],
  ): void {
    this.#prepare(layout, cuts);
    const r = layout.replicas[0]?.r ?? 0;
    // As wide a shore as there is room for between neighbours.
    const shore = Math.max(r + 5, Math.min(r + 16, layout.spacing / 2 - 4));
    ctx.lineJoin = "round";
    ctx.lineCap = "round";
    for (const [at, island] of this.#islands.entries()) {
      const soil = theme.islands[at % theme.islands.length] ?? theme.faint;
      ctx.strokeStyle = theme.rim;
      ctx.lineWidth = 2 * shore;
      ctx.stroke(island);
      ctx.strokeStyle = soil;
      ctx.fillStyle = soil;
      ctx.lineWidth = 2 * shore - 2.5;
      ctx.stroke(island);
      ctx.fill(island);
    }
  }

  drawLinks(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    layout: Layout,
    cuts: readonly LinkView[],
    clogs: readonly LinkView[],
  ): void {
    this.#prepare(layout, cuts);
    ctx.lineWidth = 1;
    ctx.strokeStyle = theme.rim;
    ctx.stroke(this.#whole);
    this.#drawCuts(ctx, theme, layout, cuts);
    for (const { from, to } of clogs.slice(0, CUTS_MAX)) {
      const start = layout.replicas[from - 1];
      const end = layout.replicas[to - 1];
      if (start && end) {
        drawClog(ctx, theme, start, end);
      }
    }
  }

  #prepare(layout: Layout, cuts: readonly LinkView[]): void {
    const key = cuts.map(({ from, to }) => from * 64 + to).join();
    if (this.#layout === layout && this.#key === key) {
      return;
    }
    this.#layout = layout;
    this.#key = key;
    const seats = layout.replicas;
    const partition = findPartition(cuts, seats.length);
    this.#partition = partition;

    this.#whole = new Path2D();
    if (seats.length <= LINKED_MAX) {
      for (let a = 0; a < seats.length; a += 1) {
        for (let b = a + 1; b < seats.length; b += 1) {
          this.#addWhole(layout, partition, a, b);
        }
      }
    }

    this.#islands = [];
    if (partition.islands > 1) {
      const islands = Array.from({ length: partition.islands }, (_, island) =>
        seats.filter((_, at) => partition.island[at] === island),
      );
      // A small island that lies before a large one is still seen.
      islands.sort((a, b) => b.length - a.length);
      this.#islands = islands.map(outline);
    }
  }

  /** A link that works both ways is a line; of one that works one way, that way is a curve. */
  #addWhole(layout: Layout, partition: Partition, a: number, b: number): void {
    const one = layout.replicas[a];
    const other = layout.replicas[b];
    if (!one || !other) {
      return;
    }
    const there = !partition.isCut(a + 1, b + 1);
    const back = !partition.isCut(b + 1, a + 1);
    if (there && back) {
      this.#whole.moveTo(one.x, one.y);
      this.#whole.lineTo(other.x, other.y);
    } else if (there || back) {
      traceTrack(this.#whole, there ? one : other, there ? other : one);
    }
  }

  #drawCuts(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    layout: Layout,
    cuts: readonly LinkView[],
  ): void {
    const partition = this.#partition;
    if (!partition || cuts.length === 0) {
      return;
    }
    const crowded = layout.replicas.length > LINKED_MAX;
    let drawn = 0;
    for (const { from, to } of cuts) {
      const start = layout.replicas[from - 1];
      const end = layout.replicas[to - 1];
      const both = partition.isCut(to, from);
      const apart = partition.island[from - 1] !== partition.island[to - 1];
      if (!start || !end || (both && from > to) || (crowded && apart) || drawn >= CUTS_MAX) {
        continue;
      }
      drawn += 1;
      if (both) {
        drawCutBothWays(ctx, theme, start, end, apart ? 0.45 : 1);
      } else {
        drawCutOneWay(ctx, theme, start, end);
      }
    }
  }
}

/** The path that a broad brush follows to paint an island. */
function outline(seats: readonly Seat[]): Path2D {
  const path = new Path2D();
  const [first, ...others] = convexHull(seats);
  if (!first) {
    return path;
  }
  path.moveTo(first.x, first.y);
  // A line without any length would leave no trace.
  path.lineTo(first.x + 0.1, first.y);
  for (const { x, y } of others) {
    path.lineTo(x, y);
  }
  path.closePath();
  return path;
}

const spot: Spot = { x: 0, y: 0, cos: 1, sin: 0, along: 0 };

/**
 * A dashed line with a gap in the middle, and a bar on each side of the gap. `strength`
 * is that of the line: between islands there are many, and the water tells the same.
 */
export function drawCutBothWays(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  a: Disc,
  b: Disc,
  strength = 1,
): void {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = Math.max(1, Math.hypot(dx, dy));
  const gap = Math.min(7, length * 0.06) / length;
  ctx.strokeStyle = theme.danger.edge;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([5, 5]);
  ctx.beginPath();
  ctx.moveTo(a.x, a.y);
  ctx.lineTo(a.x + dx * (0.5 - gap), a.y + dy * (0.5 - gap));
  ctx.moveTo(b.x, b.y);
  ctx.lineTo(a.x + dx * (0.5 + gap), a.y + dy * (0.5 + gap));
  ctx.globalAlpha = strength;
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
  ctx.lineWidth = 2.5;
  ctx.beginPath();
  for (const side of [0.5 - gap, 0.5 + gap]) {
    traceBar(ctx, a.x + dx * side, a.y + dy * side, dx / length, dy / length, 6);
  }
  ctx.stroke();
}

/** The track of the direction that is cut: dashed, with an arrow that runs into a bar. */
export function drawCutOneWay(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  from: Disc,
  to: Disc,
): void {
  ctx.strokeStyle = theme.danger.edge;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([5, 5]);
  ctx.beginPath();
  traceTrack(ctx, from, to);
  ctx.stroke();
  ctx.setLineDash([]);
  spotOnTrack(from, to, 0.55, 0, spot);
  const { x, y, cos, sin } = spot;
  ctx.fillStyle = theme.danger.edge;
  ctx.beginPath();
  ctx.moveTo(x - 2 * cos, y - 2 * sin);
  ctx.lineTo(x - 14 * cos - 6 * sin, y - 14 * sin + 6 * cos);
  ctx.lineTo(x - 14 * cos + 6 * sin, y - 14 * sin - 6 * cos);
  ctx.fill();
  ctx.lineWidth = 3;
  ctx.beginPath();
  traceBar(ctx, x + 1.5 * cos, y + 1.5 * sin, cos, sin, 8);
  ctx.stroke();
}

/** The track of the direction that is clogged: dots that queue before a bar. */
export function drawClog(ctx: CanvasRenderingContext2D, theme: Theme, from: Disc, to: Disc): void {
  ctx.strokeStyle = theme.ink;
  ctx.fillStyle = theme.ink;
  ctx.lineWidth = 1;
  ctx.beginPath();
  traceTrack(ctx, from, to);
  ctx.stroke();
  spotOnTrack(from, to, 0.75, 0, spot);
  const { x, y, cos, sin } = spot;
  ctx.lineWidth = 3;
  ctx.beginPath();
  traceBar(ctx, x, y, cos, sin, 8);
  ctx.stroke();
  for (const behind of [7, 14, 21]) {
    ctx.beginPath();
    ctx.arc(x - behind * cos, y - behind * sin, 2.5, 0, 2 * Math.PI);
    ctx.fill();
  }
}

function traceBar(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  cos: number,
  sin: number,
  half: number,
): void {
  ctx.moveTo(x - half * sin, y + half * cos);
  ctx.lineTo(x + half * sin, y - half * cos);
}
