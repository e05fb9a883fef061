/** Which subject is at a point of the canvas. A finger is wide: near is close enough. */
import type { LinkView } from "../../../pkg/raftarium.js";
import type { Subject } from "../../core/subject.js";
import type { Disc, Layout } from "./layout.js";
import { type LogGrid, logRow } from "./logs/grid.js";
import type { Flight } from "./world/flight.js";
import { LINKED_MAX } from "./world/links.js";

/** A finger's reach in pixels. */
const REACH = 20;
const LINK_REACH = 9;

/** The subject at (x, y): replicas go before messages, messages before clients, clients before links. */
export function hit(
  layout: Layout,
  flight: Flight,
  cuts: readonly LinkView[],
  grid: LogGrid | undefined,
  x: number,
  y: number,
): Subject | undefined {
  const replica = nearest(layout.replicas, x, y, 4);
  if (replica !== undefined) {
    return { kind: "replica", id: replica };
  }
  const message = nearestMessage(flight, x, y, Math.max(12, layout.messageRadius + 6));
  if (message !== undefined) {
    return { kind: "message", id: message };
  }
  const entry = grid?.at(x, y, layout.replicas.length);
  if (entry?.kind === "entry") {
    const { replica, index } = entry;
    return { kind: "entry", replica, index };
  }
  const row = rowAt(layout, x, y);
  if (row !== undefined) {
    return { kind: "replica", id: row };
  }
  const client = nearest(layout.clients, x, y, 4);
  if (client !== undefined) {
    return { kind: "client", id: client };
  }
  return linkAt(layout, cuts, x, y) ?? replicaNear(layout, x, y);
}

/** The number of the disc at (x, y), or within `slack` of it. */
function nearest(discs: readonly Disc[], x: number, y: number, slack: number): number | undefined {
  let best: number | undefined;
  let bestGap = slack;
  for (const [at, disc] of discs.entries()) {
    const gap = Math.hypot(disc.x - x, disc.y - y) - disc.r;
    if (gap <= bestGap) {
      best = at + 1;
      bestGap = gap;
    }
  }
  return best;
}

/** Small replicas and clients can be hit beside them too, where nothing else is. */
function replicaNear(layout: Layout, x: number, y: number): Subject | undefined {
  const r = layout.replicas[0]?.r ?? REACH;
  const replica = nearest(layout.replicas, x, y, Math.max(4, REACH - r));
  if (replica !== undefined) {
    return { kind: "replica", id: replica };
  }
  const side = layout.clients[0]?.r ?? REACH;
  const client = nearest(layout.clients, x, y, Math.max(4, REACH - side));
  return client === undefined ? undefined : { kind: "client", id: client };
}

function nearestMessage(flight: Flight, x: number, y: number, reach: number): number | undefined {
  let best: number | undefined;
  let bestGap = reach;
  for (let at = 0; at < flight.count; at += 1) {
    const gap = Math.hypot((flight.x[at] ?? 0) - x, (flight.y[at] ?? 0) - y);
    if (gap <= bestGap) {
      best = flight.id[at];
      bestGap = gap;
    }
  }
  return best;
}

function rowAt({ logs, stores, count }: Layout, x: number, y: number): number | undefined {
  for (let id = 1; id <= count; id += 1) {
    const row = logs && logRow(logs, id);
    if (row && x >= row.x && x < row.x + row.w && y >= row.y && y < row.y + row.h) {
      return id;
    }
  }
  if (stores && x >= stores.x && x < stores.x + stores.w) {
    const header = stores.h - count * stores.rowHeight;
    const row = Math.floor((y - stores.y - header) / stores.rowHeight);
    return row >= 0 && row < count ? row + 1 : undefined;
  }
  return undefined;
}

/** Links that aren't drawn can't be hit: in a crowd these are the whole ones. */
function linkAt(
  { replicas }: Layout,
  cuts: readonly LinkView[],
  x: number,
  y: number,
): Subject | undefined {
  let best: Subject | undefined;
  let bestGap = LINK_REACH;
  const consider = (from: number, to: number) => {
    const a = replicas[from - 1];
    const b = replicas[to - 1];
    const gap = a && b ? gapToLine(a, b, x, y) : Number.POSITIVE_INFINITY;
    if (gap < bestGap) {
      best = { kind: "link", from: Math.min(from, to), to: Math.max(from, to) };
      bestGap = gap;
    }
  };
  if (replicas.length > LINKED_MAX) {
    for (const { from, to } of cuts) {
      consider(from, to);
    }
    return best;
  }
  for (let from = 1; from <= replicas.length; from += 1) {
    for (let to = from + 1; to <= replicas.length; to += 1) {
      consider(from, to);
    }
  }
  return best;
}

function gapToLine(a: Disc, b: Disc, x: number, y: number): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const share = ((x - a.x) * dx + (y - a.y) * dy) / Math.max(1, dx * dx + dy * dy);
  const t = Math.max(0, Math.min(1, share));
  return Math.hypot(a.x + dx * t - x, a.y + dy * t - y);
}
