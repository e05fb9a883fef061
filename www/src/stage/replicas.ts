/**
 * Draws the replicas on the ring. The role is told three times: by a word, by the rim
 * (a leader's is double, a candidate's dashed), and by a badge (a star, the votes).
 */
import type { ReplicaView } from "../../pkg/raftarium.js";
import {
  drawCrossBadge,
  drawDiskBadge,
  drawPauseBadge,
  drawStarBadge,
  drawVotesBadge,
} from "./badges.js";
import { NAMED_INSIDE, type Seat, TERM_INSIDE } from "./layout.js";
import { traceCross } from "./shapes.js";
import { fit, font, TEXT_MIN, textWidth, write } from "./text.js";
import { type Paint, type Theme, termPaint } from "./theme.js";

/** Nodes smaller than this have two lines of text instead of three. */
const ROLE_INSIDE = 28;
const TIMER_GAP = 5;
/** When so little of a timer is left, it is about to run out. */
const SOON = 0.25;

const ROLE_NAMES = {
  leader: "Leader",
  candidate: "Candidate",
  follower: "Follower",
} as const;

/** Draws one replica as it is at `nowUs`, in a cluster of `count`. */
export function drawReplica(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  seat: Seat,
  replica: ReplicaView,
  count: number,
  nowUs: number,
): void {
  const crashed = replica.status === "crashed";
  const paint = crashed ? theme.plain : termPaint(theme, replica.term);
  drawTimer(ctx, theme, seat, replica, nowUs);
  drawDisc(ctx, theme, seat, replica, paint);
  drawTexts(ctx, theme, seat, replica);
  drawBadges(ctx, theme, seat, replica, count, paint);
}

/** What is left of the running timer, draining clockwise towards twelve o'clock. */
function drawTimer(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { x, y, r }: Seat,
  { timer, status, role }: ReplicaView,
  nowUs: number,
): void {
  if (!timer || status === "crashed") {
    return;
  }
  const small = r < NAMED_INSIDE;
  const wide = small ? 2.5 : 4;
  const radius = r + (small ? 3 : TIMER_GAP);
  const left = Math.max(
    0,
    Math.min(1, (timer.due_us - nowUs) / Math.max(1, timer.due_us - timer.set_us)),
  );
  const top = -Math.PI / 2;
  ctx.lineCap = "butt";
  ctx.lineWidth = role === "leader" ? wide / 2 : wide;
  ctx.strokeStyle = theme.line;
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.stroke();

  // A leader's timer says when it will speak again, the others' when they lose patience.
  if (role === "leader") {
    ctx.setLineDash([3, 2]);
    ctx.strokeStyle = theme.ink;
  } else {
    const soon = left < SOON && status === "running";
    ctx.strokeStyle = soon ? theme.danger.edge : theme.muted;
  }
  ctx.beginPath();
  ctx.arc(x, y, radius, top, top + left * 2 * Math.PI);
  ctx.stroke();
  ctx.setLineDash([]);
}

function drawDisc(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { x, y, r }: Seat,
  { status, role }: ReplicaView,
  paint: Paint,
): void {
  const small = r < NAMED_INSIDE;
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.fillStyle = theme.surface;
  ctx.fill();
  if (status !== "crashed") {
    ctx.fillStyle = paint.tint;
    ctx.fill();
  }
  ctx.strokeStyle = paint.edge;
  ctx.lineCap = "butt";
  if (status === "crashed") {
    ctx.lineWidth = 1.5;
    ctx.setLineDash([2, 3]);
    ctx.stroke();
    ctx.setLineDash([]);
    return;
  }
  if (role === "candidate") {
    const dash = (2 * Math.PI * r) / (small ? 16 : 28);
    ctx.lineWidth = small ? 2.5 : 3.5;
    ctx.setLineDash([dash, dash]);
    ctx.stroke();
    ctx.setLineDash([]);
    return;
  }
  ctx.lineWidth = role === "leader" ? Math.max(2.5, r * 0.09) : small ? 1.5 : 2;
  ctx.stroke();
  if (role === "leader") {
    ctx.lineWidth = small ? 1 : 1.5;
    ctx.beginPath();
    ctx.arc(x, y, r - Math.max(3.5, r * 0.13), 0, 2 * Math.PI);
    ctx.stroke();
  }
}

