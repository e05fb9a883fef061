/** Which notices flash up on the stage, and for how much virtual time. */
import type { Notice, TraceEvent } from "../../../pkg/raftarium.js";

/** How long each lasts at real time. */
const LIVES_MS = {
  lost: 900,
  elected: 900,
  /** Something that must never happen stays until it has been read. */
  stale: 2400,
  committed: 700,
  truncated: 700,
  answer: 1100,
};
/** However fast virtual time runs: of what is frequent no more than this is kept in mind … */
export const FREQUENT_US_MAX = 1_000_000;
/** … and of what is rare no more than this. */
export const RARE_US_MAX = 5_000_000;

export type FlashKind = keyof typeof LIVES_MS;
/** Of these there are few. */
const RARE: ReadonlySet<FlashKind> = new Set(["elected", "stale", "truncated"]);

/** What a notice flashes up as, if at all. */
export function flashKind(what: TraceEvent): FlashKind | undefined {
  if ("message_lost" in what) {
    return "lost";
  }
  if ("leader_elected" in what) {
    return "elected";
  }
  if ("stale_read" in what) {
    return "stale";
  }
  if ("log_truncated" in what) {
    return "truncated";
  }
  if ("committed" in what) {
    return "committed";
  }
  return "answered" in what ? "answer" : undefined;
}

/** Whether a notice is of the few that last longer at high speed. */
export function isRare({ what }: Notice): boolean {
  const kind = flashKind(what);
  return kind !== undefined && RARE.has(kind);
}

/**
 * How much virtual time a flash lasts: the more, the faster that runs, so that it can be seen at
 * any speed.
 */
export function lifeUs(kind: FlashKind, speed: number): number {
  return Math.min(RARE.has(kind) ? RARE_US_MAX : FREQUENT_US_MAX, LIVES_MS[kind] * 1000 * speed);
}
