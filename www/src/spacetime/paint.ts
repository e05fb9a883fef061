/**
 * Draws a stretch of the space-time diagram. From behind: partitions as shade, the lanes with terms
 * as colour and crashes as gaps, the messages as lines, and marks for what happened on the lanes.
 * Each kind of mark has a shape of its own.
 *
 * Lines of one look are one path, and of very many messages in little room only those that matter
 * most are drawn, with some of the others: a diagram of a hundred thousand messages costs no more
 * than one of some thousand.
 */
import { HappeningField, HappeningKind, type MessageKind } from "../../pkg/raftarium.js";
import { type Span, ticks } from "../core/time/scale.js";
import type { Stretch, Trace } from "../core/time/trace.js";
import { fit, setFont, TEXT_MIN, textWidth, write } from "../stage/paint/canvas-text.js";
import { traceCross } from "../stage/paint/marks/shapes.js";
import { type Theme, termPaint } from "../stage/paint/palette.js";
import { FOOT, flightOf, HEAD, type Lanes, laneY, xOf } from "./layout.js";
import { drawMarks } from "./marks.js";

/** In a stretch at most about this many lines are drawn. */
const LINES_MAX = 2500;
/** Of more happenings than this on 100 pixels, only marks that matter are drawn. */
const CROWD = 160;
export const FADED = 0.13;

export interface Picture {
  readonly trace: Trace;
  readonly lanes: Lanes;
  readonly span: Span;
  readonly theme: Theme;
  readonly kinds: readonly MessageKind[];
  /** How each happening stands to the selected one; none: nothing is selected. */
  readonly relations: Uint8Array | undefined;
}

type Look = "vote" | "yes" | "no" | "entries" | "heartbeat" | "client" | "other" | "lost";
const LOOKS: readonly Look[] = [
  "heartbeat",
  "other",
  "yes",
  "client",
  "entries",
  "no",
  "vote",
  "lost",
];

/** The looks of kinds of messages. */
const LOOK_OF: { readonly [Kind in MessageKind]: Look } = {
  request_vote: "vote",
  vote_granted: "vote",
  vote_denied: "no",
  request_pre_vote: "vote",
  pre_vote_granted: "vote",
  pre_vote_denied: "no",
  heartbeat: "heartbeat",
  append_entries: "entries",
  append_accepted: "yes",
  append_rejected: "no",
  client_request: "client",
  client_answer: "client",
  client_redirect: "client",
  install_snapshot: "entries",
  snapshot_received: "yes",
  read_index: "other",
  read_index_answer: "other",
  timeout_now: "vote",
  fetch_log: "other",
  fetched_entries: "other",
  fetched_snapshot: "other",
};
/** These are drawn however many there are. */
const ALWAYS: ReadonlySet<Look> = new Set(["vote", "no", "lost"]);

/** Draws the part of the picture between two places, all else as if it were whole. */
export function drawStretch(
  ctx: CanvasRenderingContext2D,
  picture: Picture,
  left: number,
  right: number,
): void {
  const { lanes, theme } = picture;
  ctx.fillStyle = theme.ground;
  ctx.fillRect(left, 0, right - left, lanes.height);
  drawPartitions(ctx, picture, left, right);
  drawLanes(ctx, picture, left, right);
  const [first, last] = rowsBetween(picture, left, right);
  drawMessages(ctx, picture, first, last);
  drawMarks(ctx, picture, first, last, (last - first) / Math.max(1, (right - left) / 100) > CROWD);
}

/** The rows that may be seen between two places; messages may have been sent long before. */
function rowsBetween(
  { trace, lanes, span }: Picture,
  left: number,
  right: number,
): [number, number] {
  const perPx =
    (span.to_us - span.from_us) / Math.max(1, lanes.width - xOf(lanes, span, span.from_us));
  const at = (x: number) => span.from_us + (x - xOf(lanes, span, span.from_us)) * perPx;
  return [trace.firstFrom(at(left - 8)), trace.firstFrom(at(right + 8) + trace.longestUs)];
}

// --- behind ---

