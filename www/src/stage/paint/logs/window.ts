/**
 * Which entries have a column. By default that follows what happens: the ends of the logs, and with
 * them whatever must not be out of sight: where logs differ, the commit index, an entry that
 * somebody looks at. What lies between is equal, and folded. A person may also hold the columns where
 * they are.
 */

import type { LogWindow } from "../../../core/log-window.js";

/** What is to be in sight. */
export interface Heads {
  /** The last index of any log. */
  readonly last: number;
  readonly commit: number;
  /** Where logs differ. */
  readonly differ: { readonly first: number; readonly last: number } | undefined;
  /** The index that somebody looks at. */
  readonly selected: number | undefined;
  /** The last indices of the replicas that run. */
  readonly ends: readonly number[];
}

/** Columns beside one another, `count` of them; the first, `at`, has the entry `first`. */
export interface Pane {
  readonly first: number;
  readonly count: number;
  readonly at: number;
}

/** The ends of the logs keep at least this many columns. */
const TAIL_MIN = 4;

interface Range {
  readonly from: number;
  readonly to: number;
}

export function choosePanes(heads: Heads, columns: number, window: LogWindow): Pane[] {
  const { last } = heads;
  if (columns <= 0) {
    return [];
  }
  if (window.first !== undefined) {
    const most = Math.max(1, last - Math.floor(columns / 2));
    return [{ first: Math.max(1, Math.min(window.first, most)), count: columns, at: 0 }];
  }
  if (last <= columns) {
    return [{ first: 1, count: columns, at: 0 }];
  }
  const wanted = interests(heads, columns);
  let parts: Range[] = [];
  let tail = tailOf(last, columns);
  for (let turns = 0; turns <= wanted.length; turns += 1) {
    const missing = wanted.find((range) => ![...parts, tail].some((part) => holds(part, range)));
    if (!missing) {
      break;
    }
    const more = merged([...parts, missing]);
    const taken = more.reduce((sum, { from, to }) => sum + to - from + 2, 0);
    if (columns - taken < TAIL_MIN) {
      wanted.splice(wanted.indexOf(missing), 1);
      continue;
    }
    parts = more;
    tail = tailOf(last, columns - taken);
  }
  return panesOf(merged([...parts, tail]), columns);
}

/** The column of an index, if it has one. */
export function columnOf(panes: readonly Pane[], index: number): number | undefined {
  const pane = panes.find(({ first, count }) => index >= first && index < first + count);
  return pane && pane.at + index - pane.first;
}

/** The index in a column; none: what is there is folded. */
export function indexIn(panes: readonly Pane[], column: number): number | undefined {
  const pane = panes.find(({ at, count }) => column >= at && column < at + count);
  return pane && pane.first + column - pane.at;
}

/** What must be in sight, the most important first. */
function interests({ last, commit, differ, selected, ends }: Heads, columns: number): Range[] {
  const range = (from: number, to: number) => ({ from: Math.max(1, from), to: Math.min(last, to) });
  const wanted: Range[] = [];
  if (selected !== undefined && selected <= last) {
    wanted.push(range(selected - 1, selected + 1));
  }
  if (differ) {
    const most = Math.max(3, Math.floor(columns * 0.4));
    wanted.push(range(differ.first - 1, Math.min(differ.last, differ.first - 2 + most)));
    // Where there is no room for more, at least the place where they part.
    wanted.push(range(differ.first - 1, differ.first));
  }
  wanted.push(range(commit, commit + 1));
  // A replica that is behind: where its log ends. In leaps, or it could not be read.
  const least = Math.min(...ends);
  if (Number.isFinite(least) && least > 0) {
    const start = Math.floor((least - 1) / 3) * 3;
    wanted.push(range(start, start + 4));
  }
  return wanted;
}

/** The columns move on in leaps: cells that slid along with each entry could not be read. */
function tailOf(last: number, columns: number): Range {
  const leap = Math.max(1, Math.ceil(columns / 5));
  const from = last <= columns ? 1 : Math.ceil((last - columns) / leap) * leap + 1;
  return { from, to: from + columns - 1 };
}

function holds(part: Range, range: Range): boolean {
  return range.from >= part.from && range.to <= part.to;
}

/** In their order; those that touch, or leave one entry between them, become one. */
function merged(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const before = all.at(-1);
    if (before && range.from <= before.to + 2) {
      all[all.length - 1] = { from: before.from, to: Math.max(before.to, range.to) };
    } else {
      all.push(range);
    }
  }
  return all;
}

/** Beside one another, with a column for each fold; the last one has what room is left. */
function panesOf(ranges: readonly Range[], columns: number): Pane[] {
  const panes: Pane[] = [];
  let at = 0;
  for (const [place, { from, to }] of ranges.entries()) {
    const isLast = place === ranges.length - 1;
    const count = isLast ? columns - at : to - from + 1;
    // Where ranges have grown together there may be less room than the last one has entries.
    const first = isLast && to - from + 1 > count ? to - count + 1 : from;
    panes.push({ first, count, at });
    at += count + 1;
  }
  return panes;
}
