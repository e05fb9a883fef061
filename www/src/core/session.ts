/**
 * The life of the world that an element shows, from the loading of the core to the last
 * frame: which world runs, its frame loop, what is asked of it, and what happens when
 * something fails. Whoever shows the world gets its `SessionEvents`.
 */
import {
  type Action,
  type Answer,
  Due,
  type Notice,
  type Operation,
  type ReadMode,
  type SeekProgress,
  type SeekRequest,
  type ShippedScenario,
  type Simulation,
  type View,
} from "../../pkg/raftarium.js";
import { nextEventText } from "../text/events/next-event.js";
import { isAlarming, noticeText } from "../text/events/notices.js";
import { violationText } from "../text/events/violations.js";
import { blame, failureOf, givenUp, howFar, loadingText } from "../text/failures.js";
import { count, sentenceCase } from "../text/names.js";
import type { Failure } from "./events.js";
import { FIRST_SPEED, SPEED_MAX, SPEED_MIN } from "./speed.js";
import { RecentNotices } from "./time/recent-notices.js";
import type { WorldTimeline } from "./time/timeline.js";
import { FrameLoop } from "./world/frame-loop.js";
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
} from "./world/load.js";
import { type Checkpoint, RunningWorld, type WorldSource } from "./world/running-world.js";

/** After this many ticks in a row nothing else is to come. */
const TICKS_MAX = 100_000;

const NOT_YET = "The cluster is not there yet: wait for raft-ready.";
const TAKEN_OUT = "The cluster was taken out of the page.";

/** The world as one frame sees it. */
export interface Frame {
  view: View;
  /** The messages in flight; see `in-flight.ts`. */
  messages: Float64Array;
  nowUs: number;
  /** What has happened in the last while, oldest first: what flashes up comes from here. */
  recent: readonly Notice[];
}

export interface SessionEvents {
  /** A world has begun. */
  began(simulation: Simulation): void;
  /** The world that was shown is gone. */
  ended(): void;
  /** A frame is to be drawn. */
  frame(frame: Frame, notices: readonly Notice[]): void;
  /** The world is on its way to another moment, or is there. */
  moved(progress: SeekProgress): void;
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
  frame: Frame | undefined;
  readonly #recent = new RecentNotices();

  readonly #events: SessionEvents;
  #run: RunningWorld | undefined;
  #loop: FrameLoop | undefined;
  #speed = FIRST_SPEED;
  #playing: boolean;
  /** Whether the world has paused by itself, at something that a person must see. */
  #halted = false;
  #visible = false;
  /** The world that was left when the session was put to sleep. */
  #checkpoint: Checkpoint | undefined;
  /** Why no world is to be expected; `undefined`: there is one, or there soon will be. */
  #absent: string | undefined;
  /** The error of the last frame of this world that could not be shown. */
  #blamed: string | undefined;
  /** Requests made before there is a world. */
  #waiting: { ask(run: RunningWorld): void; reject(error: Error): void }[] = [];

  constructor(events: SessionEvents, playing: boolean) {
    this.#events = events;
    this.#playing = playing;
  }

  get run(): RunningWorld | undefined {
    return this.#run;
  }

  get playing(): boolean {
    return this.#playing;
  }

