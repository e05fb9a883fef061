/** Marks the selected replicas, and the subject that the pointer or the keyboard is on. */
import type { Subject } from "../../../core/subject.js";
import { type Disc, type Layout, NAMED_INSIDE } from "../layout.js";
import { type LogGrid, logRow } from "../logs/grid.js";
import type { Theme } from "../palette.js";
import type { Flight } from "./flight.js";

/** Where a subject is now. */
export function placeOf(
  layout: Layout,
  flight: Flight,
  subject: Subject,
  grid: LogGrid | undefined,
): Disc | undefined {
  switch (subject.kind) {
    case "replica":
      return layout.replicas[subject.id - 1] ?? rowOf(layout, subject.id);
    case "client":
      return layout.clients[subject.id - 1];
    case "message": {
      const at = flight.find(subject.id);
      return at < 0
        ? undefined
        : { x: flight.x[at] ?? 0, y: flight.y[at] ?? 0, r: layout.messageRadius };
    }
    case "entry": {
      const { replica, index } = subject;
      const box = grid?.cells(replica, index, index);
      return box && { x: box.x + box.w / 2, y: box.y + box.h / 2, r: box.h / 2 };
    }
    case "link": {
      const a = layout.replicas[subject.from - 1];
      const b = layout.replicas[subject.to - 1];
      return a && b && { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, r: 12 };
    }
  }
}

/** Without a ring, a replica is where its name is, before its row. */
function rowOf({ logs, stores, count }: Layout, id: number): Disc | undefined {
  const row = logs && logRow(logs, id);
  if (row) {
    return { x: row.x + logs.labelWidth / 2, y: row.y + row.h / 2, r: row.h / 2 };
  }
  if (!stores) {
    return undefined;
  }
  const r = stores.rowHeight / 2;
  const y = stores.y + stores.h - (count - id + 0.5) * stores.rowHeight;
  return { x: stores.x + stores.labelWidth / 2, y, r };
}

/** Behind everything: the link that the pointer or the keyboard is on. */
export function drawLitLink(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  layout: Layout,
  focus: Subject | undefined,
): void {
  const a = focus?.kind === "link" ? layout.replicas[focus.from - 1] : undefined;
  const b = focus?.kind === "link" ? layout.replicas[focus.to - 1] : undefined;
  if (a && b) {
    ctx.beginPath();
    ctx.moveTo(a.x, a.y);
    ctx.lineTo(b.x, b.y);
    ctx.lineCap = "butt";
    ctx.lineWidth = 16;
    ctx.strokeStyle = theme.accent.edge;
    ctx.stroke();
    ctx.lineWidth = 12;
    ctx.strokeStyle = theme.accent.tint;
    ctx.stroke();
  }
}

/** In front of everything: rings. Selected is a solid one, focus a dashed one further out. */
export function drawMarks(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  layout: Layout,
  flight: Flight,
  selected: readonly number[],
  focus: Subject | undefined,
  grid: LogGrid | undefined,
): void {
  ctx.strokeStyle = theme.accent.edge;
  for (const id of selected) {
    const seat = layout.replicas[id - 1];
    if (seat) {
      drawRing(ctx, seat, seat.r < NAMED_INSIDE ? 6 : 10, 2.5);
    }
  }
  const place = focus && focus.kind !== "link" && placeOf(layout, flight, focus, grid);
  if (!place) {
    return;
  }
  ctx.setLineDash([5, 3]);
  if (focus.kind === "entry") {
    ctx.lineWidth = 2;
    const half = place.r + 2;
    const wide = (grid?.cellWidth ?? 0) / 2;
    ctx.strokeRect(place.x - wide - 1, place.y - half, 2 * wide + 1, 2 * half);
  } else if (focus.kind === "client") {
    const half = place.r + 4;
    ctx.lineWidth = 2;
    ctx.strokeRect(place.x - half, place.y - half, 2 * half, 2 * half);
  } else {
    const small = focus.kind === "message" || place.r < NAMED_INSIDE;
    // Beyond the badges at the rim of a replica.
    drawRing(ctx, place, small ? 7 : 16, 2);
  }
  ctx.setLineDash([]);
}

function drawRing(
  ctx: CanvasRenderingContext2D,
  { x, y, r }: Disc,
  off: number,
  wide: number,
): void {
  ctx.beginPath();
  ctx.arc(x, y, r + off, 0, 2 * Math.PI);
  ctx.lineWidth = wide;
  ctx.stroke();
}