/** Who can't talk with most of the others is in the shade; cuts that split nobody off are dots. */
function drawPartitions(
  ctx: CanvasRenderingContext2D,
  { trace, lanes, span, theme }: Picture,
  left: number,
  right: number,
): void {
  const replicas = [...trace.stretches.keys()];
  for (const [at, { fromUs, cuts }] of trace.cuts.entries()) {
    if (cuts.length === 0) {
      continue;
    }
    const from = Math.max(left, xOf(lanes, span, fromUs));
    const next = trace.cuts[at + 1];
    const to = Math.min(right, xOf(lanes, span, next ? next.fromUs : trace.uptoUs));
    if (to <= from) {
      continue;
    }
    const groups = groupsOf(replicas, cuts);
    for (const id of replicas) {
      const y = laneY(lanes, id);
      const group = groups.get(id) ?? 0;
      const touched = cuts.some((cut) => cut.from === id || cut.to === id);
      if (y === undefined || !touched) {
        continue;
      }
      ctx.fillStyle = theme.islands[group % theme.islands.length] ?? theme.faint;
      ctx.fillRect(from, y - lanes.laneHeight / 2, to - from, lanes.laneHeight);
    }
    ctx.fillStyle = theme.danger.edge;
    for (let x = Math.ceil(from / 6) * 6; x < to; x += 6) {
      ctx.fillRect(x, HEAD - 3, 3, 2);
    }
  }
}

/** Replicas that can talk with one another, both ways, by the number of their group. */
export function groupsOf(
  replicas: readonly number[],
  cuts: readonly { readonly from: number; readonly to: number }[],
): Map<number, number> {
  const cut = new Set(cuts.map(({ from, to }) => `${from} ${to}`));
  const groups = new Map<number, number>();
  let next = 0;
  for (const first of replicas) {
    if (groups.has(first)) {
      continue;
    }
    const open = [first];
    groups.set(first, next);
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      for (const other of replicas) {
        if (!groups.has(other) && !cut.has(`${id} ${other}`) && !cut.has(`${other} ${id}`)) {
          groups.set(other, next);
          open.push(other);
        }
      }
    }
    next += 1;
  }
  return groups;
}

function drawLanes(
  ctx: CanvasRenderingContext2D,
  { trace, lanes, span, theme }: Picture,
  left: number,
  right: number,
): void {
  const end = Math.min(right, xOf(lanes, span, trace.uptoUs));
  const begin = Math.max(left, xOf(lanes, span, trace.fromUs));
  for (const place of lanes.places) {
    const y = laneY(lanes, place) ?? 0;
    ctx.fillStyle = theme.rim;
    ctx.fillRect(begin, y - 0.5, Math.max(0, end - begin), 1);
    const stretches = trace.stretches.get(place) ?? [];
    for (
      let at = firstSeen(stretches, span.from_us, trace.fromUs);
      at < stretches.length;
      at += 1
    ) {
      const stretch = stretches[at] as Stretch;
      const from = Math.max(begin, xOf(lanes, span, stretch.fromUs));
      const next = stretches[at + 1];
      const to = Math.min(end, next ? xOf(lanes, span, next.fromUs) : end);
      if (to > from) {
        drawReign(ctx, theme, stretch, from, to, y);
      }
      if (from > right) {
        break;
      }
    }
  }
}

/** The last stretch that began before a moment. */
function firstSeen(stretches: readonly Stretch[], us: number, fromUs: number): number {
  const later = stretches.findIndex((stretch) => stretch.fromUs > Math.max(us, fromUs));
  return later < 0 ? Math.max(0, stretches.length - 1) : Math.max(0, later - 1);
}

