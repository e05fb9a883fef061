/** Small plates with a few characters at the rim of a replica, for what badges can't tell. */
import type { Half } from "../../../core/membership.js";
import { setFont, TEXT_MIN, textWidth, write } from "../canvas-text.js";
import type { Theme } from "../palette.js";

const HEIGHT = 17;
const PAD = 6;
const GLYPH = 9;
/** More pips than this would make the plate wider than its replica. */
const PIPS_MAX = 3;
const PIP = 3;

/** Strokes a sign of 9 × 9 pixels around (x, y). */
type Glyph = (ctx: CanvasRenderingContext2D, x: number, y: number) => void;

/** A plate around (x, y): a sign, if there is one, and a text. */
function drawPill(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  glyph: Glyph | undefined,
  text: string,
  x: number,
  y: number,
): void {
  setFont(ctx, theme.font, TEXT_MIN, 700);
  const glyphWidth = glyph ? GLYPH + 4 : 0;
  const width = textWidth(ctx, text) + glyphWidth + 2 * PAD;
  const left = x - width / 2;
  drawPlate(ctx, theme, left, y, width);
  if (glyph) {
    ctx.beginPath();
    glyph(ctx, left + PAD + GLYPH / 2, y);
    ctx.lineWidth = 1.25;
    ctx.lineCap = "round";
    ctx.stroke();
  }
  ctx.textAlign = "right";
  ctx.fillStyle = theme.ink;
  write(ctx, text, left + width - PAD, y, TEXT_MIN);
}

function drawPlate(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  left: number,
  y: number,
  width: number,
): void {
  ctx.beginPath();
  ctx.roundRect(left, y - HEIGHT / 2, width, HEIGHT, HEIGHT / 2);
  ctx.fillStyle = theme.surface;
  ctx.fill();
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = theme.ink;
  ctx.stroke();
}

/** The votes of a candidate, of those it needs in each half: pips, and the numbers beside them. */
export function drawVotesPill(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  halves: readonly Pick<Half, "voters" | "needed">[],
  votes: readonly number[],
  x: number,
  y: number,
): void {
  const got = ({ voters }: Pick<Half, "voters">) =>
    voters.filter((id) => votes.includes(id)).length;
  const text = halves.map((half) => `${got(half)}/${half.needed}`).join(" ");
  const [only, second] = halves;
  const needed = only?.needed ?? 0;
  if (!only || second || needed > PIPS_MAX) {
    drawPill(ctx, theme, undefined, text, x, y);
    return;
  }
  setFont(ctx, theme.font, TEXT_MIN, 700);
  const pitch = 2 * PIP + 2;
  const width = textWidth(ctx, text) + needed * pitch + 15;
  const left = x - width / 2;
  drawPlate(ctx, theme, left, y, width);
  ctx.lineWidth = 1.25;
  for (let pip = 0; pip < needed; pip += 1) {
    ctx.beginPath();
    ctx.arc(left + PAD + PIP + pip * pitch, y, PIP, 0, 2 * Math.PI);
    if (pip < got(only)) {
      ctx.fillStyle = theme.ink;
      ctx.fill();
    }
    ctx.stroke();
  }
  ctx.textAlign = "right";
  ctx.fillStyle = theme.ink;
  write(ctx, text, left + width - PAD, y, TEXT_MIN);
}

/** In a joint configuration: in which halves a replica votes. The half without it is struck out. */
export function drawHalvesPill(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  votesIn: { readonly old: boolean; readonly new: boolean },
  x: number,
  y: number,
): void {
  setFont(ctx, theme.font, TEXT_MIN, 700);
  const half = Math.max(textWidth(ctx, "old"), textWidth(ctx, "new")) / 2 + PAD;
  drawPlate(ctx, theme, x - 2 * half, y, 4 * half);
  for (const [name, from] of [
    ["old", x - 2 * half],
    ["new", x],
  ] as const) {
    const votes = votesIn[name];
    if (votes) {
      ctx.beginPath();
      const [outer, inner] = [HEIGHT / 2, 0];
      const corners = name === "old" ? [outer, inner, inner, outer] : [inner, outer, outer, inner];
      ctx.roundRect(from, y - HEIGHT / 2, 2 * half, HEIGHT, corners);
      ctx.fillStyle = name === "old" ? theme.ink : theme.accent.fill;
      ctx.fill();
    }
    ctx.textAlign = "center";
    ctx.fillStyle = votes ? (name === "old" ? theme.ground : theme.accent.ink) : theme.muted;
    write(ctx, votes ? name : "–", from + half, y, TEXT_MIN);
  }
}

/** How long a leader's lease still holds. */
export function drawLeasePill(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  leftUs: number,
  x: number,
  y: number,
): void {
  const text = leftUs < 1e6 ? `${Math.ceil(leftUs / 1e3)} ms` : `${(leftUs / 1e6).toFixed(1)} s`;
  drawPill(ctx, theme, traceClock, text, x, y);
}

/** The replica that a leader is handing over to. */
export function drawHandoverPill(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  to: number,
  x: number,
  y: number,
): void {
  drawPill(ctx, theme, traceArrow, `R${to}`, x, y);
}

/** How much of a snapshot has been received. */
export function drawReceivingPill(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  share: number,
  x: number,
  y: number,
): void {
  drawPill(ctx, theme, tracePages, `${Math.floor(share * 100)} %`, x, y);
}

/** How many reads and requests wait at a replica. */
export function drawWaitingPill(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  waiting: number,
  x: number,
  y: number,
): void {
  drawPill(ctx, theme, traceHourglass, waiting > 99 ? "99+" : String(waiting), x, y);
}

function traceClock(ctx: CanvasRenderingContext2D, x: number, y: number): void {
  ctx.arc(x, y, 4.5, 0, 2 * Math.PI);
  ctx.moveTo(x, y - 2.8);
  ctx.lineTo(x, y);
  ctx.lineTo(x + 2, y + 1.2);
}

function traceArrow(ctx: CanvasRenderingContext2D, x: number, y: number): void {
  ctx.moveTo(x - 4.5, y);
  ctx.lineTo(x + 4.5, y);
  ctx.moveTo(x + 1, y - 3.5);
  ctx.lineTo(x + 4.5, y);
  ctx.lineTo(x + 1, y + 3.5);
}

/** A sheet with lines: a snapshot, folded. */
export function tracePages(ctx: CanvasRenderingContext2D, x: number, y: number): void {
  ctx.rect(x - 3.5, y - 4.5, 7, 9);
  for (const line of [-2, 0, 2]) {
    ctx.moveTo(x - 1.5, y + line);
    ctx.lineTo(x + 1.5, y + line);
  }
}

function traceHourglass(ctx: CanvasRenderingContext2D, x: number, y: number): void {
  ctx.moveTo(x - 3.5, y - 4.5);
  ctx.lineTo(x + 3.5, y - 4.5);
  ctx.lineTo(x - 3.5, y + 4.5);
  ctx.lineTo(x + 3.5, y + 4.5);
  ctx.closePath();
}
