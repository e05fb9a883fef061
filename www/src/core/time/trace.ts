/**
 * What happened in a stretch of a run, and what caused it: the core's event graph, as arrays of
 * numbers that a diagram can be drawn from in each frame. It is made in slices, and goes on as the
 * world does.
 */
import {
  type Happening,
  HappeningField,
  HappeningKind,
  type LinkView,
  type TraceProgress,
} from "../../../pkg/raftarium.js";
import type { RunningWorld } from "../world/running-world.js";

const STRIDE = HappeningField.Stride;
/** What is outside has this place. */
export const OUTSIDE = 65_536;
const FIRST_ROOM = 4096;
/** Traced in each frame, until all is there. */
const EVENTS_PER_FRAME = 4000;
/** So much before what is looked at is traced at first. */
const EVENTS_FIRST = 20_000;

/** What a replica is over some time. */
export interface Stretch {
  readonly fromUs: number;
  readonly term: number;
  /** 0: follower, 1: pre-candidate, 2: candidate, 3: leader. */
  readonly role: number;
  readonly status: "running" | "paused" | "crashed";
}

/** Which links are cut from a moment on. */
export interface Cuts {
  readonly fromUs: number;
  readonly cuts: readonly LinkView[];
}

const ROLES = ["follower", "pre_candidate", "candidate", "leader"] as const;

export class Trace {
  readonly branch: number;
  readonly fromUs: number;
  /** Up to when all that happened is known. */
  uptoUs: number;
  count = 0;
  /** Whether there is no room for what came next. */
  full = false;
  done = false;
  /** Of each replica what it was, in order. */
  readonly stretches = new Map<number, Stretch[]>();
  cuts: readonly Cuts[] = [];
  /** The clients to which something happened. */
  readonly clients = new Set<number>();
  /** The longest time that a message was under way. */
  longestUs = 0;

  #rows = new Float64Array(FIRST_ROOM * STRIDE);
  /** Of a message that was received or lost, the row where it was sent; of one sent, where it came. */
  #partners = new Int32Array(FIRST_ROOM).fill(-1);
  /** Rows of messages that are under way. */
  readonly #sent = new Map<number, number>();

  private constructor(branch: number, fromUs: number) {
    this.branch = branch;
    this.fromUs = fromUs;
    this.uptoUs = fromUs;
  }

  /**
   * The trace of the branch that begins early enough before a moment, which comes after that many
   * events; another one begins if need be. None if the world is gone.
   */
  static upTo(
    run: RunningWorld,
    branch: number,
    us: number,
    events: number,
    fromUs = us,
  ): Trace | undefined {
    const known = run.trace;
    const enough = known && (known.fromUs <= Math.max(0, fromUs) || known.fromUs === 0);
    if (known?.branch === branch && enough && us >= known.fromUs) {
      return known;
    }
    const lead = (EVENTS_FIRST * us) / Math.max(1, events);
    const first = Math.max(0, Math.floor(Math.min(fromUs, us - lead)));
    const began = run.look((world) => world.trace(branch, first, first));
    run.trace = began && new Trace(branch, first);
    return run.trace;
  }

  /** Whether all that happened up to a moment is in it, or as much as there is room for. */
  reaches(us: number): boolean {
    return this.full || (this.uptoUs >= Math.floor(us) && this.done);
  }

  /** Goes on for a frame, up to a moment. Returns whether there is something new to see. */
  advance(run: RunningWorld, toUs: number): boolean {
    const progress = run.look((world) => world.traceOn(EVENTS_PER_FRAME, Math.floor(toUs)));
    if (!progress) {
      this.done = true;
      return false;
    }
    return this.#take(run, progress);
  }

  at(row: number, field: HappeningField): number {
    return this.#rows[row * STRIDE + field] ?? 0;
  }

  kind(row: number): HappeningKind {
    return this.at(row, HappeningField.What);
  }

