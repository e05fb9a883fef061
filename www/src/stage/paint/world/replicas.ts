/**
 * Draws the replicas on the ring. The role is told three times: by a word, by the rim
 * (a leader's is double, a candidate's dashed, a pre-candidate's dotted), and by a badge
 * (a star, the votes). A replica without a vote has a thin rim; one that is not a member is grey.
 */
import type {
  MemberKind,
  MembershipView,
  ReplicaView,
  RoleKind,
} from "../../../../pkg/raftarium.js";
import { halvesOf, isJoint, standingIn } from "../../../core/membership.js";
import { fit, setFont, TEXT_MIN, textWidth, write } from "../canvas-text.js";
import { NAMED_INSIDE, type Seat, TERM_INSIDE } from "../layout.js";
import {
  drawCorruptBadge,
  drawCrossBadge,
  drawDiskBadge,
  drawPauseBadge,
  drawRateBadge,
  drawStalledBadge,
  drawStarBadge,
} from "../marks/badges.js";
import {
  drawHalvesPill,
  drawHandoverPill,
  drawLeasePill,
  drawReceivingPill,
  drawVotesPill,
  drawWaitingPill,
} from "../marks/pills.js";
import { traceCross } from "../marks/shapes.js";
import { type Paint, type Theme, termPaint } from "../palette.js";

/** Nodes smaller than this have two lines of text instead of three. */
const ROLE_INSIDE = 28;
const TIMER_GAP = 5;
/** With less of a timer left than this, it is about to run out. */
const SOON = 0.25;

/** Each name, and shorter forms of it for less and less room. */
const ROLE_NAMES: Record<RoleKind, readonly string[]> = {
  leader: ["Leader", "Lead."],
  candidate: ["Candidate", "Cand."],
  pre_candidate: ["Pre-candidate", "Pre-cand.", "Pre."],
  follower: ["Follower", "Foll."],
};

/** A replica with its place in the cluster. */
interface Member {
  readonly replica: ReplicaView;
  readonly standing: MemberKind;
  readonly membership: MembershipView | undefined;
}

/** Draws one replica as it is at `nowUs`, in a cluster of this configuration. */
export function drawReplica(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  seat: Seat,
  replica: ReplicaView,
  membership: MembershipView | undefined,
  nowUs: number,
): void {
  const standing = standingIn(membership, replica.id);
  const member = { replica, standing, membership };
  const grey = replica.status === "crashed" || standing === "outsider";
  const paint = grey ? theme.plain : termPaint(theme, replica.term);
  drawTimer(ctx, theme, seat, replica, nowUs);
  drawDisc(ctx, theme, seat, member, paint);
  drawReceived(ctx, theme, seat, replica);
  drawTexts(ctx, theme, seat, member);
  drawBadges(ctx, theme, seat, replica, paint);
  if (seat.r >= NAMED_INSIDE && replica.status !== "crashed") {
    drawPills(ctx, theme, seat, member, nowUs);
  }
}

