/**
 * The world that an element shows, from the loading of the core to the last frame:
 * which one runs, its driver, what is asked of it, and what happens when something
 * fails. Knows no element; whoever shows the world looks on as a `Beholder`.
 */
import {
  type Action,
  type Answer,
  Due,
  type Notice,
  type Operation,
  type ReadMode,
  type ShippedScenario,
  type Simulation,
} from "../../pkg/raftarium.js";
import type { Failure } from "../element/events.js";
import { blame, failureOf, givenUp, howFar } from "../text/failures.js";
import { count, sentenceCase } from "../text/names.js";
import { nextEventText } from "../text/next-event.js";
import { sentence } from "../text/notices.js";
import { violationText } from "../text/violations.js";
import type { Snapshot } from "./controller.js";
import { Driver, SPEED_MAX, SPEED_MIN } from "./frame-loop.js";
import {
  CoreError,
  errorText,
  flawedScenarios,
  isSimulationError,
  loadCore,
  NoWorldError,
  needRoom,
  plain,
  shippedScenarios,
} from "./load.js";
import { type Keepsake, type Openable, Run } from "./running-world.js";

/** After so many ticks in a row there is nothing else to come. */
const TICKS_MAX = 100_000;

const NOT_YET = "The cluster is not there yet: wait for raft-ready.";
const TAKEN_OUT = "The cluster was taken out of the page.";

export interface Beholder {
  /** Another world begins. */
  began(simulation: Simulation): void;
  /** The world that was shown is gone. */
  ended(): void;
  /** A frame is to be drawn. */
  frame(snapshot: Snapshot, notices: readonly Notice[]): void;
  /** The world went back to the moment after that many events. */
  wentBack(events: number): void;
  /** Something that is shown beside the world has changed, such as the speed. */
  changed(): void;
  /** A sentence for the person. */
  say(text: string): void;
  /** Something small could not be done; the sentence is for the person. */
  refused(failure: Failure): void;
  /** Something went wrong that the person must know of. */
  failed(failure: Failure): void;
}

export class Session {
  /** The scenarios that ship; none before the core is loaded. */
  shipped: readonly ShippedScenario[] = [];
  /** Those that show what comes of a rule that is broken on purpose. */
  flawed: readonly ShippedScenario[] = [];
  /** The world as the last frame saw it. */
  snapshot: Snapshot | undefined;

  readonly #beholder: Beholder;
  #run: Run | undefined;
  #driver: Driver | undefined;
  #speed = 1 / 10;
  #playing: boolean;
  #visible = false;
  /** The world that was left when the session was put to sleep. */
  #keepsake: Keepsake | undefined;
  /** Why no world is to be expected; none: there is one, or there soon will be. */
  #absent: string | undefined;
  /** By what the last frame of this world failed that could not be shown. */
  #blamed: string | undefined;
  /** Those who ask before there is a world. */
  #waiting: { ask(run: Run): void; reject(error: Error): void }[] = [];

  constructor(beholder: Beholder, playing: boolean) {
    this.#beholder = beholder;
    this.#playing = playing;
  }

  get run(): Run | undefined {
    return this.#run;
  }

  get playing(): boolean {
    return this.#playing;
  }

