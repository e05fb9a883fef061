/**
 * The shapes of the stage one by one, drawn by the very functions that draw the stage:
 * so the legend can't differ from the stage.
 */
import type { MemberKind, MessageKind, RoleKind } from "../../../../pkg/raftarium.js";
import { MESSAGES } from "../../../text/messages.js";
import type { Disc } from "../layout.js";
import { type CellState, drawCell, drawCommitBar, drawCovered, drawFolded } from "../logs/cells.js";
import { drawRoleSign } from "../logs/row-label.js";
import { readTheme, type Theme, termPaint } from "../palette.js";
import { drawLost } from "../world/flashes.js";
import { drawClog, drawCutBothWays, drawCutOneWay } from "../world/links.js";
import { drawEntryCount, drawMessageShape, drawOuterLine, drawShare } from "../world/messages.js";
import {
  drawCorruptBadge,
  drawCrossBadge,
  drawDiskBadge,
  drawPauseBadge,
  drawRateBadge,
  drawStalledBadge,
} from "./badges.js";
import {
  drawHalvesPill,
  drawHandoverPill,
  drawLeasePill,
  drawReceivingPill,
  drawVotesPill,
  drawWaitingPill,
} from "./pills.js";

const OTHER_KINDS = [
  "leader",
  "candidate",
  "pre_candidate",
  "follower",
  "learner",
  "outsider",
  "joint",
  "paused",
  "clock_stalled",
  "clock_rate",
  "crashed",
  "votes",
  "lease",
  "handover",
  "waiting",
  "receiving",
  "disk_write",
  "disk_corrupt",
  "election_timer",
  "heartbeat_timer",
  "entry_committed",
  "entry_uncommitted",
  "entry_not_durable",
  "entry_configuration",
  "compacted",
  "covered",
  "commit_index",
  "message_held",
  "message_duplicate",
  "message_lost",
  "link_cut",
  "link_cut_one_way",
  "link_clogged",
] as const;

export type OtherKind = (typeof OTHER_KINDS)[number];
export type LegendKind = MessageKind | OtherKind;

/** All there is to explain, messages first. */
export const LEGEND_KINDS: readonly LegendKind[] = [
  ...(Object.keys(MESSAGES) as MessageKind[]),
  ...OTHER_KINDS,
];

/** The term in whose colour the shapes of a legend are drawn. */
const TERM = 3;
const MESSAGE_RADIUS = 9;

/**
 * Draws one shape in the middle of a small canvas (80 × 24 CSS pixels or more) with
 * the colours that the canvas' style asks for.
 */
export function drawLegendShape(canvas: HTMLCanvasElement, kind: LegendKind): void {
  const ctx = canvas.getContext("2d");
  if (!ctx) {
    return;
  }
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = Math.max(1, devicePixelRatio);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  const theme = readTheme(canvas, ctx);
  if (isMessage(kind)) {
    drawMessage(ctx, theme, kind, width / 2, height / 2);
  } else {
    DRAWS[kind](ctx, theme, width / 2, height / 2);
  }
}

export function isMessage(kind: LegendKind): kind is MessageKind {
  return Object.hasOwn(MESSAGES, kind);
}

function drawMessage(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  kind: MessageKind,
  x: number,
  y: number,
): void {
  const client = kind.startsWith("client_");
  const paint = client ? theme.plain : termPaint(theme, TERM);
  drawMessageShape(ctx, theme, paint, kind, x, y, 1, 0, MESSAGE_RADIUS);
  if (kind === "append_entries") {
    drawEntryCount(ctx, theme, paint, 2, x, y);
  }
  if (kind === "install_snapshot") {
    drawShare(ctx, theme, 0.37, x + 27, y + MESSAGE_RADIUS + 7, MESSAGE_RADIUS);
  }
}

/** Draws a kind around (x, y). */
type Draw = (ctx: CanvasRenderingContext2D, theme: Theme, x: number, y: number) => void;

