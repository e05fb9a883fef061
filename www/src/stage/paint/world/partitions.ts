/**
 * The groups of replicas that can still reach one another. Replicas joined by links that
 * work in at least one direction, directly or over others, are on one island.
 */
import type { LinkView } from "../../../../pkg/raftarium.js";
import type { Disc } from "../layout.js";

export interface Partition {
  /** The island of each replica, in the order of their numbers: 0, 1, 2 … */
  readonly island: readonly number[];
  readonly islands: number;
  isCut(from: number, to: number): boolean;
}

export function findPartition(cuts: readonly LinkView[], count: number): Partition {
  const cut = new Uint8Array((count + 1) * (count + 1));
  for (const { from, to } of cuts) {
    cut[from * (count + 1) + to] = 1;
  }
  const isCut = (from: number, to: number) => cut[from * (count + 1) + to] === 1;

  const island: number[] = new Array(count).fill(-1);
  let islands = 0;
  for (let first = 0; first < count; first += 1) {
    if (island[first] !== -1) {
      continue;
    }
    const shore = [first];
    island[first] = islands;
    for (let at = shore.pop(); at !== undefined; at = shore.pop()) {
      for (let other = 0; other < count; other += 1) {
        const joined = !isCut(at + 1, other + 1) || !isCut(other + 1, at + 1);
        if (island[other] === -1 && joined) {
          island[other] = islands;
          shore.push(other);
        }
      }
    }
    islands += 1;
  }
  return { island, islands, isCut };
}

/** The smallest convex polygon around the centres, by Andrew's monotone chain. */
export function convexHull(discs: readonly Disc[]): Disc[] {
  const sorted = [...discs].sort((a, b) => a.x - b.x || a.y - b.y);
  if (sorted.length < 3) {
    return sorted;
  }
  return [...chain(sorted), ...chain(sorted.reverse())];
}

/** One half of the hull, without its last corner, which is the other half's first. */
function chain(discs: readonly Disc[]): Disc[] {
  const hull: Disc[] = [];
  for (const disc of discs) {
    for (;;) {
      const [a, b] = hull.slice(-2);
      if (!a || !b || (b.x - a.x) * (disc.y - a.y) - (b.y - a.y) * (disc.x - a.x) > 0) {
        break;
      }
      hull.pop();
    }
    hull.push(disc);
  }
  return hull.slice(0, -1);
}
