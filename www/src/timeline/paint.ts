/**
 * Draws the scrubber: from above, pins for what is rare, the terms as a band in their colours, how
 * much was committed, and the time. Each kind of pin has a shape of its own.
 */
import type { Bucket, Notice, Overview, TraceEvent } from "../../pkg/raftarium.js";
import { type Span, shareOf, ticks } from "../core/time/scale.js";
import { fit, setFont, TEXT_MIN, textWidth, write } from "../stage/paint/canvas-text.js";
import { traceCross, traceStar } from "../stage/paint/marks/shapes.js";
import { type Theme, termPaint } from "../stage/paint/palette.js";
import { isAlarming } from "../text/events/notices.js";

/** Places from above, in CSS pixels. */
const PINS = 13;
const BAND = 26;
const BAND_HEIGHT = 18;
const COMMITS = BAND + BAND_HEIGHT + 2;
const COMMITS_HEIGHT = 14;
const AXIS = COMMITS + COMMITS_HEIGHT + 9;
export const SCRUBBER_HEIGHT = AXIS + 9;
/** Pins that are nearer to one another than this hide one another: the one that matters most stays. */
const PIN_ROOM = 13;

export interface ScrubberPicture {
  readonly span: Span;
  readonly overview: Overview | undefined;
  readonly marks: readonly Notice[];
  /** The furthest moment of the branch. */
  readonly endUs: number;
  /** Where the branch leaves its parent; none: it has none. */
  readonly leftUs: number | undefined;
}

export function drawScrubber(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  width: number,
  picture: ScrubberPicture,
): void {
  const { span, overview, marks } = picture;
  const place = (us: number) => shareOf(span, us) * width;
  ctx.fillStyle = theme.ground;
  ctx.fillRect(0, 0, width, SCRUBBER_HEIGHT);
  // The line goes on beyond what has happened: empty, for what is to come.
  ctx.fillStyle = theme.faint;
  ctx.fillRect(0, BAND, width, BAND_HEIGHT);
  if (overview) {
    drawTerms(ctx, theme, overview, picture.endUs, place);
    drawCommits(ctx, theme, overview, place);
  }
  drawAxis(ctx, theme, width, span, place);
  if (picture.leftUs !== undefined) {
    drawFork(ctx, theme, place(picture.leftUs));
  }
  drawPins(ctx, theme, marks, place);
}

/** The pin at a place, if there is one. */
export function pinAt(
  marks: readonly Notice[],
  span: Span,
  width: number,
  x: number,
): Notice | undefined {
  const shown = choosePins(marks, (us) => shareOf(span, us) * width);
  return shown.find((pin) => Math.abs(pin.x - x) <= PIN_ROOM / 2)?.mark;
}

/** Stretches of one term in its colour, with the term and its leader in it, as far as there is room. */
function drawTerms(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { buckets, to_us }: Overview,
  endUs: number,
  place: (us: number) => number,
): void {
  const last = place(Math.min(to_us, endUs));
  for (let at = 0; at < buckets.length; ) {
    const first = buckets[at] as Bucket;
    let next = at + 1;
    while (next < buckets.length && sameReign(first, buckets[next] as Bucket)) {
      next += 1;
    }
    const left = Math.max(0, place(first.at_us));
    const end = buckets[next];
    const right = Math.min(last, end ? place(end.at_us) : place(to_us));
    if (right > left && first.term > 0) {
      drawReign(ctx, theme, first, left, right);
    }
    at = next;
  }
  for (const [at, { at_us, dead, cut }] of buckets.entries()) {
    if (dead === 0 && !cut) {
      continue;
    }
    const left = Math.max(0, place(at_us));
    const right = Math.min(last, place(buckets[at + 1]?.at_us ?? to_us));
    if (right <= left) {
      continue;
    }
    // Below: how many are dead. Above, broken: the network is.
    ctx.fillStyle = theme.danger.edge;
    const high = Math.min(6, 2 * dead);
    ctx.fillRect(left, BAND + BAND_HEIGHT - high, right - left, high);
    if (cut && at % 2 === 0) {
      ctx.fillRect(left, BAND, right - left, 2.5);
    }
  }
}

function sameReign(one: Bucket, other: Bucket): boolean {
  return one.term === other.term && one.leader === other.leader;
}

function drawReign(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { term, leader }: Bucket,
  left: number,
  right: number,
): void {
  const paint = termPaint(theme, term);
  ctx.fillStyle = leader > 0 ? paint.fill : paint.tint;
  ctx.fillRect(left, BAND, right - left, BAND_HEIGHT);
  if (leader === 0) {
    // Nobody leads: only the outline has the colour.
    ctx.strokeStyle = paint.edge;
    ctx.lineWidth = 1;
    ctx.strokeRect(left + 0.5, BAND + 0.5, Math.max(0, right - left - 1), BAND_HEIGHT - 1);
  }
  setFont(ctx, theme.font, TEXT_MIN, 600);
  const texts =
    leader > 0 ? [`term ${term}, R${leader}`, `${term}: R${leader}`, `${term}`] : [`${term}`];
  const text = texts.find((each) => textWidth(ctx, each) + 8 <= right - left);
  if (text !== undefined) {
    ctx.textAlign = "left";
    ctx.fillStyle = leader > 0 ? paint.ink : theme.ink;
    write(ctx, text, left + 4, BAND + BAND_HEIGHT / 2, TEXT_MIN);
  }
}

