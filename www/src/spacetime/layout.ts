/** Where in the diagram things are: a lane for each replica and client, time from left to right. */
import { HappeningField } from "../../pkg/raftarium.js";
import { type Span, shareOf } from "../core/time/scale.js";
import { OUTSIDE, type Trace } from "../core/time/trace.js";

/** Room for the names of the lanes, for what is done from outside above them, and for the time below. */
export const LABELS = 46;
export const HEAD = 26;
export const FOOT = 20;
const LANE_MIN = 26;
const LANE_MAX = 72;

export interface Lanes {
  readonly width: number;
  readonly height: number;
  /** Places of lanes: replicas' numbers, then minus those of clients. */
  readonly places: readonly number[];
  readonly laneHeight: number;
}

export function layOut(width: number, height: number, trace: Trace | undefined): Lanes {
  const replicas = trace ? [...trace.stretches.keys()].sort((a, b) => a - b) : [];
  const clients = trace ? [...trace.clients].sort((a, b) => a - b).map((id) => -id) : [];
  const places = [...replicas, ...clients];
  const room = (height - HEAD - FOOT) / Math.max(1, places.length);
  return { width, height, places, laneHeight: Math.min(LANE_MAX, Math.max(LANE_MIN, room)) };
}

/** As high as the lanes need. */
export function heightOf({ places, laneHeight }: Lanes): number {
  return HEAD + FOOT + Math.ceil(places.length * laneHeight);
}

/** The middle of a lane; the head for what is done from outside; undefined: it has no lane. */
export function laneY(lanes: Lanes, place: number): number | undefined {
  if (place === OUTSIDE) {
    return HEAD / 2;
  }
  const at =
    place > 0 && place <= lanes.places.length && lanes.places[place - 1] === place
      ? place - 1
      : lanes.places.indexOf(place);
  return at < 0 ? undefined : HEAD + (at + 0.5) * lanes.laneHeight;
}

export function xOf(lanes: Lanes, span: Span, us: number): number {
  return LABELS + shareOf(span, us) * (lanes.width - LABELS);
}

export function usAt(lanes: Lanes, span: Span, x: number): number {
  const share = (x - LABELS) / Math.max(1, lanes.width - LABELS);
  return span.from_us + share * (span.to_us - span.from_us);
}

/** A message on its way: from where it was sent to where it came, was lost, or has come so far. */
export interface Flight {
  readonly fromUs: number;
  readonly toUs: number;
  readonly from: number;
  readonly to: number;
}

/** How near two places are on the diagram; a message is as near as its line. */
export function distance(
  lanes: Lanes,
  span: Span,
  { fromUs, toUs, from, to }: Flight,
  x: number,
  y: number,
): number {
  const [y1, y2] = [laneY(lanes, from), laneY(lanes, to)];
  if (y1 === undefined || y2 === undefined) {
    return Number.POSITIVE_INFINITY;
  }
  const [x1, x2] = [xOf(lanes, span, fromUs), xOf(lanes, span, toUs)];
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const along =
    length === 0
      ? 0
      : Math.min(1, Math.max(0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length));
  return Math.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1));
}

/** The way of the message that a row is about; undefined: it is about none. */
export function flightOf(trace: Trace, row: number): Flight | undefined {
  if (trace.at(row, HappeningField.Message) < 0) {
    return undefined;
  }
  const partner = trace.partner(row);
  const place = trace.at(row, HappeningField.Place);
  const other = trace.at(row, HappeningField.Other);
  const at = trace.at(row, HappeningField.AtUs);
  if (trace.kind(row) === 0) {
    const toUs = partner < 0 ? trace.uptoUs : trace.at(partner, HappeningField.AtUs);
    return { fromUs: at, toUs, from: place, to: other };
  }
  if (partner < 0) {
    return undefined;
  }
  const sender = trace.at(partner, HappeningField.Place);
  const receiver = trace.at(partner, HappeningField.Other);
  return { fromUs: trace.at(partner, HappeningField.AtUs), toUs: at, from: sender, to: receiver };
}
