/** The name of a replica at the head of its row in a table, with a sign of its role. */
import type { MemberKind, ReplicaView } from "../../../../pkg/raftarium.js";
import { fit, setFont, TEXT_MIN, textWidth, write } from "../canvas-text.js";
import type { Rect } from "../layout-tables.js";
import { tracePages } from "../marks/pills.js";
import { traceCross, tracePause, traceStar } from "../marks/shapes.js";
import { type Theme, termPaint } from "../palette.js";

/** A label this wide is written large. */
const WIDE = 60;
/** A row this high has room for a second line below the name. */
const NOTED = 30;

export function drawRowLabel(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  replica: ReplicaView,
  standing: MemberKind,
  x: number,
  y: number,
  width: number,
): void {
  const wide = width >= WIDE;
  const size = wide ? 13 : 11;
  drawRoleSign(ctx, theme, replica, standing, x + 8, y, wide ? 5.5 : 5);
  ctx.textAlign = "left";
  ctx.fillStyle = replica.status === "crashed" || standing === "outsider" ? theme.muted : theme.ink;
  setFont(ctx, theme.font, size, replica.role === "leader" ? 700 : 400);
  write(ctx, `R${replica.id}`, x + 18, y, size);
}

/**
 * The same for the log table, and the snapshot, if there is one: its last index below the
 * name, or only its sign beside it if there is no room.
 */
export function drawLogLabel(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  replica: ReplicaView,
  standing: MemberKind,
  row: Rect,
  width: number,
): void {
  const middle = row.y + row.h / 2;
  const covered = replica.snapshot_index;
  const noted = covered > 0 && row.h >= NOTED && width >= WIDE;
  drawRowLabel(ctx, theme, replica, standing, row.x, noted ? middle - 7 : middle, width);
  if (covered === 0) {
    return;
  }
  const right = row.x + width - 8;
  const beside = row.x + 18 + textWidth(ctx, `R${replica.id}`) + 5 <= right;
  if (!noted && !beside) {
    return;
  }
  ctx.beginPath();
  tracePages(ctx, noted ? row.x + 8 : right, noted ? middle + 9 : middle);
  ctx.lineWidth = 1;
  ctx.strokeStyle = theme.muted;
  ctx.stroke();
  if (noted) {
    ctx.textAlign = "left";
    ctx.fillStyle = theme.muted;
    setFont(ctx, theme.font, TEXT_MIN);
    write(ctx, fit(ctx, String(covered), width - 20), row.x + 18, middle + 9, TEXT_MIN);
  }
}

/**
 * Leader: a star. Candidate: a dashed ring, before that a dotted one. Follower: a ring;
 * learner: a thin one with a dot; not a member: one with a bar. Paused: bars.
 * Crashed: a cross.
 */
export function drawRoleSign(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { status, role, term }: Pick<ReplicaView, "status" | "role" | "term">,
  standing: MemberKind,
  x: number,
  y: number,
  r: number,
): void {
  ctx.lineCap = "butt";
  ctx.lineWidth = 1.75;
  ctx.fillStyle = theme.ink;
  ctx.beginPath();
  // A replica that does not run has no role worth showing.
  if (status === "crashed") {
    ctx.strokeStyle = theme.danger.edge;
    ctx.lineWidth = 2;
    traceCross(ctx, x, y, r * 0.75);
    ctx.stroke();
  } else if (status === "paused") {
    tracePause(ctx, x, y, r);
    ctx.fill();
  } else if (role === "leader") {
    traceStar(ctx, x, y, r * 1.25);
    ctx.fill();
  } else if (role === "follower" && standing === "learner") {
    ctx.strokeStyle = termPaint(theme, term).edge;
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = 1;
    ctx.arc(x, y, r * 0.95, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y, r * 0.35, 0, 2 * Math.PI);
    ctx.fill();
  } else if (role === "follower" && standing === "outsider") {
    ctx.strokeStyle = theme.muted;
    ctx.lineWidth = 1.25;
    ctx.arc(x, y, r * 0.95, 0, 2 * Math.PI);
    ctx.moveTo(x - r * 0.5, y);
    ctx.lineTo(x + r * 0.5, y);
    ctx.stroke();
  } else {
    ctx.strokeStyle = termPaint(theme, term).edge;
    if (role === "candidate") {
      ctx.setLineDash([r * 0.7, r * 0.55]);
    } else if (role === "pre_candidate") {
      ctx.lineCap = "round";
      ctx.setLineDash([0.01, r * 0.6]);
    }
    ctx.arc(x, y, r * 0.85, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.setLineDash([]);
  }
}
