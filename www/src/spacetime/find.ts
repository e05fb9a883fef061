/** Finds a happening: under the pointer, or next to another one. */
import { HappeningField, HappeningKind } from "../../pkg/raftarium.js";
import type { Span } from "../core/time/scale.js";
import { OUTSIDE, type Trace } from "../core/time/trace.js";
import { distance, flightOf, type Lanes, laneY, usAt, xOf } from "./layout.js";

/** As near as this the pointer must be. */
const NEAR_PX = 9;
/** At most so many happenings are looked at for the one under the pointer. */
const SEARCHED_MAX = 6000;

/** The happening under a place: a mark before a message. */
export function happeningAt(
  trace: Trace,
  lanes: Lanes,
  span: Span,
  x: number,
  y: number,
): number | undefined {
  const first = trace.firstFrom(usAt(lanes, span, x - NEAR_PX));
  const last = trace.firstFrom(usAt(lanes, span, x + NEAR_PX) + trace.longestUs);
  let found: { row: number; far: number } | undefined;
  for (let row = first; row < Math.min(last, first + SEARCHED_MAX); row += 1) {
    const place = laneY(lanes, trace.at(row, HappeningField.Place));
    const at = xOf(lanes, span, trace.at(row, HappeningField.AtUs));
    const spot = place === undefined ? Number.POSITIVE_INFINITY : Math.hypot(at - x, place - y);
    const kind = trace.kind(row);
    const isMessage = kind <= HappeningKind.Lost;
    const flight = isMessage && kind !== HappeningKind.Sent ? flightOf(trace, row) : undefined;
    const line = flight ? distance(lanes, span, flight, x, y) + 2 : Number.POSITIVE_INFINITY;
    const far = Math.min(isMessage ? spot + 1 : spot, line);
    if (far < NEAR_PX && (!found || far <= found.far)) {
      found = { row, far };
    }
  }
  return found?.row;
}

/** The happening before or after one at the same place, or the nearest in time at another. */
export function nextOf(
  trace: Trace,
  lanes: Lanes,
  here: number,
  along: number,
  across: number,
): number | undefined {
  const place = trace.at(here, HappeningField.Place);
  if (along !== 0) {
    for (let row = here + along; row >= 0 && row < trace.count; row += along) {
      if (trace.at(row, HappeningField.Place) === place) {
        return row;
      }
    }
    return undefined;
  }
  const places = [OUTSIDE, ...lanes.places];
  const to = places[Math.max(0, places.indexOf(place)) + across];
  for (let far = 1; to !== undefined && far < trace.count; far += 1) {
    for (const row of [here - far, here + far]) {
      if (row >= 0 && row < trace.count && trace.at(row, HappeningField.Place) === to) {
        return row;
      }
    }
  }
  return undefined;
}
