/**
 * The world that an element shows, from the loading of the core to the last frame:
 * which one runs, its driver, what is asked of it, and what happens when something
 * fails. Knows no element; whoever shows the world looks on as a `Beholder`.
 */
import {
  type Action,
  type Answer,
  Due,
  flawedScenarios,
  type Notice,
  type Operation,
  type ReadMode,
  type ShippedScenario,
  type Simulation,
  shippedScenarios,
} from "../pkg/raftarium.js";
import { coreLife, errorText, isSimulationError, loadCore, renewCore } from "./core.js";
import { Driver, SPEED_MAX, SPEED_MIN } from "./driver.js";
import type { Failure } from "./events.js";
import { flawText } from "./flaw.js";
import type { Snapshot } from "./host.js";
import { findMessage } from "./messages.js";
import { type Keepsake, type Openable, Run } from "./run.js";
import { sentence } from "./sentences.js";
import { violationText } from "./violations.js";
import { messageText, replicaName } from "./words.js";

/** After so many ticks in a row there is nothing else to come. */
const TICKS_MAX = 100_000;

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
  #waiting: { resolve(run: Run): void; reject(error: Error): void }[] = [];

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
    try {
      await loadCore();
      this.shipped = shippedScenarios();
      this.flawed = flawedScenarios();
      return true;
    } catch (error) {
      this.#fail(`The core could not be loaded. ${errorText(error)}`, error);
      return false;
    }
  }

  /** The world that was left when the session fell asleep goes on, if there is one. */
  resume(): boolean {
    const keepsake = this.#keepsake;
    this.#keepsake = undefined;
    if (keepsake) {
      this.#begin(Run.replay(keepsake));
    }
    return keepsake !== undefined;
  }

  /** Gives all memory back, and keeps what is needed to `resume`. */
  sleep(): void {
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new Error("The cluster was taken out of the page."));
    }
    if (this.#run && this.snapshot) {
      this.#keepsake = this.#run.keepsake(this.snapshot.view.events);
    }
    this.#end();
  }

  /** The world that was left is not wanted any more. */
  forget(): void {
    this.#keepsake = undefined;
  }

  /** Another world begins; if it can't, the running one goes on. */
  open(scenario: Openable, seed?: number): boolean {
    let text: Openable;
    try {
      text = this.#textOf(scenario);
    } catch (error) {
      this.#cannotRun(error);
      return false;
    }
    try {
      this.#begin(this.#guarded(() => Run.open(text, seed)));
      return true;
    } catch (error) {
      // That the core failed has been told already.
      if (isSimulationError(error)) {
        this.#cannotRun(error);
      }
      return false;
    }
  }

  apply(action: Action): void {
    const run = this.#run;
    if (!run) {
      throw new Error("The cluster is not there yet: wait for raft-ready.");
    }
    this.#guarded(() => run.apply(action));
    this.#driver?.resync();
  }

  /** Calls into the core, and tells what it refuses. Answers whether it was done. */
  attempt(call: () => void): boolean {
    if (!this.#run) {
      this.#beholder.say("The cluster is not there yet.");
      return false;
    }
    try {
      this.#guarded(call);
      return true;
    } catch (error) {
      if (isSimulationError(error)) {
        this.#beholder.refused(failureOf(error));
      }
      return false;
    }
  }

  ask(operation: Operation, reads?: ReadMode): Promise<Answer> {
    const answer = this.#whenRunning().then((run) => {
      const answer = this.#guarded(() => run.request(operation, reads));
      this.#driver?.resync();
      return answer;
    });
    // Whoever asked may look away: an answer that never comes is no error of the page.
    answer.catch(() => undefined);
    return answer;
  }

  step(): void {
    this.playing = false;
    this.attempt(() => {
      const told = this.#describeNext();
      this.#driver?.step();
      this.#beholder.say(told);
    });
  }

  stepOverTicks(): void {
    this.playing = false;
    this.attempt(() => {
      for (let ticks = 0; this.#driver && ticks < TICKS_MAX; ticks += 1) {
        const told = this.#describeNext();
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
    this.attempt(() => {
      this.#run?.rewind(events);
      this.#driver?.resync();
      this.#beholder.wentBack(events);
      this.#beholder.say(`Back at event ${events}.`);
    });
  }

  /** To the moment after that many events, back or on. */
  goTo(events: number): void {
    const run = this.#run;
    if (!run || events <= (this.snapshot?.view.events ?? 0)) {
      this.rewind(events);
      return;
    }
    this.playing = false;
    this.attempt(() => {
      run.playTo(events);
      this.#driver?.resync();
      this.#beholder.say(`At event ${events}.`);
    });
  }

  #begin(run: Run): void {
    this.#end();
    this.#run = run;
    const driver = new Driver(run.simulation, {
      frame: (nowUs, notices) => this.#frame(run, nowUs, notices),
      fault: (error) => this.#fault(error),
    });
    driver.speed = this.#speed;
    driver.playing = this.#playing;
    driver.visible = this.#visible;
    this.#driver = driver;
    for (const { resolve } of this.#waiting.splice(0)) {
      resolve(run);
    }
    this.#beholder.began(run.simulation);
  }

  #end(): void {
    const run = this.#run;
    this.#driver?.stop();
    this.#driver = undefined;
    this.#run = undefined;
    this.snapshot = undefined;
    this.#beholder.ended();
    try {
      run?.free();
    } catch {
      // A core that failed can't even be freed; its memory is lost until the page closes.
    }
  }

  #whenRunning(): Promise<Run> {
    if (this.#run) {
      return Promise.resolve(this.#run);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  #frame(run: Run, nowUs: number, notices: readonly Notice[]): void {
    const { simulation } = run;
    const snapshot = { view: simulation.view(), messages: simulation.messages(), nowUs };
    this.snapshot = snapshot;
    run.hear(notices);
    const { violation } = snapshot.view;
    if (violation && this.#playing) {
      this.playing = false;
      this.#beholder.failed({
        message: `${violationText(violation)} ${blame(run)}The world has stopped; it can be inspected, and you can go back in time.`,
        code: "stopped",
      });
    }
    // A right Raft that allows for stale reads goes on; where they are what a broken rule
    // has to show, nobody should miss the moment.
    const stale = notices.findLast(({ what }) => "stale_read" in what);
    if (stale && run.scenario.flaw !== undefined && this.#playing) {
      this.playing = false;
      this.#beholder.failed({
        message: `${sentence(stale)} ${blame(run)}The world is paused; it can be inspected, and you can go back in time.`,
        code: "stopped",
      });
    }
    // Last: who looks on may do anything, even leave this world.
    this.#beholder.frame(snapshot, notices);
  }

  /** What is about to happen, for who steps event by event. */
  #describeNext(): string {
    const simulation = this.#run?.simulation;
    const dueUs = simulation?.dueAt();
    if (!simulation || dueUs === undefined) {
      return "Nothing is to come.";
    }
    const subject = simulation.dueSubject() ?? 0;
    switch (simulation.nextDue(dueUs)) {
      case Due.Tick:
        return `The clock of ${replicaName(subject)} ticks.`;
      case Due.Delivery: {
        const message = findMessage(simulation.messages(), subject);
        return message ? `Arrives: ${messageText(message)}.` : "A message arrives.";
      }
      case Due.Other:
        return "A disk, a client, the network or the scenario acts.";
      case Due.None:
        return "The world has stopped.";
    }
  }

  /** Calls into the core. Anything but its answer or its refusal is a fault. */
  #guarded<T>(call: () => T): T {
    const run = this.#run;
    try {
      return call();
    } catch (error) {
      // A call within a call has seen to it already.
      if (!isSimulationError(error) && run === this.#run) {
        this.#fault(error);
      }
      throw error;
    }
  }

  /**
   * The core failed, here or in another cluster of the page. In a fresh one the world is
   * played again from its recording, up to the last frame.
   */
  #fault(error: unknown): void {
    const run = this.#run;
    const events = this.snapshot?.view.events ?? 0;
    const keepsake = run?.keepsake(events);
    const life = run?.life ?? coreLife();
    let what = "The core failed in another cluster of this page.";
    if (life === coreLife()) {
      console.error(error);
      what = `The core failed after event ${events}: ${errorText(error)}. That is a fault of this program, not of Raft.`;
      this.playing = false;
    }
    const tell = (end: string) => this.#fail(`${what} ${end}`, error);
    try {
      renewCore(life);
      this.#end();
      if (keepsake) {
        this.#begin(Run.replay(keepsake));
        tell("The cluster was played again up to that moment.");
      } else {
        tell("Choose a scenario to go on.");
      }
    } catch (again) {
      console.error(again);
      this.#end();
      tell("Reload the page to go on.");
    }
  }

  #cannotRun(error: unknown): void {
    this.#fail(`This scenario can't be run. ${errorText(error)}`, error);
  }

  #fail(message: string, error: unknown): void {
    this.#beholder.failed({ ...failureOf(error), message });
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
    return scenario;
  }
}

/** A rule that was broken on purpose explains what no right Raft would do. */
function blame({ scenario: { flaw } }: Run): string {
  return flaw === undefined ? "" : `${flawText(flaw)}. `;
}

function failureOf(error: unknown): Failure {
  const message = errorText(error);
  return isSimulationError(error)
    ? { message, code: error.code, path: error.path }
    : { message, code: "core" };
}
