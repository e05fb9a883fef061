/**
 * The ways of the messages: from rim to rim, bent to the right as seen by the
 * traveller, so that the two directions of a link never meet head on.
 */
import type { Disc } from "../layout.js";

/** A place on a track. One is made once and written over again and again. */
export interface Spot {
  x: number;
  y: number;
  /** The direction of travel. */
  cos: number;
  sin: number;
  /** How far along the track, in pixels. */
  along: number;
}

/** A message leaves from the rim, and has arrived when its nose is there. */
const LEAVE = 2;
const ARRIVE = 9;

/** How far the middle of a track of this length is from the straight line. */
function bend(length: number): number {
  return Math.max(7, Math.min(24, length * 0.07));
}

/**
 * The place at `share` (0 to 1) of the way from `from` to `to`, `aside` pixels to the
 * right of the track.
 */
export function spotOnTrack(from: Disc, to: Disc, share: number, aside: number, spot: Spot): void {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.max(1, Math.hypot(dx, dy));
  const start = Math.min(0.45, (from.r + LEAVE) / length);
  const end = 1 - Math.min(0.45, (to.r + ARRIVE) / length);
  const t = start + (end - start) * share;
  const middle = bend(length);
  const lateral = 4 * t * (1 - t) * middle + aside;
  const cos = dx / length;
  const sin = dy / length;
  spot.x = from.x + dx * t - sin * lateral;
  spot.y = from.y + dy * t + cos * lateral;
  const slope = (4 * (1 - 2 * t) * middle) / length;
  const norm = Math.hypot(1, slope);
  spot.cos = (cos - sin * slope) / norm;
  spot.sin = (sin + cos * slope) / norm;
  spot.along = t * length;
}

/** Adds the whole track to the current path, as a curve. */
export function traceTrack(path: CanvasPath, from: Disc, to: Disc): void {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.max(1, Math.hypot(dx, dy));
  // A quadratic curve passes its control point at half the distance.
  const off = (2 * bend(length)) / length;
  path.moveTo(from.x, from.y);
  path.quadraticCurveTo(from.x + dx / 2 - dy * off, from.y + dy / 2 + dx * off, to.x, to.y);
}