/** The rest of the running timer, draining clockwise towards twelve o'clock. */
function drawTimer(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { x, y, r }: Seat,
  { timer, status, role, stalled_until_us: stalledUs }: ReplicaView,
  nowUs: number,
): void {
  if (!timer || status === "crashed") {
    return;
  }
  const small = r < NAMED_INSIDE;
  const wide = small ? 2.5 : 4;
  const radius = r + (small ? 3 : TIMER_GAP);
  // While a clock is stalled, no time passes by it.
  const fromUs = Math.max(nowUs, stalledUs ?? 0);
  const left = Math.max(
    0,
    Math.min(1, (timer.due_us - fromUs) / Math.max(1, timer.due_us - timer.set_us)),
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
  { replica: { status, role }, standing }: Member,
  paint: Paint,
): void {
  const small = r < NAMED_INSIDE;
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.fillStyle = theme.surface;
  ctx.fill();
  if (status !== "crashed" && standing !== "outsider") {
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
  // The rim tells the role without colour: dashed, dotted, thin or double.
  if (role === "candidate") {
    const dash = (2 * Math.PI * r) / (small ? 16 : 28);
    ctx.lineWidth = small ? 2.5 : 3.5;
    ctx.setLineDash([dash, dash]);
    ctx.stroke();
    ctx.setLineDash([]);
    return;
  }
  if (role === "pre_candidate") {
    const dots = small ? 12 : 24;
    ctx.lineCap = "round";
    ctx.lineWidth = small ? 2.5 : 4;
    ctx.setLineDash([0.01, (2 * Math.PI * r) / dots - 0.01]);
    ctx.stroke();
    ctx.setLineDash([]);
    return;
  }
  const votes = standing === "voter" || standing === "outgoing";
  ctx.lineWidth = role === "leader" ? Math.max(2.5, r * 0.09) : !votes ? 1 : small ? 1.5 : 2;
  ctx.stroke();
  if (role === "leader") {
    ctx.lineWidth = small ? 1 : 1.5;
    ctx.beginPath();
    ctx.arc(x, y, r - Math.max(3.5, r * 0.13), 0, 2 * Math.PI);
    ctx.stroke();
  }
}

/** A follower that starts anew from a snapshot fills up along its rim. */
function drawReceived(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { x, y, r }: Seat,
  { receiving }: ReplicaView,
): void {
  if (!receiving) {
    return;
  }
  const share = receiving.received / Math.max(1, receiving.total);
  const top = -Math.PI / 2;
  ctx.beginPath();
  ctx.arc(x, y, r - (r < NAMED_INSIDE ? 2.5 : 4), top, top + share * 2 * Math.PI);
  ctx.lineCap = "butt";
  ctx.lineWidth = r < NAMED_INSIDE ? 2.5 : 4;
  ctx.strokeStyle = theme.accent.edge;
  ctx.stroke();
}

function drawTexts(ctx: CanvasRenderingContext2D, theme: Theme, seat: Seat, member: Member): void {
  const { x, y, r } = seat;
  const { replica } = member;
  const name = `R${replica.id}`;
  const faint = replica.status === "crashed" || member.standing === "outsider";
  const ink = faint ? theme.muted : theme.ink;
  ctx.textAlign = "center";
  ctx.fillStyle = ink;
  if (r >= ROLE_INSIDE) {
    const pitch = Math.max(12.5, r * 0.37);
    const size = Math.max(12, Math.min(21, r * 0.36));
    const below = Math.max(TEXT_MIN, Math.min(15, r * 0.26));
    setFont(ctx, theme.font, size, 700);
    write(ctx, name, x, y - pitch, size);
    setFont(ctx, theme.font, below, replica.role === "follower" ? 400 : 600);
    write(ctx, roleWord(ctx, member, 2 * r - 8), x, y + 1, below);
    setFont(ctx, theme.font, below);
    write(ctx, fit(ctx, `term ${replica.term}`, 1.5 * r), x, y + pitch + 1, below);
  } else if (r >= NAMED_INSIDE) {
    setFont(ctx, theme.font, 12, 700);
    write(ctx, name, x, y - 6.5, 12);
    setFont(ctx, theme.font, TEXT_MIN);
    write(ctx, fit(ctx, `t${replica.term}`, 1.7 * r), x, y + 7, TEXT_MIN);
  } else {
    drawSmallTexts(ctx, theme, seat, replica, ink);
  }
}

/** The term inside, the name outside, as far as there is room for them. */
function drawSmallTexts(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { x, y, r, labelX, labelY }: Seat,
  replica: ReplicaView,
  ink: string,
): void {
  if (replica.status === "crashed") {
    ctx.strokeStyle = theme.muted;
    ctx.lineWidth = 2;
    ctx.beginPath();
    traceCross(ctx, x, y, r * 0.45);
    ctx.stroke();
  } else if (r >= TERM_INSIDE) {
    setFont(ctx, theme.font, TEXT_MIN, replica.role === "follower" ? 400 : 700);
    const term = String(replica.term);
    if (textWidth(ctx, term) <= 2 * r - 4) {
      write(ctx, term, x, y, TEXT_MIN);
    }
  }
  const tellsName = r >= 11 || replica.role !== "follower";
  if (tellsName) {
    setFont(ctx, theme.font, TEXT_MIN, replica.role === "leader" ? 700 : 400);
    ctx.fillStyle = replica.role === "follower" ? theme.muted : ink;
    const off = r + 6 + 8;
    write(ctx, String(replica.id), x + labelX * off, y + labelY * off, TEXT_MIN);
  }
}

function roleWord(
  ctx: CanvasRenderingContext2D,
  { replica: { status, role, corrupt }, standing }: Member,
  room: number,
): string {
  if (status === "crashed") {
    return corrupt ? "Corrupt" : "Crashed";
  }
  if (role === "follower" && standing === "learner") {
    return "Learner";
  }
  if (role === "follower" && standing === "outsider") {
    return "Outside";
  }
  const words = ROLE_NAMES[role];
  return words.find((word) => textWidth(ctx, word) <= room) ?? words.at(-1) ?? "";
}

function drawBadges(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { x, y, r }: Seat,
  replica: ReplicaView,
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
    if (replica.corrupt) {
      drawCorruptBadge(ctx, theme, x + reach + 2, y + reach + 2, size);
    }
    return;
  }
  if (replica.role === "leader") {
    drawStarBadge(ctx, theme, paint, left, top, size);
  }
  if (replica.status === "paused") {
    drawPauseBadge(ctx, theme, x + reach, top, size);
  } else if (replica.stalled_until_us !== undefined) {
    drawStalledBadge(ctx, theme, x + reach, top, size);
  } else if (replica.clock_rate_ppm !== 1_000_000 && replica.status === "running") {
    drawRateBadge(ctx, theme, x + reach, top, size, replica.clock_rate_ppm);
  }
  if (replica.writing && !small) {
    drawDiskBadge(ctx, theme, x + reach + 2, y + reach + 2, size);
  }
}

/** Above: what belongs to the role. Below: the halves of a joint configuration. At the side: waiting requests. */
function drawPills(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { x, y, r }: Seat,
  { replica, membership }: Member,
  nowUs: number,
): void {
  const above = y - r - 5;
  const { role, receiving, handing_over_to: successor, lease_until_us: leaseUs } = replica;
  if (role === "candidate" || role === "pre_candidate") {
    // Wider than a badge: further up, where it hides no name.
    const halves = halvesOf(replica.membership);
    drawVotesPill(ctx, theme, halves, replica.votes, x - 0.45 * r, above);
  } else if (receiving) {
    const share = receiving.received / Math.max(1, receiving.total);
    drawReceivingPill(ctx, theme, share, x - 0.45 * r, above);
  } else if (successor !== undefined) {
    drawHandoverPill(ctx, theme, successor, x + 0.35 * r, above);
  } else if (leaseUs !== undefined && leaseUs > nowUs) {
    drawLeasePill(ctx, theme, leaseUs - nowUs, x + 0.35 * r, above);
  }
  const waiting = replica.waiting_reads + replica.waiting_requests;
  if (waiting > 0) {
    drawWaitingPill(ctx, theme, waiting, x - r - 2, y + 0.3 * r);
  }
  if (membership && isJoint(membership)) {
    const { id } = replica;
    const votesIn = { old: membership.outgoing.includes(id), new: membership.voters.includes(id) };
    if (votesIn.old || votesIn.new) {
      drawHalvesPill(ctx, theme, votesIn, x, y + r + 5);
    }
  }
}