  set playing(playing: boolean) {
    if (playing && this.frame?.view.violation) {
      // It goes nowhere from here: it would only seem to play.
      return;
    }
    this.#halted = false;
    this.#playing = playing;
    if (this.#loop) {
      this.#loop.playing = playing;
    }
    this.#events.changed();
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(speed: number) {
    // NaN and non-positive speeds are ignored.
    if (speed > 0) {
      this.#speed = Math.min(Math.max(speed, SPEED_MIN), SPEED_MAX);
      if (this.#loop) {
        this.#loop.speed = this.#speed;
      }
      this.#events.changed();
    }
  }

  get slipping(): boolean {
    return this.#loop?.slipping ?? false;
  }

  set visible(visible: boolean) {
    this.#visible = visible;
    if (this.#loop) {
      this.#loop.visible = visible;
    }
  }

  redraw(): void {
    this.#loop?.redraw();
  }

  /** A world is to be expected: whoever asks it waits. */
  expect(): void {
    this.#absent = undefined;
  }

  /** Loads the core. Resolves to whether it is there; never rejects. */
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
      const message = `The core could not be loaded. ${loadingText(error)}`;
      this.#leave(message);
      this.#fail(message, { code: "core" });
      return false;
    }
  }

  /** The world that was left when the session fell asleep goes on, if there is one. */
  resume(): boolean {
    const checkpoint = this.#checkpoint;
    this.#checkpoint = undefined;
    if (!checkpoint) {
      return false;
    }
    try {
      const run = RunningWorld.replay(checkpoint);
      this.#begin(run);
      // A listener may have left again. If not, what had happened before is told again.
      if (run === this.#run) {
        this.#moved(run, { done: true, found: true, now: nowOf(run), replayed: 0, left: 0 });
        this.#events.say("");
      }
      if (run.events < checkpoint.events) {
        this.#fail(`The cluster was taken out of the page. ${howFar(run, checkpoint)}`, {
          code: "core",
          recording: checkpoint.recording,
        });
      }
      return true;
    } catch (error) {
      this.#fail(`The cluster could not be played again. ${errorText(error)}`, {
        code: "core",
        recording: checkpoint.recording,
      });
      return false;
    }
  }

  /** Gives all memory back, and keeps what is needed to `resume`. */
  sleep(): void {
    if (this.#run) {
      this.#checkpoint = this.#run.checkpoint();
    }
    this.#leave(TAKEN_OUT);
    this.#end("The cluster was left before it answered.");
  }

  /** The world that was left is not wanted any more. */
  forget(): void {
    this.#checkpoint = undefined;
  }

  /** Another world begins; if it can't, the running one goes on. */
  open(scenario: WorldSource, seed?: number): boolean {
    needRoom();
    let text: WorldSource;
    try {
      text = this.#textOf(scenario);
    } catch (error) {
      this.#fail(`This scenario can't be run. ${errorText(error)}`, { code: "scenario" });
      return false;
    }
    let run: RunningWorld;
    try {
      run = this.#guarded(() => RunningWorld.open(text, seed));
    } catch (error) {
      // That a world was lost with the core has been told already.
      if (!(error instanceof CoreError && this.#run)) {
        const { message, ...rest } = failureOf(error);
        this.#fail(`This scenario can't be run. ${message}`, rest);
      }
      return false;
    }
    // It was not a person who paused the world before.
    if (this.#halted) {
      this.frame = undefined;
      this.playing = true;
    }
    this.#begin(run);
    return true;
  }

  /** Does something to the world. Throws a `SimulationError` or a `NoWorldError`. */
  apply(action: Action): void {
    this.#act((run) => {
      run.apply(action);
      this.#loop?.resync();
    });
  }

  /** Does something to the world, or tells why it can't be done. Returns whether it was. */
  attempt(action: Action): boolean {
    return this.#try((run) => {
      run.apply(action);
      this.#loop?.resync();
      this.#events.say("");
    });
  }

  /** Never throws: what can't be asked is a promise that rejects. */
  ask(operation: Operation, reads?: ReadMode): Promise<Answer> {
    // The host may change its object later.
    const [what, how] = [plain(operation) as Operation, plain(reads) as ReadMode | undefined];
    const answer = new Promise<Answer>((resolve, reject) => {
      const ask = (run: RunningWorld) => {
        try {
          this.#guarded(() => {
            resolve(run.request(what, how));
            this.#loop?.resync();
          });
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
    // The caller may drop the promise: an answer that never comes is not an error of the page.
    answer.catch(() => undefined);
    return answer;
  }

  step(): void {
    this.playing = false;
    this.#try((run) => {
      const told = run.enter(() => nextEventText(run.core));
      this.#loop?.step();
      this.#events.say(told);
    });
  }

  stepOverTicks(): void {
    this.playing = false;
    this.#try((run) => {
      for (let ticks = 0; this.#loop && ticks < TICKS_MAX; ticks += 1) {
        const told = run.enter(() => nextEventText(run.core));
        if (this.#loop.step() !== Due.Tick) {
          this.#events.say(told);
          return;
        }
      }
      this.#events.say("Nothing but ticks is to come.");
    });
  }

  /** To another moment, or another branch: in slices, each of which is shown. */
  seek(request: SeekRequest): void {
    this.playing = false;
    this.#try(() => this.#loop?.seek(request));
  }

  /** Stays where the seek has come to. */
  cancelSeek(): void {
    this.#try(() => this.#loop?.cancelSeek());
  }

  /** Changes the branches: a call on the world's timeline, after which another moment may be shown. */
  changeBranches(change: (timeline: WorldTimeline) => void): boolean {
    return this.#try((run) => {
      const before = nowOf(run);
      change(run.timeline);
      const now = nowOf(run);
      this.#loop?.resync();
      if (now.events !== before.events) {
        this.#moved(run, { done: true, found: true, now, replayed: 0, left: 0 });
      }
    });
  }

  /** Acts on the world: the one way in for all that is done to it. */
  #act(call: (run: RunningWorld) => void): void {
    const run = this.#current();
    if (!run) {
      throw new NoWorldError(this.#absent ?? NOT_YET);
    }
    this.#guarded(() => call(run));
  }

  /** Acts on the world, and tells what is refused. Returns whether it was done. */
  #try(call: (run: RunningWorld) => void): boolean {
    try {
      this.#act(call);
      return true;
    } catch (error) {
      if (error instanceof NoWorldError && !this.#run) {
        this.#events.say(error.message);
      } else if (!(error instanceof CoreError)) {
        // That the core failed has been told already.
        this.#events.refused(failureOf(error));
      }
      return false;
    }
  }

  /**
   * The world to act on: if the core has failed under it, in another cluster of the page, it
   * is played again first.
   */
  #current(): RunningWorld | undefined {
    needRoom();
    if (this.#run?.broken) {
      this.#recover(this.#run);
    }
    return this.#run;
  }

  #halt(): void {
    this.playing = false;
    this.#halted = true;
  }

  #begin(run: RunningWorld): void {
    this.#end("The cluster was left before it answered.");
    const loop = new FrameLoop(run, {
      frame: (nowUs, notices) => this.#frame(run, nowUs, notices),
      moved: (progress) => this.#moved(run, progress),
      fault: (error) => this.#fault(run, error),
    });
    run.broke = () => this.#recover(run);
    loop.speed = this.#speed;
    loop.playing = this.#playing;
    loop.visible = this.#visible;
    this.#run = run;
    this.#loop = loop;
    this.#recent.clear();
    this.#absent = undefined;
    this.#blamed = undefined;
    for (const { ask } of this.#waiting.splice(0)) {
      ask(run);
    }
    if (run === this.#run) {
      this.#events.began(run.simulation);
    }
    if (run === this.#run) {
      loop.begin();
    }
  }

  /** The world is gone; pending requests are rejected with the reason. */
  #end(why: string): void {
    const run = this.#run;
    this.#loop?.stop();
    this.#loop = undefined;
    this.#run = undefined;
    this.frame = undefined;
    this.#events.ended();
    run?.free(why);
  }

  /** No world is to be expected; requests that wait for one are rejected with the reason. */
  #leave(why: string): void {
    this.#absent = why;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new NoWorldError(why));
    }
  }

  #moved(run: RunningWorld, progress: SeekProgress): void {
    this.#recent.replace(run.timeline, progress.now.at_us, progress.done);
    if (run === this.#run) {
      this.#events.moved(progress);
    }
  }

  #frame(run: RunningWorld, nowUs: number, notices: readonly Notice[]): void {
    const recent = this.#recent.add(notices, nowUs);
    const frame = run.enter(() => {
      return { view: run.core.view(), messages: run.core.messages(), nowUs, recent };
    });
    this.frame = frame;
    run.hear(frame.view.events, notices);
    if (!this.#playing && run.recordsInMs > 0) {
      // A pause has no next frame in which what was done would be seen.
      this.#loop?.redrawIn(run.recordsInMs);
    }
    const { violation } = frame.view;
    if (violation && this.#playing) {
      this.#halt();
      this.#events.failed({
        message: `${violationText(violation)} ${blame(run)}The world has stopped; it can be inspected, and you can go back in time.`,
        code: "stopped",
      });
    }
    // Correct Raft may serve stale reads if asked to, and be stuck for a while: it goes on.
    // Where a broken rule is there to show just that, nobody should miss the moment.
    const shown = notices.findLast(isAlarming);
    if (shown && run === this.#run && run.scenario.flaw !== undefined && this.#playing) {
      this.#halt();
      this.#events.failed({
        message: `${noticeText(shown)} ${blame(run)}The world is paused; it can be inspected, and you can go back in time.`,
        code: "stopped",
      });
    }
    // A listener may do anything, even leave this world.
    if (run === this.#run) {
      this.#events.frame(frame, notices);
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
  #fault(run: RunningWorld, error: unknown): void {
    if (run.broken) {
      this.#recover(run);
    } else if (run !== this.#run) {
      // The world was left in the middle of the frame.
    } else if (isSimulationError(error)) {
      // For example, a recording can't be followed: the world itself is as it was.
      this.playing = false;
      this.#events.failed({
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
  #recover(run: RunningWorld): void {
    // Another call has seen to it already.
    if (run !== this.#run || !run.broken) {
      return;
    }
    const checkpoint = run.seen;
    let what = "The core failed in another cluster of this page.";
    if (run.cause !== undefined) {
      const cause = run.cause instanceof CoreError ? run.cause.cause : run.cause;
      what = `The core failed after event ${count(checkpoint.events)}: ${errorText(cause)}. That is a fault of this program, not of Raft.`;
      this.playing = false;
    }
    const lost = givenUp(run);
    const tell = (end: string) => {
      this.#fail(`${what} ${end}${lost}`, { code: "core", recording: checkpoint.recording });
    };
    this.#end("The core failed before the cluster answered.");
    try {
      const again = RunningWorld.replay(checkpoint);
      this.#begin(again);
      tell(howFar(again, checkpoint));
    } catch (again) {
      console.error(again);
      const end = "It could not be played again: choose a scenario to go on, or reload the page.";
      this.#leave(`${what} ${end}`);
      tell(end);
    }
  }

  #fail(message: string, rest: Omit<Failure, "message">): void {
    this.#events.failed({ ...rest, message });
  }

  /** A shipped scenario by its name; anything else is JSON text or an object already. */
  #textOf(scenario: WorldSource): WorldSource {
    const shipped = [...this.shipped, ...this.flawed].find(({ name }) => name === scenario);
    if (shipped) {
      return shipped.scenario;
    }
    if (typeof scenario === "string" && /^[\w-]+$/.test(scenario.trim())) {
      throw new Error(`There is no scenario named “${scenario}”.`);
    }
    return plain(scenario) as WorldSource;
  }
}

function nowOf(run: RunningWorld): { events: number; at_us: number } {
  const { events, nowUs } = run.simulation;
  return { events, at_us: nowUs };
}
