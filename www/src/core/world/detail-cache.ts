/**
 * Details that the stage shows and the view does not have. Each costs a call into the core, so
 * it is taken anew only when there may be something else to see.
 */
import type {
  FollowerView,
  LogsView,
  MessageDetail,
  PairView,
  ReplicaView,
  Simulation,
  View,
} from "../../../pkg/raftarium.js";

/** The stage gets this many pairs of a store; the inspector asks for more itself. */
const STAGE_PAIRS = 32;
/** Of more replicas than this the rows of the logs are too low for more marks. */
const TRACKED_MAX = 9;
/** This many chunks are remembered; then all are forgotten, those still in flight too. */
const CHUNKS_MAX = 500;

/** Takes a look at the world. */
type See = <T>(look: (world: Simulation) => T) => T;

export class DetailCache {
  readonly #see: See;
  readonly #stores = new Map<number, Look<PairView[]>>();
  /** What was seen of the logs after that many events. */
  #logs: { events: number; overview?: LogsView; windows: Map<string, Float64Array> } | undefined;
  readonly #followers = new Map<number, Look<FollowerView[]>>();
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

  /** All logs side by side. */
  overview({ events }: View): LogsView {
    const logs = this.#logsAt(events);
    logs.overview ??= this.#see((world) => world.logs());
    return logs.overview;
  }

  /** What is in a window of all logs; see `Simulation.logWindow`. */
  logWindow({ events }: View, first: number, count: number): Float64Array {
    const { windows } = this.#logsAt(events);
    const key = `${first} ${count}`;
    const known = windows.get(key);
    if (known) {
      return known;
    }
    const seen = this.#see((world) => world.logWindow(first, count));
    windows.set(key, seen);
    return seen;
  }

  /** What the leader knows of its followers; of a crowd nothing, since nothing of it is shown. */
  followers({ leader, replicas, events }: View): readonly FollowerView[] {
    if (leader === undefined || replicas.length > TRACKED_MAX) {
      return [];
    }
    return look(
      this.#followers,
      leader,
      `${events}`,
      () => this.#see((world) => world.replica(leader, 0)).followers,
    );
  }

  #logsAt(events: number) {
    if (this.#logs?.events !== events) {
      this.#logs = { events, windows: new Map() };
    }
    return this.#logs;
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
    this.#logs = undefined;
    this.#followers.clear();
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
