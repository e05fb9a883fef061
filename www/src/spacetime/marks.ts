/** The marks on the lanes: what happened at a replica or client, each kind with a shape of its own. */
import { HappeningField, HappeningKind } from "../../pkg/raftarium.js";
import { OUTSIDE } from "../core/time/trace.js";
import { traceCross, traceStar } from "../stage/paint/marks/shapes.js";
import { type Theme, termPaint } from "../stage/paint/palette.js";
import { FOOT, HEAD, laneY, xOf } from "./layout.js";
import { FADED, type Picture } from "./paint.js";

/** These are drawn in a crowd too. */
const RARE: ReadonlySet<HappeningKind> = new Set([
  HappeningKind.Crashed,
  HappeningKind.Started,
  HappeningKind.Became,
  HappeningKind.Truncated,
  HappeningKind.Done,
  HappeningKind.Noted,
  HappeningKind.Restored,
  HappeningKind.SnapshotTaken,
  HappeningKind.GaveUp,
]);
/** These are seen by their lines. */
const NO_MARK: ReadonlySet<HappeningKind> = new Set([
  HappeningKind.Sent,
  HappeningKind.Received,
  HappeningKind.Lost,
]);

export function drawMarks(
  ctx: CanvasRenderingContext2D,
  { trace, lanes, span, theme, relations }: Picture,
  first: number,
  last: number,
  crowded: boolean,
): void {
  for (let row = first; row < last; row += 1) {
    const kind = trace.kind(row);
    if (NO_MARK.has(kind) || (crowded && !RARE.has(kind))) {
      continue;
    }
    const y = laneY(lanes, trace.at(row, HappeningField.Place));
    if (y === undefined) {
      continue;
    }
    const x = xOf(lanes, span, trace.at(row, HappeningField.AtUs));
    ctx.globalAlpha = relations && !relations[row] ? FADED : 1;
    drawMark(ctx, theme, kind, x, y, {
      term: trace.at(row, HappeningField.Term),
      detail: trace.at(row, HappeningField.Detail),
      outside: trace.at(row, HappeningField.Place) === OUTSIDE,
      height: lanes.height,
    });
  }
  ctx.globalAlpha = 1;
}

interface Mark {
  readonly term: number;
  readonly detail: number;
  readonly outside: boolean;
  readonly height: number;
}

/** Also for the legend. */
export function drawMark(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  kind: HappeningKind,
  x: number,
  y: number,
  { term, detail, outside, height }: Mark,
): void {
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  switch (kind) {
    case HappeningKind.Wrote:
      // A disk: a flat drum.
      ctx.fillStyle = theme.surface;
      ctx.strokeStyle = theme.muted;
      ctx.rect(x - 3, y + 6, 6, 5);
      ctx.fill();
      ctx.stroke();
      break;
    case HappeningKind.Appended:
      ctx.fillStyle = termPaint(theme, term).edge;
      ctx.fillRect(x - 2, y - 13, 4, 6);
      break;
    case HappeningKind.Committed:
      ctx.strokeStyle = theme.success.edge;
      ctx.lineWidth = 2;
      ctx.moveTo(x - 4, y - 11);
      ctx.lineTo(x - 1, y - 7);
      ctx.lineTo(x + 4.5, y - 14);
      ctx.stroke();
      break;
    case HappeningKind.Applied:
      ctx.fillStyle = theme.success.edge;
      ctx.arc(x, y + 8, 2.2, 0, 2 * Math.PI);
      ctx.fill();
      break;
    case HappeningKind.Decided:
      ctx.fillStyle = detail === 1 ? theme.danger.fill : theme.ink;
      ctx.moveTo(x, y - 4.5);
      ctx.lineTo(x + 4.5, y);
      ctx.lineTo(x, y + 4.5);
      ctx.lineTo(x - 4.5, y);
      ctx.closePath();
      ctx.fill();
      break;
    case HappeningKind.Became:
      if (detail === 3) {
        traceStar(ctx, x, y, 8);
        ctx.fillStyle = theme.ink;
        ctx.fill();
      } else {
        ctx.fillStyle = termPaint(theme, term).edge;
        ctx.fillRect(x - 1, y - 8, 2, 16);
      }
      break;
    case HappeningKind.TimedOut:
      ctx.strokeStyle = theme.muted;
      ctx.fillStyle = theme.ground;
      ctx.arc(x, y, 3.5, 0, 2 * Math.PI);
      ctx.fill();
      ctx.moveTo(x, y - 2.5);
      ctx.lineTo(x, y);
      ctx.lineTo(x + 2, y);
      ctx.stroke();
      break;
    case HappeningKind.Truncated:
    case HappeningKind.Crashed:
    case HappeningKind.GaveUp:
      ctx.strokeStyle = theme.danger.edge;
      ctx.lineWidth = 2.5;
      traceCross(ctx, x, y, kind === HappeningKind.Crashed ? 6 : 4);
      ctx.stroke();
      break;
    case HappeningKind.Started:
    case HappeningKind.Resumed:
      ctx.strokeStyle = theme.success.edge;
      ctx.lineWidth = 2;
      ctx.arc(x, y, 4.5, 0, 2 * Math.PI);
      ctx.stroke();
      break;
    case HappeningKind.Asked:
    case HappeningKind.Told:
    case HappeningKind.ReadServed:
      ctx.fillStyle = kind === HappeningKind.Asked ? theme.ground : theme.plain.edge;
      ctx.strokeStyle = theme.plain.edge;
      ctx.arc(x, y, 3.5, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
      break;
    case HappeningKind.Restored:
    case HappeningKind.SnapshotTaken:
      ctx.fillStyle = theme.plain.fill;
      ctx.fillRect(x - 4, y - 13, 8, 6);
      break;
    case HappeningKind.Done:
    case HappeningKind.Noted:
      drawOutside(ctx, theme, kind === HappeningKind.Noted, x, y, outside ? height : 0);
      break;
    default:
      ctx.fillStyle = theme.muted;
      ctx.fillRect(x - 1.5, y - 1.5, 3, 3);
  }
}

/** What is done from outside: a wedge above the lanes, with a line through all of them. */
function drawOutside(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  alarm: boolean,
  x: number,
  y: number,
  height: number,
): void {
  ctx.fillStyle = alarm ? theme.danger.fill : theme.ink;
  ctx.moveTo(x - 5, y - 6);
  ctx.lineTo(x + 5, y - 6);
  ctx.lineTo(x, y + 4);
  ctx.closePath();
  ctx.fill();
  if (height > 0) {
    ctx.fillStyle = alarm ? theme.danger.edge : theme.line;
    ctx.fillRect(x - 0.5, HEAD, 1, height - HEAD - FOOT);
  }
}
