/**
 * One running world with what the page keeps beside it: who waits for an answer,
 * closer looks, and a recording to come back from if the core fails.
 */
import {
  type Action,
  type Answer,
  Due,
  freshSeed,
  type Notice,
  type Operation,
  type ReadMode,
  type Recording,
  type Scenario,
  Simulation,
} from "../pkg/raftarium.js";
import { coreLife, type Whole } from "./core.js";
import { Looks } from "./looks.js";

/** The client that is the person at the page. */
export const PERSON = 1;

/** A world is played again this many events far at most: some seconds of work. */
const REPLAY_EVENTS_MAX = 5_000_000;

/** The world keeps the notices of this many of its newest events. */
const TOLD_EVENTS = 1000;

/** What a world can be made from; texts are JSON of any of these. */
export type Openable = string | Scenario | Recording;

/** All that is needed to see a world again as it was at some moment. */
export interface Keepsake {
  recording: Whole<Recording>;
  events: number;
}

interface Pending {
  /** How many events had happened when the request was made. */
  event: number;
  resolve(answer: Answer): void;
  reject(reason: Error): void;
}

export class Run {
  readonly simulation: Simulation;
  readonly scenario: Whole<Scenario>;
  readonly looks: Looks;
  /** The life of the core that this world belongs to. */
  readonly life = coreLife();
  readonly #pending = new Map<number, Pending>();
  #recording: Whole<Recording>;
  readonly #recorded: boolean;
  /** Whether hands have touched the world since the recording was taken. */
  #touched = false;

  private constructor(simulation: Simulation) {
    this.simulation = simulation;
    this.looks = new Looks(simulation);
    this.scenario = simulation.scenario() as Whole<Scenario>;
    this.#recording = simulation.recording() as Whole<Recording>;
    this.#recorded = this.#recording.interventions.length > 0;
  }

  /**
   * A world at its start. Without a seed it is the scenario's, or else a fresh one.
   * Throws a `SimulationError` for what can't be run.
   */
  static open(scenario: Openable, seed?: number): Run {
    const run = new Run(new Simulation(scenario, seed));
    if (seed !== undefined || run.scenario.seed !== undefined) {
      return run;
    }
    run.free();
    return new Run(new Simulation(scenario, freshSeed()));
  }

  /** The world of a keepsake, played again from its start. */
  static replay({ recording, events }: Keepsake): Run {
    const simulation = new Simulation(recording, recording.seed);
    playOn(simulation, Math.min(events, REPLAY_EVENTS_MAX));
    simulation.notices();
    return new Run(simulation);
  }

  get seed(): number {
    return this.simulation.seed;
  }

  /** The world without the core's memory: it outlives this run, and a core that failed. */
  keepsake(events: number): Keepsake {
    return { recording: this.#recording, events };
  }

  /** The last of the actions so far for which `pick` answers something, as it answers. */
  latest<T>(nowUs: number, pick: (action: Action) => T | undefined): T | undefined {
    const timed = this.scenario.actions.map((each) => ({ at_us: each.at_us, action: each.do }));
    return [...timed, ...this.#recording.interventions]
      .filter(({ at_us }) => at_us <= nowUs)
      .sort((a, b) => a.at_us - b.at_us)
      .reduce<T | undefined>((found, { action }) => pick(action) ?? found, undefined);
  }

  /**
   * What is done in a recording, as far as it is still followed, and what was done since;
   * without what clients ask, which is done all the time. Empty if this is no recording.
   */
  get plot(): Whole<Recording>["interventions"] {
    const { interventions } = this.#recording;
    return this.#recorded ? interventions.filter(({ action }) => isDeed(action)) : [];
  }

  /**
   * On to the moment after that many events. Answers reach those who wait for them; of what
   * else happens, the next frame tells the newest.
   */
  playTo(events: number): void {
    let left = events - this.simulation.view().events;
    for (; left > TOLD_EVENTS; left -= TOLD_EVENTS) {
      playOn(this.simulation, TOLD_EVENTS);
      this.hear(this.simulation.notices());
    }
    playOn(this.simulation, left);
  }

  /** Throws a `SimulationError` for an action that is refused. */
  apply(action: Action): void {
    this.simulation.apply(action);
    this.#touched = true;
  }

  /**
   * Asks the cluster as the person at the page; a read is served as `reads` says. The
   * answer takes virtual time: none comes while the world stands still. Rejects if the
   * world is left before.
   */
  request(operation: Operation, reads?: ReadMode): Promise<Answer> {
    const sequence = this.simulation.request(operation, PERSON, reads);
    this.#touched = true;
    const event = this.simulation.view().events;
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#pending.set(sequence, { event, resolve, reject });
    });
    // Whoever asked may look away: an answer that never comes is no error of the page.
    answer.catch(() => undefined);
    return answer;
  }

  /** Hands the answers among the notices to those who wait for them. */
  hear(notices: readonly Notice[]): void {
    if (this.#touched) {
      this.#recording = this.simulation.recording() as Whole<Recording>;
      this.#touched = false;
    }
    for (const { what } of notices) {
      if ("answered" in what && what.answered.client === PERSON) {
        const { sequence, answer } = what.answered;
        this.#pending.get(sequence)?.resolve(answer);
        this.#pending.delete(sequence);
      }
    }
  }

  /** Back to the moment after that many events. What came later never happened. */
  rewind(events: number): void {
    // What was answered before that moment stays answered, though no frame has told of it yet.
    this.hear(this.simulation.notices().filter(({ event }) => event <= events));
    this.simulation.rewind(events);
    this.simulation.notices();
    this.looks.forget();
    this.#touched = true;
    for (const [sequence, pending] of this.#pending) {
      if (pending.event > events) {
        this.#pending.delete(sequence);
        pending.reject(new Error("The request was made in a future that is gone."));
      }
    }
  }

  /** Gives the world's memory back and lets those who wait know. */
  free(): void {
    for (const pending of this.#pending.values()) {
      pending.reject(new Error("The cluster was left before it answered."));
    }
    this.#pending.clear();
    // In another life of the core, something else may be in its place.
    if (this.life === coreLife()) {
      this.simulation.free();
    }
  }
}

function isDeed(action: Action): boolean {
  return !("request" in action || "mislead" in action || "set_workload" in action);
}

/** So many more events happen, or as many as there are. */
function playOn(simulation: Simulation, events: number): void {
  for (let done = 0; done < events; done += 1) {
    const dueUs = simulation.dueAt();
    if (dueUs === undefined || simulation.nextDue(dueUs) === Due.None) {
      return;
    }
    simulation.proceed();
  }
}
