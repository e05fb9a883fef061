/**
 * The table of key-value stores: a row for each replica, a column for each key. A value
 * that differs from the store that has applied most has a dashed box.
 */
import type { MembershipView, PairView, ReplicaView } from "../../../../pkg/raftarium.js";
import { standingIn } from "../../../core/membership.js";
import { fit, font, TEXT_MIN, write } from "../canvas-text.js";
import { HEADER, type StoresPlan } from "../layout-tables.js";
import type { Theme } from "../palette.js";
import { drawRowLabel } from "./row-label.js";

const KEY_ORDER = new Intl.Collator("en", { numeric: true }).compare;
const COLUMN_MAX = 130;

export class StorePainter {
  readonly #keys = new KeyColumns();

  draw(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    plan: StoresPlan,
    replicas: readonly ReplicaView[],
    membership: MembershipView | undefined,
    store: (replica: ReplicaView) => readonly PairView[],
  ): void {
    const stores = replicas.map(store);
    const { shown, left } = this.#keys.choose(stores, plan.columns);
    const x = plan.x + plan.labelWidth;
    const room = plan.w - plan.labelWidth - (left > 0 ? 34 : 0);
    const pitch = Math.min(COLUMN_MAX, room / Math.max(1, shown.length));
    const middle = plan.y + HEADER / 2 - 1;

    // The header: the keys shown, and how many are left out.
    ctx.textAlign = "left";
    ctx.fillStyle = theme.ink;
    ctx.font = font(theme.font, 12, 600);
    if (plan.labelWidth > 0 || shown.length === 0) {
      write(ctx, "Store", plan.x + 2, middle, 12);
    }
    ctx.fillStyle = theme.muted;
    ctx.font = font(theme.font, TEXT_MIN, 600);
    for (const [column, key] of shown.entries()) {
      write(ctx, fit(ctx, key, pitch - 10), x + column * pitch + 5, middle, TEXT_MIN);
    }
    if (left > 0) {
      ctx.textAlign = "right";
      write(ctx, `+${left}`, plan.x + plan.w, middle, TEXT_MIN);
    }

    // A value counts as odd if it differs from the store that has applied most.
    const newest = newestStore(replicas, stores);
    for (const [row, replica] of replicas.entries()) {
      const y = plan.y + HEADER + row * plan.rowHeight;
      const centre = y + plan.rowHeight / 2;
      ctx.fillStyle = theme.faint;
      ctx.fillRect(plan.x, y, plan.w, 1);
      if (plan.labelWidth > 0) {
        const standing = standingIn(membership, replica.id);
        drawRowLabel(ctx, theme, replica, standing, plan.x, centre, plan.labelWidth);
      }
      const note = rowNote(replica, shown.length);
      if (note !== undefined) {
        ctx.textAlign = "left";
        ctx.fillStyle = theme.muted;
        ctx.font = font(theme.font, TEXT_MIN);
        write(ctx, fit(ctx, note, room), x + 5, centre, TEXT_MIN);
        continue;
      }
      for (const [column, key] of shown.entries()) {
        const value = heldAt(stores[row], key);
        const odd = value !== heldAt(newest, key);
        drawValue(ctx, theme, value, odd, x + column * pitch, y, pitch, plan.rowHeight);
      }
    }
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
  ctx.font = font(theme.font, size, odd ? 600 : 400);
  ctx.fillStyle = value === undefined ? theme.muted : theme.ink;
  const text = value === undefined ? "–" : value === "" ? "“”" : value;
  write(ctx, fit(ctx, text, w - 10), x + 5, y + h / 2, size);
}

function heldAt(pairs: readonly PairView[] | undefined, key: string): string | undefined {
  return pairs?.find((pair) => pair.key === key)?.value;
}

/** The store that has applied most: the others are compared with it. */
function newestStore(
  replicas: readonly ReplicaView[],
  stores: readonly (readonly PairView[])[],
): readonly PairView[] | undefined {
  let newest = -1;
  for (const [at, { status, last_applied }] of replicas.entries()) {
    if (status !== "crashed" && last_applied > (replicas[newest]?.last_applied ?? -1)) {
      newest = at;
    }
  }
  return stores[newest];
}

/**
 * Chooses the keys that are shown where not all have room: those that changed last in
 * any store, in the order of the keys.
 */
class KeyColumns {
  #stores: readonly (readonly PairView[])[] = [];
  #columns = 0;
  #clock = 0;
  /** For each key its values in all stores, and when they last changed. */
  #known = new Map<string, { values: string; changed: number }>();
  #chosen: { shown: string[]; left: number } = { shown: [], left: 0 };

  choose(
    stores: readonly (readonly PairView[])[],
    columns: number,
  ): { shown: readonly string[]; left: number } {
    const same =
      columns === this.#columns &&
      stores.length === this.#stores.length &&
      stores.every((pairs, at) => pairs === this.#stores[at]);
    if (!same) {
      this.#stores = stores;
      this.#columns = columns;
      this.#note();
      const recent = [...this.#known].sort(
        ([a, x], [b, y]) => y.changed - x.changed || KEY_ORDER(a, b),
      );
      this.#chosen = {
        shown: recent
          .slice(0, columns)
          .map(([key]) => key)
          .sort(KEY_ORDER),
        left: Math.max(0, recent.length - columns),
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