/** A leader's lane is full of its term's colour, a candidate's has an outline, a dead one's has a gap. */
function drawReign(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { term, role, status }: Stretch,
  from: number,
  to: number,
  y: number,
): void {
  const paint = termPaint(theme, term);
  const width = to - from;
  if (status === "crashed") {
    ctx.fillStyle = theme.ground;
    ctx.fillRect(from, y - 6, width, 12);
    ctx.fillStyle = theme.danger.edge;
    for (let x = Math.ceil(from / 8) * 8; x < to - 2; x += 8) {
      ctx.fillRect(x, y - 0.5, 3, 1);
    }
    return;
  }
  const high = role === 3 ? 12 : 6;
  ctx.fillStyle = role === 3 ? paint.fill : term > 0 ? paint.tint : theme.faint;
  ctx.fillRect(from, y - high / 2, width, high);
  if (role === 1 || role === 2) {
    ctx.strokeStyle = paint.edge;
    ctx.lineWidth = 1.5;
    ctx.setLineDash(role === 1 ? [2, 2] : []);
    ctx.strokeRect(from + 0.75, y - 4.75, Math.max(0, width - 1.5), 9.5);
    ctx.setLineDash([]);
  } else if (role === 0 && term > 0) {
    ctx.fillStyle = paint.edge;
    ctx.fillRect(from, y + 2, width, 1);
  }
  if (status === "paused") {
    ctx.fillStyle = theme.danger.edge;
    for (let x = Math.ceil(from / 10) * 10; x < to - 4; x += 10) {
      ctx.fillRect(x, y - 4, 1.5, 8);
      ctx.fillRect(x + 3, y - 4, 1.5, 8);
    }
  }
}

/** The terms in words, over the tiles: once for each stretch that is long enough. */
export function drawTerms(
  ctx: CanvasRenderingContext2D,
  { trace, lanes, span, theme }: Pick<Picture, "trace" | "lanes" | "span" | "theme">,
): void {
  setFont(ctx, theme.font, TEXT_MIN, 600);
  ctx.textAlign = "left";
  const left = xOf(lanes, span, span.from_us);
  for (const [place, stretches] of trace.stretches) {
    const y = laneY(lanes, place) ?? 0;
    let before = -1;
    for (
      let at = firstSeen(stretches, span.from_us, trace.fromUs);
      at < stretches.length;
      at += 1
    ) {
      const { term, role, status, fromUs } = stretches[at] as Stretch;
      const next = stretches[at + 1];
      const from = Math.max(left, xOf(lanes, span, fromUs));
      const to = Math.min(lanes.width, xOf(lanes, span, next ? next.fromUs : trace.uptoUs));
      const texts = role === 3 ? [`leader, term ${term}`, `${term}`] : [`${term}`];
      const text = texts.find((each) => textWidth(ctx, each) + 10 < to - from);
      const news = role === 3 || term !== before;
      if (text !== undefined && term > 0 && status !== "crashed" && news) {
        ctx.fillStyle = role === 3 ? termPaint(theme, term).ink : theme.muted;
        write(ctx, text, from + 10, role === 3 ? y : y - 10, TEXT_MIN);
      }
      before = term;
      if (from > lanes.width) {
        break;
      }
    }
  }
}

// --- messages ---

function drawMessages(
  ctx: CanvasRenderingContext2D,
  picture: Picture,
  first: number,
  last: number,
): void {
  const { trace, lanes, span, theme, kinds, relations } = picture;
  const paths = new Map<string, Path2D>();
  const heads = last - first < 1200;
  const every = Math.max(1, Math.ceil((last - first) / (2 * LINES_MAX)));
  const crosses = new Path2D();
  for (let row = first; row < last; row += 1) {
    const kind = trace.kind(row);
    // Each message once: where it ends, or where it sets out if it is still on its way.
    const ends = kind === HappeningKind.Received || kind === HappeningKind.Lost;
    const open = kind === HappeningKind.Sent && trace.partner(row) < 0;
    if (!ends && !open) {
      continue;
    }
    const name = kinds[trace.at(row, HappeningField.MessageKind)] ?? "heartbeat";
    const look = kind === HappeningKind.Lost ? "lost" : LOOK_OF[name];
    if (every > 1 && !ALWAYS.has(look) && row % every !== 0) {
      continue;
    }
    const flight = flightOf(trace, row);
    const y1 = flight && laneY(lanes, flight.from);
    const y2 = flight && laneY(lanes, flight.to);
    if (!flight || y1 === undefined || y2 === undefined) {
      continue;
    }
    const x1 = xOf(lanes, span, flight.fromUs);
    let [x2, y] = [xOf(lanes, span, flight.toUs), y2];
    if (kind === HappeningKind.Lost) {
      y = y1 + (y2 - y1) * Math.min(1, trace.at(row, HappeningField.Detail) / 1e6);
    } else if (open) {
      // How far it is, nobody says: as far as the others of its kind would be.
      const way = Math.min(1, (flight.toUs - flight.fromUs) / Math.max(1, trace.longestUs));
      y = y1 + (y2 - y1) * way;
    }
    const faded =
      relations !== undefined &&
      !(relations[row] || relations[trace.partner(row) < 0 ? row : trace.partner(row)]);
    const term = look === "entries" ? trace.at(row, HappeningField.Term) : 0;
    const key = `${look} ${faded ? 1 : 0} ${term}`;
    let path = paths.get(key);
    if (!path) {
      path = new Path2D();
      paths.set(key, path);
    }
    path.moveTo(x1, y1);
    path.lineTo(x2, y);
    if (kind === HappeningKind.Lost) {
      traceCross(faded ? new Path2D() : crosses, x2, y, 4);
    } else if (heads && !open) {
      traceHead(path, x1, y1, x2, y);
    }
  }
  const ordered = [...paths].sort(
    ([a], [b]) => LOOKS.indexOf(a.split(" ")[0] as Look) - LOOKS.indexOf(b.split(" ")[0] as Look),
  );
  for (const [key, path] of ordered) {
    const [look, faded, term] = key.split(" ");
    stroke(ctx, theme, look as Look, Number(term), path, faded === "1");
  }
  ctx.strokeStyle = theme.danger.edge;
  ctx.lineWidth = 2;
  ctx.stroke(crosses);
}

