/** Which entries have a column, without a browser. */
import { expect, test } from "@playwright/test";
import { FOLLOWING } from "../src/core/log-window.js";
import { choosePanes, columnOf, type Heads, indexIn } from "../src/stage/paint/logs/window.js";

const CALM: Heads = { last: 100, commit: 99, differ: undefined, selected: undefined, ends: [100] };

function shows(heads: Heads, columns: number, index: number): boolean {
  return columnOf(choosePanes(heads, columns, FOLLOWING), index) !== undefined;
}

test("short logs are shown whole, and long ones by their ends", () => {
  expect(choosePanes({ ...CALM, last: 9, commit: 9, ends: [9] }, 12, FOLLOWING)).toEqual([
    { first: 1, count: 12, at: 0 },
  ]);
  for (let last = 20; last < 400; last += 1) {
    const heads = { ...CALM, last, commit: last - 1, ends: [last, last - 1] };
    expect(shows(heads, 12, last), `${last}`).toBe(true);
    expect(shows(heads, 12, last - 1), `${last}`).toBe(true);
  }
});

test("where logs differ, the commit index and the chosen entry stay in sight", () => {
  for (const columns of [10, 12, 16, 24, 40]) {
    for (const last of [41, 60, 95, 300, 20_000]) {
      for (const selected of [undefined, 1, 30, last]) {
        const differ = { first: 21, last: 24 };
        const heads = { last, commit: last - 2, differ, selected, ends: [last, last - 1] };
        const panes = choosePanes(heads, columns, FOLLOWING);
        const told = `${columns} columns of ${last}, ${selected}`;
        const inSight = (index: number) => columnOf(panes, index) !== undefined;
        expect(inSight(last), told).toBe(true);
        if (selected !== undefined) {
          expect(inSight(selected), told).toBe(true);
        }
        // With the fewest columns there is no room for all of it at once.
        if (columns >= 12) {
          expect([20, 21].every(inSight), told).toBe(true);
          expect(inSight(last - 2), told).toBe(true);
        }
      }
    }
  }
});

test("the end of a log that is far behind is in sight", () => {
  const heads = { ...CALM, last: 19_200, commit: 19_199, ends: [19_200, 19_198, 19_149] };
  expect(shows(heads, 12, 19_149)).toBe(true);
  expect(shows(heads, 12, 19_200)).toBe(true);
});

test("panes never overlap, have a fold between them, and fill the columns", () => {
  for (let last = 1; last < 200; last += 7) {
    for (let first = 1; first < last; first += 11) {
      for (const columns of [8, 12, 20]) {
        const heads = {
          last,
          commit: first,
          differ: { first, last: Math.min(last, first + 5) },
          selected: Math.max(1, first - 9),
          ends: [last, Math.max(1, last - 30)],
        };
        const panes = choosePanes(heads, columns, FOLLOWING);
        let at = 0;
        let index = 0;
        for (const pane of panes) {
          expect(pane.at).toBe(at);
          expect(pane.first).toBeGreaterThan(index === 0 ? 0 : index + 1);
          expect(indexIn(panes, pane.at)).toBe(pane.first);
          at += pane.count + 1;
          index = pane.first + pane.count - 1;
        }
        expect(at).toBe(columns + 1);
      }
    }
  }
});

test("pinned columns stay where they are, whatever happens", () => {
  for (const last of [50, 60, 9_000]) {
    const heads = { ...CALM, last, commit: last, differ: { first: 2, last: 3 } };
    expect(choosePanes(heads, 12, { first: 30, zoom: 1 })).toEqual([
      { first: 30, count: 12, at: 0 },
    ]);
  }
});