function drawCommits(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  { buckets, to_us }: Overview,
  place: (us: number) => number,
): void {
  const most = buckets.reduce((max, { commits }) => Math.max(max, commits), 0);
  ctx.fillStyle = theme.success.edge;
  for (const [at, { at_us, commits }] of buckets.entries()) {
    if (commits > 0) {
      const left = place(at_us);
      const right = place(buckets[at + 1]?.at_us ?? to_us);
      const high = Math.max(2, (commits / most) * COMMITS_HEIGHT);
      ctx.fillRect(left, COMMITS + COMMITS_HEIGHT - high, Math.max(1, right - left), high);
    }
  }
}

function drawAxis(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  width: number,
  span: Span,
  place: (us: number) => number,
): void {
  ctx.fillStyle = theme.muted;
  ctx.textAlign = "center";
  setFont(ctx, theme.font, TEXT_MIN);
  for (const us of ticks(span, Math.max(2, Math.floor(width / 90)))) {
    const x = place(us);
    ctx.fillRect(x, COMMITS + COMMITS_HEIGHT, 1, 3);
    const text = fit(ctx, `${Number((us / 1e6).toFixed(3))} s`, 80);
    const half = textWidth(ctx, text) / 2;
    if (x - half >= 0 && x + half <= width) {
      write(ctx, text, x, AXIS, TEXT_MIN);
    }
  }
}

/** Where the branch leaves another: what is to the left of it is the other's, too. */
function drawFork(ctx: CanvasRenderingContext2D, theme: Theme, x: number): void {
  ctx.strokeStyle = theme.ink;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([3, 3]);
  ctx.beginPath();
  ctx.moveTo(x, BAND - 3);
  ctx.lineTo(x, COMMITS + COMMITS_HEIGHT);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** What a pin looks like; the later ones matter more. */
const LOOKS = ["mended", "election", "fault", "network", "alarm"] as const;
type Look = (typeof LOOKS)[number];

/** None: it has no pin. */
function lookOf(what: TraceEvent): Look | undefined {
  if ("leader_elected" in what) {
    return "election";
  }
  if ("done" in what) {
    const [name = ""] = Object.keys(what.done.action);
    if (name === "request") {
      return undefined;
    }
    return NETWORK.has(name) ? "network" : MENDED.test(name) ? "mended" : "fault";
  }
  return isAlarming({ at_us: 0, event: 0, what }) ? "alarm" : undefined;
}

function importance({ what }: Notice): number {
  const look = lookOf(what);
  return look ? LOOKS.indexOf(look) : -1;
}

interface Pin {
  readonly mark: Notice;
  readonly x: number;
}

/** Of pins that would hide one another the one that matters most. */
function choosePins(marks: readonly Notice[], place: (us: number) => number): Pin[] {
  const byImportance = marks
    .filter(({ what }) => lookOf(what) !== undefined)
    .map((mark) => ({ mark, x: place(mark.at_us) }))
    .sort((a, b) => importance(b.mark) - importance(a.mark));
  const taken = new Set<number>();
  return byImportance.filter(({ x }) => {
    const slot = Math.floor(x / PIN_ROOM);
    const free = !taken.has(slot);
    taken.add(slot);
    return free;
  });
}

function drawPins(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  marks: readonly Notice[],
  place: (us: number) => number,
): void {
  for (const { mark, x } of choosePins(marks, place)) {
    drawPin(ctx, theme, mark, x);
  }
}

/** Elected: a star. Fault: a cross, or two bars for the network's. Mended: a ring. An alarm: a triangle with a bang. */
function drawPin(ctx: CanvasRenderingContext2D, theme: Theme, mark: Notice, x: number): void {
  ctx.strokeStyle = theme.line;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(x, PINS + 6);
  ctx.lineTo(x, BAND);
  ctx.stroke();
  ctx.lineWidth = 2;
  ctx.lineCap = "round";
  ctx.beginPath();
  switch (lookOf(mark.what)) {
    case "election":
      traceStar(ctx, x, PINS, 6.5);
      ctx.fillStyle = theme.ink;
      ctx.fill();
      break;
    case "alarm":
      drawAlarm(ctx, theme, x);
      break;
    case "mended":
      ctx.strokeStyle = theme.success.edge;
      ctx.arc(x, PINS, 4.5, 0, 2 * Math.PI);
      ctx.stroke();
      break;
    case "network":
      ctx.strokeStyle = theme.danger.edge;
      for (const side of [-3, 3]) {
        ctx.moveTo(x + side, PINS - 5);
        ctx.lineTo(x + side, PINS + 5);
      }
      ctx.stroke();
      break;
    case "fault":
      ctx.strokeStyle = theme.danger.edge;
      traceCross(ctx, x, PINS, 4.5);
      ctx.stroke();
      break;
  }
}

function drawAlarm(ctx: CanvasRenderingContext2D, theme: Theme, x: number): void {
  ctx.moveTo(x, PINS - 7);
  ctx.lineTo(x + 7, PINS + 6);
  ctx.lineTo(x - 7, PINS + 6);
  ctx.closePath();
  ctx.fillStyle = theme.danger.fill;
  ctx.fill();
  ctx.strokeStyle = theme.danger.ink;
  ctx.lineWidth = 1.75;
  ctx.beginPath();
  ctx.moveTo(x, PINS - 2.5);
  ctx.lineTo(x, PINS + 1);
  ctx.moveTo(x, PINS + 3.8);
  ctx.lineTo(x, PINS + 4);
  ctx.stroke();
}

/** Actions on the network, and those that mend something, by their names. */
const NETWORK: ReadonlySet<string> = new Set(["partition", "isolate", "cut", "clog"]);
const MENDED = /^(heal|restart|resume|rejoin|unclog|return|replace)/;
