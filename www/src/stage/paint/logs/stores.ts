/**
 * The table of key-value stores: a row for each replica, a column for each key. A value
 * that differs from the store that has applied most has a dashed box.
 *
 * A row is drawn anew only when something in it has changed.
 */
import type { MemberKind, PairView, ReplicaView } from "../../../../pkg/raftarium.js";
import { fit, fitEnds, setFont, TEXT_MIN, write } from "../canvas-text.js";
import { HEADER, type StoresPlan } from "../layout-tables.js";
import type { Theme } from "../palette.js";
import { drawRowLabel } from "./row-label.js";

const KEY_ORDER = new Intl.Collator("en", { numeric: true }).compare;
const COLUMN_MAX = 130;

/** The content of a row. */
export interface StoreRow {
  readonly replica: ReplicaView;
  readonly standing: MemberKind;
  /** The same array as long as nothing in the store changes. */
  readonly pairs: readonly PairView[];
  /** Whether its replica is selected, or has the focus. */
  readonly lit: boolean;
}

export class StorePainter {
  readonly #keys = new KeyColumns();
  #columns: KeyChoice | undefined;
  /** What each row on the canvas shows, by its place. */
  #rows: string[] = [];

  /** Draws the rows that have changed. `fresh`: the canvas is empty. */
  draw(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    plan: StoresPlan,
    rows: readonly StoreRow[],
    fresh: boolean,
  ): void {
    const columns = this.#keys.choose(
      rows.map(({ pairs }) => pairs),
      plan.columns,
      Math.max(0, ...rows.map(({ replica }) => replica.keys)),
    );
    const room = plan.w - plan.labelWidth - (columns.left > 0 ? 34 : 0);
    const pitch = Math.min(COLUMN_MAX, room / Math.max(1, columns.shown.length));
    if (fresh || !sameColumns(columns, this.#columns)) {
      this.#columns = columns;
      this.#rows = [];
      drawHeader(ctx, theme, plan, columns, pitch);
    }
    // A value counts as odd if it differs from the store that has applied most.
    const newest = newestStore(rows);
    for (const [place, row] of rows.entries()) {
      const values = columns.shown.map((key) => {
        const value = heldAt(row.pairs, key);
        return { value, odd: value !== heldAt(newest, key) };
      });
      const looks = fingerprint(row, values);
      if (this.#rows[place] !== looks) {
        this.#rows[place] = looks;
        drawRow(ctx, theme, plan, place, row, values, pitch, room);
      }
    }
  }
}

/** What a store holds at a key. */
interface Held {
  readonly value: string | undefined;
  readonly odd: boolean;
}

function fingerprint({ replica, standing, lit }: StoreRow, values: readonly Held[]): string {
  const { status, role, term } = replica;
  const held = values.map(({ value, odd }) => `${odd ? "≠" : "="}${value ?? "\0"}`);
  return [status, role, term, standing, lit, ...held].join("\n");
}

/** The keys shown, and how many are left out. */
function drawHeader(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  plan: StoresPlan,
  { shown, left }: KeyChoice,
  pitch: number,
): void {
  const x = plan.x + plan.labelWidth;
  const middle = plan.y + HEADER / 2 - 1;
  ctx.fillStyle = theme.ground;
  ctx.fillRect(plan.x, plan.y, plan.w, HEADER);
  ctx.textAlign = "left";
  ctx.fillStyle = theme.ink;
  setFont(ctx, theme.font, 12, 600);
  if (plan.labelWidth > 0 || shown.length === 0) {
    write(ctx, "Store", plan.x + 2, middle, 12);
  }
  ctx.fillStyle = theme.muted;
  setFont(ctx, theme.font, TEXT_MIN, 600);
  for (const [column, key] of shown.entries()) {
    write(ctx, fit(ctx, key, pitch - 10), x + column * pitch + 5, middle, TEXT_MIN);
  }
  if (left > 0) {
    ctx.textAlign = "right";
    write(ctx, `+${left}`, plan.x + plan.w, middle, TEXT_MIN);
  }
}

