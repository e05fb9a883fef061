/**
 * One running world with what the page keeps beside it: pending requests,
 * a cache of details, and a recording to come back from if the core fails.
 */
import {
  type Action,
  type Answer,
  type Notice,
  type Operation,
  type ReadMode,
  type Recording,
  type Scenario,
  Simulation,
} from "../../../pkg/raftarium.js";
import { PERSON } from "../person.js";
import { WorldTimeline } from "../time/timeline.js";
import type { Trace } from "../time/trace.js";
import { DetailCache } from "./detail-cache.js";
import {
  CoreError,
  coreLife,
  type DeepRequired,
  enterCore,
  freshSeed,
  isSimulationError,
  NoWorldError,
  needRoom,
  plain,
  renewCore,
} from "./load.js";
import { handleOn } from "./world-handle.js";

/** A world is played again this many events far at most: some seconds of work. */
const REPLAY_EVENTS_MAX = 5_000_000;
/** No more are taken in one call. */
const EVENTS_AT_ONCE = 100_000;
/** The world keeps the notices of its newest 1,000 events: fetched this often, none is missed. */
export const EVENTS_BETWEEN_NOTICES = 500;

/**
 * A recording is taken again only after this many times as long as the last one took: a world
 * that has been changed in each frame for hours has a long one.
 */
const RESTS = 20;

const CORE_FAILED =
  "The core failed, and with it this world. It is about to be played again: wait for raft-ready.";

/** A world can be made from any of these; texts are their JSON. */
export type WorldSource = string | Scenario | Recording;

/** All that is needed to see a world again, branches and all, as it was at some moment. */
export interface Checkpoint {
  recording: DeepRequired<Recording>;
  events: number;
}

/** What was done from outside. */
type Interventions = DeepRequired<Recording>["interventions"];

interface Pending {
  /** How many events had happened when the request was made. */
  event: number;
  resolve(answer: Answer): void;
  reject(reason: Error): void;
}

export class RunningWorld {
  /** The world itself: for calls within `enter` only. */
  readonly core: Simulation;
  /** The world as everyone else holds it. Throws a `NoWorldError` once it is gone. */
  readonly simulation: Simulation;
  readonly scenario: DeepRequired<Scenario>;
  readonly seed: number;
  readonly details: DetailCache;
  readonly timeline: WorldTimeline;
  /** What happened of late, and what caused it, as far as somebody wanted to know. */
  trace: Trace | undefined;
  /** Called soon after the core was seen to have failed, by whatever call. */
  broke: () => void = () => undefined;
  /** The error by which the core failed, if it was in a call of this world's. */
  cause: unknown;

  /** The life of the core that this world belongs to. */
  readonly #life = coreLife();
  readonly #pending = new Map<number, Pending>();
  /** The world as it was last seen whole, mostly in the last frame. */
  #seen: Checkpoint;
  /** What was done on the shown branch, as of then. */
  #done: Interventions = [];
  readonly #recorded: boolean;
  /** How often the world was changed from outside since then. */
  #touches = 0;
  /** The recording is not taken again before. */
  #recordsFromMs = 0;
  /** Why the world is gone. */
  #gone: string | undefined;

  private constructor(core: Simulation) {
    this.core = core;
    this.simulation = handleOn(
      core,
      {
        enter: (call) => {
          needRoom();
          return this.enter(call);
        },
        touched: () => {
          this.#touches += 1;
        },
      },
      { notices: () => this.takeNotices(), rewind: (events) => this.rewind(events) },
    );
    this.details = new DetailCache((see) => this.enter(() => see(core)));
    this.timeline = new WorldTimeline(core, {
      enter: (call) => this.enter(call),
      move: (call) => this.#move(call),
      touched: () => {
        this.#touches += 1;
      },
      arrive: (elsewhere) => this.#arrive(elsewhere),
    });
    this.scenario = this.simulation.scenario() as DeepRequired<Scenario>;
    this.seed = this.simulation.seed;
    this.#seen = { recording: this.#record(), events: this.simulation.events };
    this.#recorded = this.#done.length > 0;
  }

