/**
 * Details that the stage shows and the view does not have. Each costs a call into the core, so
 * it is taken anew only when there may be something else to see.
 */
import type { MessageDetail, PairView, ReplicaView, Simulation } from "../../pkg/raftarium.js";

/** The stage gets this many pairs of a store; the inspector asks for more itself. */
const STAGE_PAIRS = 32;
/** As many entries as the view shows of a log. */
const STAGE_ENTRIES = 48;
/** This many chunks are remembered; then all are forgotten, those still in flight too. */
const CHUNKS_MAX = 500;

/** Takes a look at the world. */
type See = <T>(look: (world: Simulation) => T) => T;

export class DetailCache {
  readonly #see: See;
  readonly #stores = new Map<number, Look<PairView[]>>();
  readonly #configurations = new Map<number, Look<number[]>>();
  readonly #chunks = new Map<number, number | undefined>();

  constructor(see: See) {
    this.#see = see;
  }

  /** The store of a replica: it changes only when the replica has applied something. */
  store({ id, status, last_applied }: ReplicaView): readonly PairView[] {
    return look(this.#stores, id, `${status} ${last_applied}`, () =>
      this.#see((world) => world.store(id, STAGE_PAIRS)),
    );
  }

  /**
   * Which of the entries at the end of a replica's log hold a configuration: the last of
   * them is in force, so none comes or goes without that changing. If the one in force
   * is in the snapshot, none has come since.
   */
  configurations({ id, status, membership, snapshot_index }: ReplicaView): readonly number[] {
    const inForce = membership.index > snapshot_index ? membership.index : 0;
    return look(this.#configurations, id, `${status} ${inForce}`, () =>
      this.#see((world) => world.replica(id, STAGE_ENTRIES))
        .entries.filter((entry) => entry.membership)
        .map(({ index }) => index),
    );
  }

  /** Of a chunk in flight: the share of the snapshot, 0 to 1, that is there when it is. */
  chunk(message: number): number | undefined {
    if (!this.#chunks.has(message)) {
      if (this.#chunks.size >= CHUNKS_MAX) {
        this.#chunks.clear();
      }
      const detail = this.#see((world) => world.message(message));
      this.#chunks.set(message, detail && thereAfter(detail));
    }
    return this.#chunks.get(message);
  }

  /** The world has gone another way: nothing in here holds any longer. */
  forget(): void {
    this.#stores.clear();
    this.#configurations.clear();
    this.#chunks.clear();
  }
}

function thereAfter({ body, chunk_bytes }: MessageDetail): number | undefined {
  if (typeof body === "string" || !("install_snapshot" in body)) {
    return undefined;
  }
  const { offset, total } = body.install_snapshot;
  return (offset + chunk_bytes) / Math.max(1, total);
}

interface Look<T> {
  state: string;
  seen: T;
}

function look<T>(looks: Map<number, Look<T>>, id: number, state: string, see: () => T): T {
  const known = looks.get(id);
  if (known?.state === state) {
    return known.seen;
  }
  const seen = see();
  looks.set(id, { state, seen });
  return seen;
}