function drawRow(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  plan: StoresPlan,
  place: number,
  { replica, standing, lit }: StoreRow,
  values: readonly Held[],
  pitch: number,
  room: number,
): void {
  const x = plan.x + plan.labelWidth;
  const y = plan.y + HEADER + place * plan.rowHeight;
  const centre = y + plan.rowHeight / 2;
  ctx.fillStyle = lit ? theme.accent.tint : theme.ground;
  ctx.fillRect(plan.x - 2, y, plan.w + 2, plan.rowHeight);
  ctx.fillStyle = theme.faint;
  ctx.fillRect(plan.x, y, plan.w, 1);
  if (plan.labelWidth > 0) {
    drawRowLabel(ctx, theme, replica, standing, plan.x, centre, plan.labelWidth);
  }
  const note = rowNote(replica, values.length);
  if (note !== undefined) {
    ctx.textAlign = "left";
    ctx.fillStyle = theme.muted;
    setFont(ctx, theme.font, TEXT_MIN);
    write(ctx, fit(ctx, note, room), x + 5, centre, TEXT_MIN);
    return;
  }
  for (const [column, { value, odd }] of values.entries()) {
    drawValue(ctx, theme, value, odd, x + column * pitch, y, pitch, plan.rowHeight);
  }
}

function rowNote(replica: ReplicaView, keys: number): string | undefined {
  if (replica.status === "crashed") {
    return "gone with its memory";
  }
  return keys === 0 ? "empty" : undefined;
}

function drawValue(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  value: string | undefined,
  odd: boolean,
  x: number,
  y: number,
  w: number,
  h: number,
): void {
  if (odd) {
    ctx.beginPath();
    ctx.roundRect(x + 1, y + 2.5, w - 4, h - 4, 3);
    ctx.lineWidth = 1.25;
    ctx.strokeStyle = theme.accent.edge;
    ctx.setLineDash([3, 2]);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  const size = h >= 26 ? 13 : TEXT_MIN;
  ctx.textAlign = "left";
  setFont(ctx, theme.font, size, odd ? 600 : 400);
  ctx.fillStyle = value === undefined ? theme.muted : theme.ink;
  const text = value === undefined ? "–" : value === "" ? "“”" : value;
  const shown = odd ? fitEnds(ctx, text, w - 10) : fit(ctx, text, w - 10);
  write(ctx, shown, x + 5, y + h / 2, size);
}

function heldAt(pairs: readonly PairView[] | undefined, key: string): string | undefined {
  return pairs?.find((pair) => pair.key === key)?.value;
}

/** The store that has applied most: the others are compared with it. */
function newestStore(rows: readonly StoreRow[]): readonly PairView[] | undefined {
  let newest: StoreRow | undefined;
  for (const row of rows) {
    const { status, last_applied: applied } = row.replica;
    if (status !== "crashed" && applied > (newest?.replica.last_applied ?? -1)) {
      newest = row;
    }
  }
  return newest?.pairs;
}

/** The keys that have a column, and how many others there are. */
interface KeyChoice {
  readonly shown: readonly string[];
  readonly left: number;
}

function sameColumns(one: KeyChoice, other: KeyChoice | undefined): boolean {
  return (
    one === other || (one.left === other?.left && one.shown.join("\n") === other.shown.join("\n"))
  );
}

/**
 * Chooses the keys that are shown where not all have room: those that changed last in
 * any store, in the order of the keys.
 */
class KeyColumns {
  #stores: readonly (readonly PairView[])[] = [];
  #columns = 0;
  #held = 0;
  #clock = 0;
  /** For each key its values in all stores, and when they last changed. */
  #known = new Map<string, { values: string; changed: number }>();
  #chosen: KeyChoice = { shown: [], left: 0 };

  /** `held`: how many keys the largest store has; not all of them may be at hand. */
  choose(stores: readonly (readonly PairView[])[], columns: number, held: number): KeyChoice {
    const same =
      columns === this.#columns &&
      held === this.#held &&
      stores.length === this.#stores.length &&
      stores.every((pairs, at) => pairs === this.#stores[at]);
    if (!same) {
      this.#stores = stores;
      this.#columns = columns;
      this.#held = held;
      this.#note();
      const recent = [...this.#known].sort(
        ([a, x], [b, y]) => y.changed - x.changed || KEY_ORDER(a, b),
      );
      this.#chosen = {
        shown: recent
          .slice(0, columns)
          .map(([key]) => key)
          .sort(KEY_ORDER),
        left: Math.max(0, Math.max(held, recent.length) - columns),
      };
    }
    return this.#chosen;
  }

  #note(): void {
    this.#clock += 1;
    const values = new Map<string, string>();
    for (const [at, pairs] of this.#stores.entries()) {
      for (const { key, value } of pairs) {
        values.set(key, `${values.get(key) ?? ""}\n${at} ${value}`);
      }
    }
    const known = new Map<string, { values: string; changed: number }>();
    for (const [key, now] of values) {
      const before = this.#known.get(key);
      known.set(key, before?.values === now ? before : { values: now, changed: this.#clock });
    }
    this.#known = known;
  }
}
