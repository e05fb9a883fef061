/** The notices as lines to read and to go back by. */
import type { Notice } from "../../../pkg/raftarium.js";
import type { Weight } from "../actions.js";
import { isAlarming, noticeText, noticeWeight } from "./notices.js";

/** This many lines are kept of each weight. */
const LINES_MAX = 100;
const WEIGHTS: readonly Weight[] = [0, 1, 2];

export interface Line {
  /** Counts up from line to line, over all journals. */
  key: number;
  /** After how many events it happened. */
  event: number;
  atUs: number;
  text: string;
  weight: Weight;
  alarms: boolean;
  /** Of lines that follow one another with the same, only the last stays. */
  run?: string | undefined;
}

let nextKey = 0;

/** The lines with what has just happened; the same array if nothing has. */
export function withNotices(lines: readonly Line[], notices: readonly Notice[]): readonly Line[] {
  if (notices.length === 0) {
    return lines;
  }
  // Of a burst only the end would remain: the rest is not even put into words.
  const latest = lastOfEach(notices).map((notice) => ({
    key: nextKey++,
    event: notice.event,
    atUs: notice.at_us,
    text: noticeText(notice),
    weight: noticeWeight(notice),
    alarms: isAlarming(notice),
    run: runOf(notice),
  }));
  return lastOfEachWeight(withoutRuns([...lines, ...latest]));
}

/** Of commits that follow one another only the last is told: where there is much to do, they are many. */
function withoutRuns(lines: readonly Line[]): Line[] {
  const told = lines.filter(({ weight }) => weight > 0);
  const superseded = new Set(
    told
      .filter((line, at) => line.run !== undefined && line.run === told[at + 1]?.run)
      .map(({ key }) => key),
  );
  return lines.filter(({ key }) => !superseded.has(key));
}

function runOf({ what }: Notice): string | undefined {
  return "committed" in what ? `commits of ${what.committed.replica}` : undefined;
}

function lastOfEach(notices: readonly Notice[]): readonly Notice[] {
  if (notices.length <= LINES_MAX) {
    return notices;
  }
  const last = WEIGHTS.flatMap((each) =>
    notices.filter((notice) => noticeWeight(notice) === each).slice(-LINES_MAX),
  );
  return last.sort((a, b) => a.event - b.event);
}

/** Lines that matter little never push out those that matter more. */
function lastOfEachWeight(lines: readonly Line[]): Line[] {
  const first = WEIGHTS.map(
    (each) => lines.filter((line) => line.weight === each).at(-LINES_MAX)?.key ?? 0,
  );
  return lines.filter(({ key, weight }) => key >= (first[weight] ?? 0));
}