const DRAWS: Record<OtherKind, Draw> = {
  leader: role("leader"),
  candidate: role("candidate"),
  pre_candidate: role("pre_candidate"),
  follower: role("follower"),
  learner: role("follower", "learner"),
  outsider: role("follower", "outsider"),
  joint: (ctx, theme, x, y) => drawHalvesPill(ctx, theme, { old: true, new: true }, x, y),
  paused: (ctx, theme, x, y) => drawPauseBadge(ctx, theme, x, y, 9),
  clock_rate: (ctx, theme, x, y) => drawRateBadge(ctx, theme, x, y, 9, 2_000_000),
  clock_stalled: (ctx, theme, x, y) => drawStalledBadge(ctx, theme, x, y, 9),
  crashed: (ctx, theme, x, y) => drawCrossBadge(ctx, theme, x, y, 9),
  votes: (ctx, theme, x, y) =>
    drawVotesPill(ctx, theme, [{ voters: [1, 2, 3, 4, 5], needed: 3 }], [1, 2], x, y),
  lease: (ctx, theme, x, y) => drawLeasePill(ctx, theme, 83_000, x, y),
  handover: (ctx, theme, x, y) => drawHandoverPill(ctx, theme, 3, x, y),
  waiting: (ctx, theme, x, y) => drawWaitingPill(ctx, theme, 2, x, y),
  receiving: (ctx, theme, x, y) => drawReceivingPill(ctx, theme, 0.37, x, y),
  disk_write: (ctx, theme, x, y) => drawDiskBadge(ctx, theme, x, y, 9),
  disk_corrupt: (ctx, theme, x, y) => drawCorruptBadge(ctx, theme, x, y, 9),
  election_timer: (ctx, theme, x, y) => drawArc(ctx, theme.muted, 4, [], x, y),
  heartbeat_timer: (ctx, theme, x, y) => drawArc(ctx, theme.ink, 2, [3, 2], x, y),
  entry_committed: entry({ committed: true, durable: true, configuration: false }),
  entry_uncommitted: entry({ committed: false, durable: true, configuration: false }),
  entry_not_durable: entry({ committed: false, durable: false, configuration: false }),
  entry_configuration: entry({ committed: true, durable: true, configuration: true }),
  compacted: (ctx, theme, x, y) => drawFolded(ctx, theme, x - 28, y - 9, 56, 18, 120),
  covered: (ctx, theme, x, y) => {
    const looks = { committed: true, durable: true, configuration: false };
    drawCell(ctx, theme, x - 24, y - 7, 22, 18, TERM, looks);
    drawCell(ctx, theme, x, y - 7, 22, 18, TERM, looks);
    drawCovered(ctx, theme, x - 24, y - 10, 22);
  },
  commit_index: (ctx, theme, x, y) => drawCommitBar(ctx, theme, x - 1.5, y - 10, 20),
  message_held: (ctx, theme, x, y) => {
    drawMessage(ctx, theme, "append_accepted", x, y);
    drawPauseBadge(ctx, theme, x + 8, y - 6, 5.5);
  },
  message_duplicate: (ctx, theme, x, y) => {
    const kind = "append_accepted";
    const paint = termPaint(theme, TERM);
    drawOuterLine(ctx, theme, paint, kind, x, y, 1, 0, MESSAGE_RADIUS - 2);
    drawMessageShape(ctx, theme, paint, kind, x, y, 1, 0, MESSAGE_RADIUS - 2);
  },
  message_lost: (ctx, theme, x, y) => drawLost(ctx, theme, x, y, 7, 0.2),
  link_cut: (ctx, theme, x, y) => drawCutBothWays(ctx, theme, ...ends(x, y)),
  link_cut_one_way: (ctx, theme, x, y) => drawCutOneWay(ctx, theme, ...ends(x, y)),
  link_clogged: (ctx, theme, x, y) => drawClog(ctx, theme, ...ends(x, y)),
};

function role(kind: RoleKind, standing: MemberKind = "voter"): Draw {
  return (ctx, theme, x, y) =>
    drawRoleSign(ctx, theme, { status: "running", role: kind, term: TERM }, standing, x, y, 7);
}

function entry(looks: CellState): Draw {
  return (ctx, theme, x, y) => drawCell(ctx, theme, x - 11, y - 9, 22, 18, TERM, looks);
}

/** The ends of a link that is as long as the canvas is wide. */
function ends(x: number, y: number): [Disc, Disc] {
  return [
    { x: 2, y, r: 0 },
    { x: 2 * x - 2, y, r: 0 },
  ];
}

function drawArc(
  ctx: CanvasRenderingContext2D,
  colour: string,
  wide: number,
  dash: number[],
  x: number,
  y: number,
): void {
  ctx.lineCap = "butt";
  ctx.lineWidth = wide;
  ctx.strokeStyle = colour;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.arc(x, y, 8, -Math.PI / 2, Math.PI);
  ctx.stroke();
  ctx.setLineDash([]);
}
