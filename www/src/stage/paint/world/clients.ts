/** Draws the clients on their shelf: name, request under way, and the leader each believes in. */
import type { Answer, ClientView, Operation } from "../../../../pkg/raftarium.js";
import { type Cases, match } from "../../../core/match.js";
import { fit, setFont, TEXT_MIN, textWidth, write } from "../canvas-text.js";
import type { ClientSeat, Layout, Seat } from "../layout.js";
import type { Theme } from "../palette.js";

/** Squares smaller than this have no name in them. */
const NAMED = 11;

/** A faint line from each waiting client to the replica that it asked. */
export function drawClientTies(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  layout: Layout,
  clients: readonly ClientView[],
): void {
  ctx.beginPath();
  for (const { id, current } of clients) {
    const from = layout.clients[id - 1];
    const to = current?.asked === undefined ? undefined : layout.replicas[current.asked - 1];
    if (from && to) {
      traceTie(ctx, layout, from, to);
    }
  }
  ctx.lineWidth = 1;
  ctx.strokeStyle = theme.rim;
  ctx.setLineDash([1, 4]);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** How far aside a tie may go, in parts of its length, to pass the other replicas by. */
const DETOURS = [0, 0.12, -0.12, 0.25, -0.25, 0.4, -0.4, 0.6, -0.6, 0.85, -0.85];
/** It is held against replicas at this many places. */
const PLACES = 16;

/** What was found for a layout: the bend of each tie, or that there is no way around. */
const found = new WeakMap<Layout, Map<string, Bend | undefined>>();

interface Bend {
  readonly x: number;
  readonly y: number;
}

/** Straight if nobody is in its way; else around whoever is; rather not at all than through others. */
function traceTie(path: CanvasPath, layout: Layout, from: ClientSeat, to: Seat): void {
  const bends = found.get(layout) ?? new Map<string, Bend | undefined>();
  found.set(layout, bends);
  const key = `${layout.clients.indexOf(from)} ${layout.replicas.indexOf(to)}`;
  if (!bends.has(key)) {
    bends.set(key, wayAround(layout.replicas, from, to));
  }
  const bend = bends.get(key);
  if (bend) {
    path.moveTo(from.x, from.y);
    path.quadraticCurveTo(bend.x, bend.y, to.x, to.y);
  }
}

function wayAround(replicas: readonly Seat[], from: ClientSeat, to: Seat): Bend | undefined {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const others = replicas.filter((seat) => seat !== to);
  const bends = DETOURS.map((share) => ({
    x: from.x + dx / 2 - dy * share,
    y: from.y + dy / 2 + dx * share,
  }));
  return bends.find((bend) =>
    Array.from({ length: PLACES }, (_, at) => (at + 1) / PLACES).every((t) => {
      const x = (1 - t) ** 2 * from.x + 2 * t * (1 - t) * bend.x + t * t * to.x;
      const y = (1 - t) ** 2 * from.y + 2 * t * (1 - t) * bend.y + t * t * to.y;
      return others.every((other) => Math.hypot(other.x - x, other.y - y) > other.r + 2);
    }),
  );
}

/** Draws one client. `answer`: what it was just told. */
export function drawClient(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  seat: ClientSeat,
  client: ClientView,
  answer: string | undefined,
): void {
  const { x, y, r } = seat;
  const busy = client.current !== undefined;
  ctx.beginPath();
  ctx.roundRect(x - r, y - r, 2 * r, 2 * r, Math.min(6, r * 0.5));
  ctx.fillStyle = busy ? theme.ink : theme.surface;
  ctx.fill();
  ctx.lineWidth = client.id === 1 ? 2 : 1.25;
  ctx.strokeStyle = client.id === 1 ? theme.ink : theme.muted;
  ctx.stroke();
  if (r >= NAMED) {
    ctx.textAlign = "center";
    setFont(ctx, theme.font, TEXT_MIN, 600);
    ctx.fillStyle = busy ? theme.ground : theme.ink;
    write(ctx, client.id === 1 ? "you" : `C${client.id}`, x, y, TEXT_MIN);
  }
  if (seat.textWidth > 0) {
    drawClientTexts(ctx, theme, seat, client, answer);
  }
}

function drawClientTexts(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { x, y, r, textWidth: room }: ClientSeat,
  client: ClientView,
  answer: string | undefined,
): void {
  const left = x + r + 6;
  const { current, queued } = client;
  ctx.textAlign = "left";
  setFont(ctx, theme.font, TEXT_MIN, 600);
  if (answer !== undefined) {
    const sign = "✓ ";
    ctx.fillStyle = theme.success.edge;
    write(ctx, sign, left, y - 7, TEXT_MIN);
    const signWidth = textWidth(ctx, sign);
    ctx.fillStyle = theme.ink;
    write(ctx, fit(ctx, answer, room - signWidth), left + signWidth, y - 7, TEXT_MIN);
  } else if (current) {
    const waiting = queued > 0 ? ` +${queued}` : "";
    ctx.fillStyle = theme.ink;
    const text = fit(ctx, operationText(current.operation), room - textWidth(ctx, waiting));
    write(ctx, text + waiting, left, y - 7, TEXT_MIN);
  }
  setFont(ctx, theme.font, TEXT_MIN);
  ctx.fillStyle = theme.muted;
  const idle = !current && answer === undefined;
  write(ctx, fit(ctx, leaderText(client), room), left, idle ? y : y + 8, TEXT_MIN);
}

function leaderText({ believed_leader: leader, current, away }: ClientView): string {
  if (away) {
    return "away";
  }
  const tries = current && current.attempts > 1 ? ` · try ${current.attempts}` : "";
  if (current?.asked !== undefined && current.asked !== leader) {
    return `asks R${current.asked}${tries}`;
  }
  if (leader === undefined) {
    // It finds out by asking: that says nothing about whether somebody leads.
    return current ? `asks around${tries}` : "not asked yet";
  }
  return `leader R${leader}${tries}`;
}

function operationText(operation: Operation): string {
  return match(operation, OPERATIONS);
}

const OPERATIONS: Cases<Operation, string> = {
  put: ({ key, value }) => `put ${key}=${value}`,
  get: ({ key }) => `get ${key}`,
  delete: ({ key }) => `del ${key}`,
  compare_and_set: ({ key, expected, value }) => `${key}: ${expected ?? "–"}→${value}`,
};

/** An answer in a word or two. */
export function answerText(answer: Answer): string {
  return match(answer, ANSWERS);
}

const ANSWERS: Cases<Answer, string> = {
  written: () => "written",
  value: ({ value }) => value ?? "no value",
  deleted: ({ existed }) => (existed ? "deleted" : "nothing there"),
  swapped: () => "swapped",
  not_swapped: () => "not swapped",
  forgotten: () => "forgotten",
  expired: () => "expired",
  too_many_sessions: () => "too many sessions",
  store_full: () => "store full",
  too_large: () => "too large",
};