function drawTexts(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  seat: Seat,
  replica: ReplicaView,
): void {
  const { x, y, r } = seat;
  const name = `R${replica.id}`;
  const crashed = replica.status === "crashed";
  const ink = crashed ? theme.muted : theme.ink;
  ctx.textAlign = "center";
  ctx.fillStyle = ink;
  if (r >= ROLE_INSIDE) {
    const pitch = Math.max(12.5, r * 0.37);
    const size = Math.max(12, Math.min(21, r * 0.36));
    const below = Math.max(TEXT_MIN, Math.min(15, r * 0.26));
    ctx.font = font(theme.font, size, 700);
    write(ctx, name, x, y - pitch, size);
    ctx.font = font(theme.font, below, replica.role === "follower" ? 400 : 600);
    write(ctx, roleWord(ctx, replica, 2 * r - 8), x, y + 1, below);
    ctx.font = font(theme.font, below);
    ctx.fillStyle = crashed ? theme.muted : theme.ink;
    write(ctx, fit(ctx, `term ${replica.term}`, 1.5 * r), x, y + pitch + 1, below);
  } else if (r >= NAMED_INSIDE) {
    ctx.font = font(theme.font, 12, 700);
    write(ctx, name, x, y - 6.5, 12);
    ctx.font = font(theme.font, TEXT_MIN);
    write(ctx, fit(ctx, `t${replica.term}`, 1.7 * r), x, y + 7, TEXT_MIN);
  } else {
    drawSmallTexts(ctx, theme, seat, replica, name);
  }
}

/** The term inside, the name outside, as far as there is room for them. */
function drawSmallTexts(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { x, y, r, labelX, labelY }: Seat,
  replica: ReplicaView,
  name: string,
): void {
  if (replica.status === "crashed") {
    ctx.strokeStyle = theme.muted;
    ctx.lineWidth = 2;
    ctx.beginPath();
    traceCross(ctx, x, y, r * 0.45);
    ctx.stroke();
  } else if (r >= TERM_INSIDE) {
    ctx.font = font(theme.font, TEXT_MIN, replica.role === "follower" ? 400 : 700);
    const term = String(replica.term);
    if (textWidth(ctx, term) <= 2 * r - 4) {
      write(ctx, term, x, y, TEXT_MIN);
    }
  }
  const tellsName = r >= 11 || replica.role !== "follower";
  if (tellsName) {
    ctx.font = font(theme.font, TEXT_MIN, replica.role === "leader" ? 700 : 400);
    ctx.fillStyle = replica.role === "follower" ? theme.muted : theme.ink;
    const off = r + 6 + 8;
    write(ctx, name.slice(1), x + labelX * off, y + labelY * off, TEXT_MIN);
  }
}

function roleWord(ctx: CanvasRenderingContext2D, replica: ReplicaView, room: number): string {
  if (replica.status === "crashed") {
    return "Crashed";
  }
  const word = ROLE_NAMES[replica.role];
  return textWidth(ctx, word) <= room ? word : `${word.slice(0, 4)}.`;
}

function drawBadges(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { x, y, r }: Seat,
  replica: ReplicaView,
  count: number,
  paint: Paint,
): void {
  const small = r < NAMED_INSIDE;
  // Half past ten: what is left of a timer is seen longest on the other side.
  const reach = (small ? r + 1 : r + 3) * Math.SQRT1_2;
  const left = x - reach;
  const top = y - reach;
  const size = small ? 5.5 : Math.max(8, Math.min(11, r * 0.23));
  if (replica.status === "crashed") {
    if (!small) {
      drawCrossBadge(ctx, theme, left, top, size);
    }
    return;
  }
  if (replica.role === "leader") {
    drawStarBadge(ctx, theme, paint, left, top, size);
  } else if (replica.role === "candidate" && !small) {
    const needed = Math.floor(count / 2) + 1;
    // Wider than the others: further up, where it hides no name.
    drawVotesBadge(ctx, theme, replica.votes.length, needed, x - 0.45 * r, y - r - 5);
  }
  if (replica.status === "paused") {
    drawPauseBadge(ctx, theme, x + reach, top, size);
  }
  if (replica.writing && !small) {
    drawDiskBadge(ctx, theme, x + reach + 2, y + reach + 2, size);
  }
}
