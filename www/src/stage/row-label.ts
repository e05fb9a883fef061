/** The name of a replica at the head of its row in a table, with a sign of its role. */
import type { ReplicaView } from "../../pkg/raftarium.js";
import { traceCross, tracePause, traceStar } from "./shapes.js";
import { font, write } from "./text.js";
import { type Theme, termPaint } from "./theme.js";

export function drawRowLabel(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  replica: ReplicaView,
  x: number,
  y: number,
  width: number,
): void {
  const wide = width >= 60;
  const size = wide ? 13 : 11;
  drawRoleSign(ctx, theme, replica, x + 8, y, wide ? 5.5 : 5);
  ctx.textAlign = "left";
  ctx.fillStyle = replica.status === "crashed" ? theme.muted : theme.ink;
  ctx.font = font(theme.font, size, replica.role === "leader" ? 700 : 400);
  write(ctx, `R${replica.id}`, x + 18, y, size);
}

/** Leader: a star. Candidate: a dashed ring. Follower: a ring. Paused: bars. Crashed: a cross. */
export function drawRoleSign(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { status, role, term }: Pick<ReplicaView, "status" | "role" | "term">,
  x: number,
  y: number,
  r: number,
): void {
  ctx.lineCap = "butt";
  ctx.lineWidth = 1.75;
  ctx.fillStyle = theme.ink;
  ctx.beginPath();
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
  } else {
    ctx.strokeStyle = termPaint(theme, term).edge;
    ctx.setLineDash(role === "candidate" ? [r * 0.7, r * 0.55] : []);
    ctx.arc(x, y, r * 0.85, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.setLineDash([]);
  }
}