  set playing(playing: boolean) {
    this.#playing = playing;
    if (this.#driver) {
      this.#driver.playing = playing;
    }
    this.#beholder.changed();
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(speed: number) {
    // Whatever is no number is no speed.
    if (speed > 0) {
      this.#speed = Math.min(Math.max(speed, SPEED_MIN), SPEED_MAX);
      if (this.#driver) {
        this.#driver.speed = this.#speed;
      }
      this.#beholder.changed();
    }
  }

  get slipping(): boolean {
    return this.#driver?.slipping ?? false;
  }

  set visible(visible: boolean) {
    this.#visible = visible;
    if (this.#driver) {
      this.#driver.visible = visible;
    }
  }

  redraw(): void {
    this.#driver?.redraw();
  }

  /** Loads the core. Answers whether it is there; never rejects. */
  async load(): Promise<boolean> {
    this.#absent = undefined;
    try {
      await loadCore();
      if (this.shipped.length === 0) {
        this.shipped = shippedScenarios();
        this.flawed = flawedScenarios();
      }
      return true;
    } catch (error) {
      const message = `The core could not be loaded. ${errorText(error)}`;
      this.#leave(message);
      this.#fail(message, { code: "core" });
      return false;
    }
  }

  /** The world that was left when the session fell asleep goes on, if there is one. */
  resume(): boolean {
    const keepsake = this.#keepsake;
    this.#keepsake = undefined;
    if (!keepsake) {
      return false;
    }
    try {
      const run = Run.replay(keepsake);
      this.#begin(run);
      if (run.events < keepsake.events) {
        this.#fail(`The cluster was taken out of the page. ${howFar(run, keepsake)}`, {
          code: "core",
          recording: keepsake.recording,
        });
      }
      return true;
    } catch (error) {
      this.#fail(`The cluster could not be played again. ${errorText(error)}`, {
        code: "core",
        recording: keepsake.recording,
      });
      return false;
    }
  }

  /** Gives all memory back, and keeps what is needed to `resume`. */
  sleep(): void {
    if (this.#run) {
      this.#keepsake = this.#run.keepsake();
    }
    this.#leave(TAKEN_OUT);
    this.#end("The cluster was left before it answered.");
  }

  /** The world that was left is not wanted any more. */
  forget(): void {
    this.#keepsake = undefined;
  }

  /** Another world begins; if it can't, the running one goes on. */
  open(scenario: Openable, seed?: number): boolean {
    needRoom();
    let text: Openable;
    try {
      text = this.#textOf(scenario);
    } catch (error) {
      this.#fail(`This scenario can't be run. ${errorText(error)}`, { code: "scenario" });
      return false;
    }
    let run: Run;
    try {
      run = this.#guarded(() => Run.open(text, seed));
    } catch (error) {
      // That a world was lost with the core has been told already.
      if (!(error instanceof CoreError && this.#run)) {
        const { message, ...rest } = failureOf(error);
        this.#fail(`This scenario can't be run. ${message}`, rest);
      }
      return false;
    }
    this.#begin(run);
    return true;
  }

  apply(action: Action): void {
    const run = this.#current();
    if (!run) {
      throw new NoWorldError(this.#absent ?? NOT_YET);
    }
    this.#guarded(() => {
      run.apply(action);
      this.#driver?.resync();
    });
  }

  /** Calls into the core, and tells what it refuses. Answers whether it was done. */
  attempt(call: (run: Run) => void): boolean {
    const run = this.#current();
    if (!run) {
      this.#beholder.say(this.#absent ?? NOT_YET);
      return false;
    }
    try {
      this.#guarded(() => call(run));
      return true;
    } catch (error) {
      // That the core failed has been told already.
      if (!(error instanceof CoreError)) {
        this.#beholder.refused(failureOf(error));
      }
      return false;
    }
  }

  /** Never throws: what can't be asked is a promise that rejects. */
  ask(operation: Operation, reads?: ReadMode): Promise<Answer> {
    // What a host hands over may be another thing tomorrow.
    const [what, how] = [plain(operation) as Operation, plain(reads) as ReadMode | undefined];
    const answer = new Promise<Answer>((resolve, reject) => {
      const ask = (run: Run) => {
        try {
          resolve(this.#guarded(() => run.request(what, how)));
          this.#guarded(() => this.#driver?.resync());
        } catch (error) {
          reject(error);
        }
      };
      const run = this.#current();
      if (run) {
        ask(run);
      } else if (this.#absent !== undefined) {
        reject(new NoWorldError(this.#absent));
      } else {
        this.#waiting.push({ ask, reject });
      }
    });
    // Whoever asked may look away: an answer that never comes is no error of the page.
    answer.catch(() => undefined);
    return answer;
  }

  step(): void {
    this.playing = false;
    this.attempt((run) => {
      const told = run.enter(() => nextEventText(run.core));
      this.#driver?.step();
      this.#beholder.say(told);
    });
  }

  stepOverTicks(): void {
    this.playing = false;
    this.attempt((run) => {
      for (let ticks = 0; this.#driver && ticks < TICKS_MAX; ticks += 1) {
        const told = run.enter(() => nextEventText(run.core));
        if (this.#driver.step() !== Due.Tick) {
          this.#beholder.say(told);
          return;
        }
      }
      this.#beholder.say("Nothing but ticks is to come.");
    });
  }

  rewind(events: number): void {
    this.playing = false;
    this.attempt((run) => {
      run.rewind(events);
      this.#driver?.resync();
      this.#beholder.wentBack(events);
      this.#beholder.say(`Back at event ${events}.`);
    });
  }

  /** To the moment after that many events, back or on. */
  goTo(events: number): void {
    if (events <= (this.snapshot?.view.events ?? 0)) {
      this.rewind(events);
      return;
    }
    this.playing = false;
    this.attempt((run) => {
      run.playTo(events);
      this.#driver?.resync();
      this.#beholder.say(`At event ${events}.`);
    });
  }

  /**
   * The world as it is to be used now: if the core has failed under it, in another cluster
   * of the page, it is played again first.
   */
  #current(): Run | undefined {
    needRoom();
    if (this.#run?.broken) {
      this.#recover(this.#run);
    }
    return this.#run;
  }

  #begin(run: Run): void {
    this.#end("The cluster was left before it answered.");
    const driver = new Driver(run, {
      frame: (nowUs, notices) => this.#frame(run, nowUs, notices),
      fault: (error) => this.#fault(run, error),
    });
    run.broke = () => this.#recover(run);
    driver.speed = this.#speed;
    driver.playing = this.#playing;
    driver.visible = this.#visible;
    this.#run = run;
    this.#driver = driver;
    this.#absent = undefined;
    this.#blamed = undefined;
    for (const { ask } of this.#waiting.splice(0)) {
      ask(run);
    }
    if (run === this.#run) {
      this.#beholder.began(run.simulation);
    }
  }

  /** The world is gone; those who wait for an answer of it hear why. */
  #end(why: string): void {
    const run = this.#run;
    this.#driver?.stop();
    this.#driver = undefined;
    this.#run = undefined;
    this.snapshot = undefined;
    this.#beholder.ended();
    run?.free(why);
  }

  /** No world is to be expected; those who wait for one hear why. */
  #leave(why: string): void {
    this.#absent = why;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new NoWorldError(why));
    }
  }

  #frame(run: Run, nowUs: number, notices: readonly Notice[]): void {
    const snapshot = run.enter(() => {
      return { view: run.core.view(), messages: run.core.messages(), nowUs };
    });
    this.snapshot = snapshot;
    run.hear(snapshot.view.events, notices);
    const { violation } = snapshot.view;
    if (violation && this.#playing) {
      this.playing = false;
      this.#beholder.failed({
        message: `${violationText(violation)} ${blame(run)}The world has stopped; it can be inspected, and you can go back in time.`,
        code: "stopped",
      });
    }
    // A right Raft may allow for stale reads, and be stuck for a while: it goes on. Where that
    // is what a broken rule has to show, nobody should miss the moment.
    const shown = notices.findLast(({ what }) => "stale_read" in what || "stuck" in what);
    if (shown && run === this.#run && run.scenario.flaw !== undefined && this.#playing) {
      this.playing = false;
      this.#beholder.failed({
        message: `${sentence(shown)} ${blame(run)}The world is paused; it can be inspected, and you can go back in time.`,
        code: "stopped",
      });
    }
    // Who looks on may do anything, even leave this world.
    if (run === this.#run) {
      this.#beholder.frame(snapshot, notices);
    }
  }

  /** Calls into the core; if it fails, the world that was shown is played again at once. */
  #guarded<T>(call: () => T): T {
    const run = this.#run;
    try {
      return call();
    } catch (error) {
      if (error instanceof CoreError && run?.broken) {
        run.cause ??= error;
        this.#recover(run);
      }
      throw error;
    }
  }

  /** No frame of that world could be made. */
  #fault(run: Run, error: unknown): void {
    if (run.broken) {
      this.#recover(run);
    } else if (run !== this.#run) {
      // The world was left in the middle of the frame.
    } else if (isSimulationError(error)) {
      // A recording that can't be followed, say: the world itself is as it was.
      this.playing = false;
      this.#beholder.failed({
        ...failureOf(error),
        message: `${sentenceCase(error.message)}. The world is paused; it can go on without what was refused.`,
      });
    } else if (this.#playing || errorText(error) !== this.#blamed) {
      // A pause asks for another frame, which is likely to fail in the same way.
      this.#blamed = errorText(error);
      console.error(error);
      this.playing = false;
      this.#fail(
        `The page could not show the cluster: ${errorText(error)}. That is a fault of this program, not of Raft; the cluster itself is as it was.`,
        { code: "page" },
      );
    }
  }

  /**
   * The core failed, here or in another cluster of the page. In a fresh one the world is
   * played again from its recording, up to the last frame.
   */
  #recover(run: Run): void {
    // Another call has seen to it already.
    if (run !== this.#run || !run.broken) {
      return;
    }
    const keepsake = run.seen;
    let what = "The core failed in another cluster of this page.";
    if (run.cause !== undefined) {
      const cause = run.cause instanceof CoreError ? run.cause.cause : run.cause;
      what = `The core failed after event ${count(keepsake.events)}: ${errorText(cause)}. That is a fault of this program, not of Raft.`;
      this.playing = false;
    }
    const lost = givenUp(run);
    const tell = (end: string) => {
      this.#fail(`${what} ${end}${lost}`, { code: "core", recording: keepsake.recording });
    };
    this.#end("The core failed before the cluster answered.");
    try {
      const again = Run.replay(keepsake);
      this.#begin(again);
      tell(howFar(again, keepsake));
    } catch (again) {
      console.error(again);
      const end = "It could not be played again: choose a scenario to go on, or reload the page.";
      this.#leave(`${what} ${end}`);
      tell(end);
    }
  }

  #fail(message: string, rest: Omit<Failure, "message">): void {
    this.#beholder.failed({ ...rest, message });
  }

  /** A shipped scenario by its name; anything else is JSON text or an object already. */
  #textOf(scenario: Openable): Openable {
    const shipped = [...this.shipped, ...this.flawed].find(({ name }) => name === scenario);
    if (shipped) {
      return shipped.scenario;
    }
    if (typeof scenario === "string" && /^[\w-]+$/.test(scenario.trim())) {
      throw new Error(`There is no scenario named “${scenario}”.`);
    }
    return plain(scenario) as Openable;
  }
}