  /**
   * A world at its start. Without a seed it is the scenario's, or else a fresh one.
   * Throws a `SimulationError` for what can't be run.
   */
  static open(scenario: WorldSource, seed?: number): RunningWorld {
    const whole = plain(scenario) as WorldSource;
    const wanted = plain(seed) as number | undefined;
    return enterCore(() => new RunningWorld(new Simulation(whole, wanted, freshSeed())));
  }

  /**
   * The world of a checkpoint, played again from its start; a very long one not whole, see
   * `events`.
   */
  static replay({ recording, events }: Checkpoint): RunningWorld {
    const text = plain(recording) as WorldSource;
    return enterCore(() => {
      const core = new Simulation(text, recording.seed);
      let progress = core.seek({ to: { events: Math.min(events, REPLAY_EVENTS_MAX) } });
      while (!progress.done) {
        progress = core.seekOn(EVENTS_AT_ONCE);
      }
      return new RunningWorld(core);
    });
  }

  /** Whether the core has failed since this world began, here or elsewhere on the page. */
  get broken(): boolean {
    return this.#life !== coreLife();
  }

  /** How many events had happened when it was last seen whole, mostly in the last frame. */
  get events(): number {
    return this.#seen.events;
  }

  /** How often the world was changed from outside since then. */
  get touches(): number {
    return this.#touches;
  }

  /** How many requests have no answer yet. */
  get waiting(): number {
    return this.#pending.size;
  }

