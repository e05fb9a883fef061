/** The sorts of happenings, to be told by themselves. */
import { HappeningKind } from "../../../pkg/raftarium.js";

/** Each sort, and what a person calls it. */
export const SORTS = {
  messages: "messages",
  elections: "timers, votes, roles",
  log: "log, disk, store",
  clients: "clients",
  outside: "faults and hands",
} as const;
export type Sort = keyof typeof SORTS;

/** Which sort a happening is of, by its kind. The core must be loaded. */
export function sortOf(kind: HappeningKind): Sort {
  switch (kind) {
    case HappeningKind.Sent:
    case HappeningKind.Received:
    case HappeningKind.Lost:
      return "messages";
    case HappeningKind.TimedOut:
    case HappeningKind.Decided:
    case HappeningKind.Became:
      return "elections";
    case HappeningKind.Appended:
    case HappeningKind.Truncated:
    case HappeningKind.Committed:
    case HappeningKind.Wrote:
    case HappeningKind.Applied:
    case HappeningKind.Restored:
    case HappeningKind.SnapshotTaken:
      return "log";
    case HappeningKind.ReadServed:
    case HappeningKind.Asked:
    case HappeningKind.Told:
    case HappeningKind.GaveUp:
    case HappeningKind.SessionRenewed:
      return "clients";
    case HappeningKind.Started:
    case HappeningKind.Crashed:
    case HappeningKind.Paused:
    case HappeningKind.Resumed:
    case HappeningKind.Done:
    case HappeningKind.Noted:
      return "outside";
  }
}
