/**
 * The canvas behind: what lies still, which is the ground, the islands of a partition, the links
 * between the replicas, and the tables of logs and stores. It is drawn only where something in
 * it has changed; what moves is on a canvas in front.
 */
import type { FollowerView, PairView, ReplicaView, View } from "../../../pkg/raftarium.js";
import { configurationOf, standingIn } from "../../core/membership.js";
import type { Subject } from "../../core/subject.js";
import type { Layout } from "./layout.js";
import type { LogGrid } from "./logs/grid.js";
import { LogPainter, type LogSource } from "./logs/logs.js";
import { StorePainter } from "./logs/stores.js";
import type { Theme } from "./palette.js";
import { LinkPainter } from "./world/links.js";
import { drawLitLink } from "./world/selection.js";

/** What it shows of a frame. */
export interface BackPicture {
  readonly view: View;
  readonly selected: readonly number[];
  readonly focus: Subject | undefined;
  store(replica: ReplicaView): readonly PairView[];
  /** What the leader knows of its followers. */
  readonly followers: readonly FollowerView[];
  readonly logs: LogSource;
}

export class BackPainter {
  readonly #links = new LinkPainter();
  readonly #logs = new LogPainter();
  readonly #stores = new StorePainter();
  #theme: Theme | undefined;
  #layout: Layout | undefined;
  #scale = 0;
  /** What else the ring depends on: a lit link, and the links that are cut or clogged. */
  #ring = "";

  /** Where the entries of the logs are. */
  get grid(): LogGrid | undefined {
    return this.#logs.grid;
  }

  /** The canvas is empty: everything is drawn with the next frame. */
  forget(): void {
    this.#layout = undefined;
  }

  draw(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    layout: Layout,
    scale: number,
    { view, selected, focus, store, followers, logs }: BackPicture,
  ): void {
    const ring = ringState(view, focus);
    const fresh =
      this.#theme !== theme ||
      this.#layout !== layout ||
      this.#scale !== scale ||
      this.#ring !== ring;
    if (fresh) {
      this.#theme = theme;
      this.#layout = layout;
      this.#scale = scale;
      this.#ring = ring;
      ctx.setTransform(scale, 0, 0, scale, 0, 0);
      ctx.fillStyle = theme.ground;
      ctx.fillRect(0, 0, layout.width, layout.height);
      this.#links.drawIslands(ctx, theme, layout, view.cuts);
      drawLitLink(ctx, theme, layout, focus);
      this.#links.drawLinks(ctx, theme, layout, view.cuts, view.clogs);
    }

    const membership = configurationOf(view);
    const isLit = (id: number) =>
      selected.includes(id) || (focus?.kind === "replica" && focus.id === id);
    if (layout.logs) {
      const rows = view.replicas.map((replica) => ({
        replica,
        standing: standingIn(membership, replica.id),
        progress: followers.find(({ id }) => id === replica.id),
        lit: isLit(replica.id),
      }));
      this.#logs.draw(ctx, theme, layout.logs, rows, scale, fresh, logs);
    }
    if (layout.stores) {
      const rows = view.replicas.map((replica) => ({
        replica,
        standing: standingIn(membership, replica.id),
        pairs: store(replica),
        lit: isLit(replica.id),
      }));
      this.#stores.draw(ctx, theme, layout.stores, rows, fresh);
    }
  }
}

function ringState({ cuts, clogs }: View, focus: Subject | undefined): string {
  const lit = focus?.kind === "link" ? `${focus.from}-${focus.to}` : "";
  let hash = 0;
  for (const links of [cuts, clogs]) {
    for (const { from, to } of links) {
      hash = (Math.imul(hash, 0x01000193) ^ (from * 64 + to)) | 0;
    }
  }
  return `${lit} ${cuts.length} ${clogs.length} ${hash}`;
}