  /** Of a message that was received or lost, where it was sent; of one sent, where it came; −1: unknown. */
  partner(row: number): number {
    return this.#partners[row] ?? -1;
  }

  /** The first row from a moment on. */
  firstFrom(us: number): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle, HappeningField.AtUs) < us) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** All of one happening. */
  detail(run: RunningWorld, row: number): Happening | undefined {
    return run.look((world) => world.happening(row));
  }

  #take(run: RunningWorld, { done, upto_us, happenings, full }: TraceProgress): boolean {
    const before = { count: this.count, uptoUs: this.uptoUs };
    this.done = done;
    this.full = full;
    this.uptoUs = upto_us;
    if (happenings > this.count) {
      const rows = run.look((world) => world.traced(this.count));
      const beginning = run.look((world) => world.traceBeginning());
      if (beginning) {
        this.cuts = beginning.cuts.map(({ at_us, cuts }) => ({ fromUs: at_us, cuts }));
        if (this.stretches.size === 0) {
          for (const { id, status, role, term } of beginning.beginning.replicas) {
            const first = { fromUs: this.fromUs, term, role: ROLES.indexOf(role), status };
            this.stretches.set(id, [first]);
          }
        }
      }
      if (rows) {
        this.#append(rows);
      }
    }
    return this.count !== before.count || this.uptoUs !== before.uptoUs;
  }

  #append(rows: Float64Array): void {
    const added = rows.length / STRIDE;
    const needed = this.count + added;
    if (needed * STRIDE > this.#rows.length) {
      const room = Math.max(needed, 2 * (this.#rows.length / STRIDE));
      const [grown, partners] = [new Float64Array(room * STRIDE), new Int32Array(room).fill(-1)];
      grown.set(this.#rows);
      partners.set(this.#partners);
      [this.#rows, this.#partners] = [grown, partners];
    }
    this.#rows.set(rows, this.count * STRIDE);
    const first = this.count;
    this.count = needed;
    for (let row = first; row < needed; row += 1) {
      this.#note(row);
    }
  }

  /** Finds the other end of a message, and what a replica has become. */
  #note(row: number): void {
    const place = this.at(row, HappeningField.Place);
    if (place < 0) {
      this.clients.add(-place);
    }
    const message = this.at(row, HappeningField.Message);
    const kind = this.kind(row);
    switch (kind) {
      case HappeningKind.Sent:
        this.#sent.set(message, row);
        break;
      case HappeningKind.Received:
      case HappeningKind.Lost: {
        const cause = this.at(row, HappeningField.Cause);
        const isSent = cause >= 0 && this.kind(cause) === HappeningKind.Sent;
        const sent = this.#sent.get(message) ?? (isSent ? cause : -1);
        this.#sent.delete(message);
        this.#partners[row] = sent;
        if (sent >= 0) {
          // The first copy that arrives.
          if (this.partner(sent) < 0) {
            this.#partners[sent] = row;
          }
          const took = this.at(row, HappeningField.AtUs) - this.at(sent, HappeningField.AtUs);
          this.longestUs = Math.max(this.longestUs, took);
        }
        break;
      }
      case HappeningKind.Became:
        this.#become(row, {
          term: this.at(row, HappeningField.Term),
          role: this.at(row, HappeningField.Detail),
        });
        break;
      case HappeningKind.Crashed:
        this.#become(row, { status: "crashed", role: 0 });
        break;
      case HappeningKind.Started:
      case HappeningKind.Resumed:
        this.#become(row, { status: "running" });
        break;
      case HappeningKind.Paused:
        this.#become(row, { status: "paused" });
        break;
      default:
    }
  }

  #become(row: number, change: Partial<Stretch>): void {
    const all = this.stretches.get(this.at(row, HappeningField.Place));
    const last = all?.at(-1);
    if (all && last) {
      all.push({ ...last, ...change, fromUs: this.at(row, HappeningField.AtUs) });
    }
  }
}