function traceHead(path: Path2D, x1: number, y1: number, x2: number, y2: number): void {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  for (const side of [-0.42, 0.42]) {
    path.moveTo(x2, y2);
    path.lineTo(x2 - 7 * Math.cos(angle + side), y2 - 7 * Math.sin(angle + side));
  }
}

function stroke(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  look: Look,
  term: number,
  path: Path2D,
  faded: boolean,
): void {
  ctx.globalAlpha = faded ? FADED : look === "heartbeat" ? 0.55 : 1;
  ctx.setLineDash(look === "no" ? [4, 3] : look === "lost" ? [2, 3] : []);
  ctx.lineWidth = look === "heartbeat" || look === "other" ? 1 : 1.5;
  const colours: Record<Look, string> = {
    heartbeat: theme.muted,
    other: theme.rim,
    yes: theme.success.edge,
    client: theme.plain.edge,
    entries: termPaint(theme, term).edge,
    no: theme.danger.edge,
    vote: theme.accent.edge,
    lost: theme.danger.edge,
  };
  ctx.strokeStyle = colours[look];
  ctx.stroke(path);
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

// --- around it ---

/** The names of the lanes, the time, and the present. */
export function drawFrame(
  ctx: CanvasRenderingContext2D,
  { lanes, span, theme }: Pick<Picture, "lanes" | "span" | "theme">,
  nowUs: number,
  nameOf: (place: number) => string,
): void {
  const { width, height } = lanes;
  const left = xOf(lanes, span, span.from_us);
  ctx.fillStyle = theme.ground;
  ctx.fillRect(0, 0, left, height);
  ctx.fillRect(0, height - FOOT, width, FOOT);
  ctx.fillStyle = theme.line;
  ctx.fillRect(left - 1, 0, 1, height - FOOT);
  setFont(ctx, theme.font, TEXT_MIN + 1, 600);
  ctx.textAlign = "right";
  ctx.fillStyle = theme.ink;
  for (const place of lanes.places) {
    const name = fit(ctx, nameOf(place), left - 10);
    write(ctx, name, left - 7, laneY(lanes, place) ?? 0, TEXT_MIN + 1);
  }
  setFont(ctx, theme.font, TEXT_MIN);
  ctx.textAlign = "center";
  ctx.fillStyle = theme.muted;
  for (const us of ticks(span, Math.max(2, Math.floor((width - left) / 90)))) {
    const x = xOf(lanes, span, us);
    if (x > left + 20 && x < width - 24) {
      ctx.fillRect(x, height - FOOT, 1, 4);
      write(ctx, `${Number((us / 1e6).toFixed(6))} s`, x, height - FOOT / 2 + 2, TEXT_MIN);
    }
  }
  const now = xOf(lanes, span, nowUs);
  if (now >= left && now <= width) {
    ctx.fillStyle = theme.accent.edge;
    ctx.fillRect(now - 1, 0, 2, height - FOOT);
  }
}
