/**
 * All of the log on one line: the terms of the most up-to-date one in their colours, and on it what is
 * shown of it, where logs differ, and the commit index.
 */
import type { LogsView } from "../../../../pkg/raftarium.js";
import type { Rect } from "../layout-tables.js";
import { type Theme, termPaint } from "../palette.js";
import type { Pane } from "./window.js";

export function drawLogMap(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  map: Rect,
  { runs, differ, last_index: last }: LogsView,
  panes: readonly Pane[],
  commit: number,
): void {
  const { x, y, w, h } = map;
  ctx.fillStyle = theme.ground;
  ctx.fillRect(x - 3, y - 6, w + 6, h + 12);
  if (last === 0) {
    return;
  }
  const placeOf = (index: number) => x + (w * Math.min(Math.max(index, 0), last)) / last;
  ctx.fillStyle = theme.faint;
  ctx.fillRect(x, y + 1, w, h - 2);
  for (const [at, { first_index, term }] of runs.entries()) {
    const from = placeOf(first_index - 1);
    const to = placeOf((runs[at + 1]?.first_index ?? last + 1) - 1);
    ctx.fillStyle = termPaint(theme, term).fill;
    ctx.fillRect(from, y + 1, Math.max(1, to - from), h - 2);
  }
  if (differ) {
    ctx.fillStyle = theme.danger.edge;
    const from = placeOf(differ.first_index - 1);
    ctx.fillRect(from, y + h, Math.max(4, placeOf(differ.last_index) - from), 3);
  }
  ctx.fillStyle = theme.ink;
  ctx.fillRect(placeOf(commit) - 1, y - 3, 2, h + 6);
  ctx.lineWidth = 2;
  ctx.strokeStyle = theme.accent.edge;
  for (const { first, count } of panes) {
    const from = placeOf(first - 1);
    const to = placeOf(first + count - 1);
    ctx.strokeRect(from, y - 2, Math.max(6, to - from), h + 4);
  }
}