  /**
   * Calls into the core, if the world is still there; throws a `NoWorldError` if it is not,
   * and a `CoreError` if the core fails.
   */
  enter<T>(call: () => T): T {
    if (this.#gone !== undefined) {
      throw new NoWorldError(this.#gone);
    }
    if (this.broken) {
      queueMicrotask(() => this.broke());
      throw new NoWorldError(CORE_FAILED);
    }
    try {
      return enterCore(call);
    } catch (error) {
      if (error instanceof CoreError) {
        this.cause = error;
        queueMicrotask(() => this.broke());
      } else if (!isSimulationError(error)) {
        queueMicrotask(() => this.#examine(error));
      }
      throw error;
    }
  }

  /** A look at the world for a panel: none if the world is gone, or has no such thing. */
  look<T>(see: (simulation: Simulation) => T): T | undefined {
    try {
      return this.enter(() => see(this.core));
    } catch {
      return undefined;
    }
  }

  /** The world without the core's memory, as it was last seen whole: it outlives the core. */
  get seen(): Checkpoint {
    return this.#seen;
  }

  /** The world without the core's memory, as it is now if that can still be told. */
  checkpoint(): Checkpoint {
    try {
      const { events } = this.simulation;
      this.#seen = { recording: this.#touches > 0 ? this.#record() : this.#seen.recording, events };
      this.#touches = 0;
    } catch {
      // The core has failed.
    }
    return this.#seen;
  }

  /** The last of the actions so far for which `pick` answers something, as it answers. */
  latest<T>(nowUs: number, pick: (action: Action) => T | undefined): T | undefined {
    const timed = this.scenario.actions.map((each) => ({ at_us: each.at_us, action: each.do }));
    return [...timed, ...this.#done]
      .filter(({ at_us }) => at_us <= nowUs)
      .sort((a, b) => a.at_us - b.at_us)
      .reduce<T | undefined>((found, { action }) => pick(action) ?? found, undefined);
  }

  /**
   * The interventions of a recording, as far as it is still followed, and those made since.
   * Empty if the world does not come from a recording.
   */
  get recorded(): Interventions {
    return this.#recorded ? this.#done : [];
  }

  /** Throws a `SimulationError` for an action that is refused. */
  apply(action: Action): void {
    this.simulation.apply(action);
  }

  /**
   * Asks the cluster as the person at the page; a read is served as `reads` says. The
   * answer takes virtual time: none comes while the world is paused. Rejects if the
   * world is left before.
   */
  request(operation: Operation, reads?: ReadMode): Promise<Answer> {
    const sequence = this.simulation.request(operation, PERSON, reads);
    const event = this.simulation.events;
    return new Promise<Answer>((resolve, reject) => {
      this.#pending.set(sequence, { event, resolve, reject });
    });
  }

  /** In how many milliseconds a frame will see in the recording what was done to the world. */
  get recordsInMs(): number {
    return this.#touches === 0 ? 0 : Math.max(this.#recordsFromMs - performance.now(), 1);
  }

  /** A frame is drawn, after that many events, and tells these notices. */
  hear(events: number, notices: readonly Notice[]): void {
    if (this.#touches === 0) {
      this.#seen = { recording: this.#seen.recording, events };
    } else if (performance.now() >= this.#recordsFromMs) {
      this.#seen = { recording: this.#record(), events };
      this.#touches = 0;
    }
    this.#answer(notices);
  }

  /** Takes the notices. An answer among them resolves the request that waits for it, whoever takes it. */
  takeNotices(): Notice[] {
    return this.enter(() => {
      const notices = this.core.notices();
      this.#answer(notices);
      return notices;
    });
  }

  /** To the moment after that many events, all at once. What came later is kept. */
  rewind(events: number): void {
    this.#move(() => this.core.rewind(events));
    this.#arrive(false);
  }

  /** Gives the world's memory back; pending requests are rejected with the reason. */
  free(why: string): void {
    if (this.#gone !== undefined) {
      return;
    }
    this.#gone = why;
    for (const pending of this.#pending.values()) {
      pending.reject(new NoWorldError(why));
    }
    this.#pending.clear();
    this.details.forget();
    // In another life of the core, something else may be in its place.
    if (!this.broken) {
      try {
        enterCore(() => this.core.free());
      } catch {
        // Then all is given back, or it is lost until the page closes.
      }
    }
  }

  /** Resolves the pending requests that are answered by these notices. */
  #answer(notices: readonly Notice[]): void {
    for (const { what } of notices) {
      if ("answered" in what && what.answered.client === PERSON) {
        const { sequence, answer } = what.answered;
        this.#pending.get(sequence)?.resolve(answer);
        this.#pending.delete(sequence);
      }
    }
  }

  /** Another moment may be shown after the call; details that are not of it are dropped. */
  #move<T>(call: () => T): T {
    const moved = this.enter(() => {
      this.#answer(this.core.notices());
      const moved = call();
      // What was passed on the way is in the journal.
      this.#answer(this.core.notices());
      return moved;
    });
    this.details.forget();
    return moved;
  }

  /**
   * Another moment is shown, perhaps of another branch: resolves the requests whose answer was
   * passed, and rejects those that will have none here.
   */
  #arrive(elsewhere: boolean): void {
    this.#touches += elsewhere ? 1 : 0;
    if (this.#pending.size === 0) {
      return;
    }
    const { events, person } = this.enter(() => {
      this.#answer(elsewhere ? [] : this.core.recent(0));
      const [person] = this.core.view().clients;
      return { events: this.core.events, person };
    });
    const waits = person?.current !== undefined && !elsewhere;
    for (const [sequence, pending] of this.#pending) {
      if (!waits || pending.event > events) {
        this.#pending.delete(sequence);
        pending.reject(new NoWorldError("The moment of the request was left before its answer."));
      }
    }
  }

  #record(): DeepRequired<Recording> {
    const beganMs = performance.now();
    const recording = this.timeline.tree();
    this.#done = (this.enter(() => this.core.recording()) as DeepRequired<Recording>).interventions;
    const endedMs = performance.now();
    this.#recordsFromMs = endedMs + RESTS * (endedMs - beganMs);
    return recording;
  }

  /**
   * An error that is neither an answer nor a trap. If it broke off a call within the core,
   * as when the stack is full, the world is still held by that call, and the core is torn.
   */
  #examine(error: unknown): void {
    if (this.#gone !== undefined || this.broken) {
      return;
    }
    try {
      // The past is over: this does nothing, but needs the whole world for it.
      this.core.advance(0);
    } catch {
      console.error(error);
      this.cause = error;
      try {
        renewCore(this.#life);
      } finally {
        this.broke();
      }
    }
  }
}
