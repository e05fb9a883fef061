/**
 * Shared by the element and its parts: one observable state, and everything that can be
 * asked. Parts draw from the state and call the controller; they don't know each other. No
 * element and no Lit in here.
 */
import type {
  Action,
  Answer,
  Notice,
  Operation,
  ReadMode,
  Recording,
  ShippedScenario,
} from "../../pkg/raftarium.js";
import { type Line, withNotices } from "../text/events/journal.js";
import type { Sort } from "../text/events/sorts.js";
import { activityIn, type By, type CameOfIt, type Did } from "./activity.js";
import type { Failure, RaftClusterEventMap } from "./events.js";
import { FOLLOWING, type LogWindow, ZOOM_MAX, ZOOM_MIN } from "./log-window.js";
import { type Frame, Session, type SessionEvents } from "./session.js";
import { inverseOf } from "./settings.js";
import { type Subject, sameSubject } from "./subject.js";
import { logsIn, Sharing, sharedIn, speedIn, subjectIn, toldIn } from "./time/sharing.js";
import { NO_TIME, type TimeState, TimeTravel } from "./time/travel.js";
import { errorText } from "./world/load.js";
import { leave, type Resident, settle } from "./world/residents.js";
import type { RunningWorld, WorldSource } from "./world/running-world.js";

/** Runs if nothing else is asked for. */
const FIRST_SCENARIO = "first-election";
/** The panels are renewed this often while the world runs; the stage in each frame. */
const PANELS_MS = 125;
/** So long a sentence stays in the status line while the world runs. */
const SAID_MS = 6000;

const PAUSED = "Paused at its start: press play.";
const STILL =
  "Paused at its start, since your system asks for less motion: press play, or go event by event.";

const TABS = ["story", "inspect", "table", "settings", "legend"] as const;
export type Tab = (typeof TABS)[number];

/** How the world is shown: the ring with the logs, the space-time diagram, or both. */
const SIGHTS = ["ring", "both", "spacetime"] as const;
export type Sight = (typeof SIGHTS)[number];

/** Of everything that happened, what is told. */
export interface Told {
  /** Only what happens at this place, a replica's number or the negative one of a client; none: at any. */
  readonly at: number | undefined;
  /** Only what has this in its sentence, such as a key. */
  readonly sought: string;
  /** Only what is of this sort; none: of any. */
  readonly sort: Sort | undefined;
}

/** So many changes of settings can be undone. */
const UNDOABLE_MAX = 50;

/** All that is shown. Replaced by another object on each change. */
export interface State extends TimeState {
  readonly run: RunningWorld | undefined;
  /** The world as the panels show it, renewed a few times a second. */
  readonly frame: Frame | undefined;
  /** The latest events in sentences. */
  readonly journal: readonly Line[];
  readonly playing: boolean;
  /** Virtual time per wall time. */
  readonly speed: number;
  /** Whether the machine is too slow for that speed. */
  readonly slipping: boolean;
  /** The scenarios that ship; none before the core is loaded. */
  readonly shipped: readonly ShippedScenario[];
  /** Those with a rule that is broken on purpose. */
  readonly flawed: readonly ShippedScenario[];
  /** The scenario or recording asked for: the running world is made from it. */
  readonly source: WorldSource;
  /** The seed in use, or the one asked for. */
  readonly seed: number | undefined;
  /** The subject in the inspector. */
  readonly inspected: Subject | undefined;
  /** The entry that is asked about, if one is. */
  readonly wonder: { readonly replica: number; readonly index: number } | undefined;
  /** The happening of the trace that is selected. */
  readonly happening: number | undefined;
  /** The replicas that are selected, in order. */
  readonly selected: readonly number[];
  /** Which part of the logs is shown. */
  readonly logs: LogWindow;
  /** Everything that happened is told, as far as it is wanted; none: what matters. */
  readonly told: Told | undefined;
  /** What undoes the changes of settings, the latest last. */
  readonly undoable: readonly Action[];
  /** Whose action menu is open. */
  readonly opened: Subject | undefined;
  readonly tab: Tab;
  readonly sight: Sight;
  readonly helpShown: boolean;
  /** The sentence in the status line. */
  readonly status: string;
  /** A link to be copied by hand. */
  readonly link: string | undefined;
  /** The message about a failure, until it is closed. */
  readonly failure: string | undefined;
  /** Why there is no core, and so no world; none: there is one, or it may come. */
  readonly unavailable: string | undefined;
  /** If the failure has cost something of the world: all that was done to it. */
  readonly givenUp: Recording | undefined;
  /** Counts how often the colours may have changed. */
  readonly colours: number;
}

/** Sees the state change, and each frame as it is drawn. */
export interface Observer {
  stateChanged?(before: State, after: State): void;
  /** Another world is about to be opened: what is to be kept of this one is kept now. */
  leaving?(): void;
  /** Draw this frame; the notices are what happened since the last one. */
  drawFrame?(frame: Frame, notices: readonly Notice[]): void;
}

/** Sends an event to the host of the element. */
export type Send = <Name extends keyof RaftClusterEventMap>(
  name: Name,
  detail: RaftClusterEventMap[Name]["detail"],
) => void;

/** Nothing in here throws but `apply`. */
export class Controller {
  readonly #send: Send;
  readonly #session: Session;
  /** Ways through time: to moments, among branches. */
  readonly time: TimeTravel;
  readonly sharing: Sharing;
  readonly #observers = new Set<Observer>();
  #state: State;
  /** The seed that was asked for. */
  #seed: number | undefined;
  /** Whether the running world is not yet the one that was asked for. */
  #stale = false;
  /** Whether the element is in the page. */
  #attached = false;
  /** Whether it was in sight since then, or was asked something. */
  #awake = false;
  #inSight = false;
  #panelsMs = 0;
  /** The notices since the panels were renewed. */
  #unreported: Notice[] = [];
  /** Counts how often what was reported before has come to an end, or has never happened. */
  #tale = 0;
  /** Counts how often a scenario or a seed was asked for. */
  #wishes = 0;
  /** When the sentence in the status line was put there. */
  #saidMs = 0;

  /** Whether nothing was to move until somebody asks for it, and nobody has. */
  #still: boolean;

  readonly #resident: Resident;

  constructor(send: Send, playing: boolean) {
    this.#send = send;
    this.#still = !playing;
    const controller = this;
    this.#resident = {
      get inSight() {
        return controller.#inSight;
      },
      get awaited() {
        return (controller.run?.waiting ?? 0) > 0;
      },
      doze: () => {
        this.#fallAsleep();
        this.#session.expect();
      },
    };
    this.#session = new Session(this.#sessionEvents(), playing);
    this.time = new TimeTravel(this.#session, {
      shown: () => this.#state,
      set: (change) => this.#set(change),
      say: (text) => this.say(text),
    });
    this.sharing = new Sharing(this.#session, {
      look: () => ({ ...this.#state, playing: this.playing, speed: this.speed }),
      showLink: (link) => this.#set({ link }),
      say: (text) => this.say(text),
    });
    this.#state = {
      run: undefined,
      frame: undefined,
      ...NO_TIME,
      journal: [],
      playing,
      speed: this.#session.speed,
      slipping: false,
      shipped: [],
      flawed: [],
      source: FIRST_SCENARIO,
      seed: undefined,
      inspected: undefined,
      wonder: undefined,
      happening: undefined,
      selected: [],
      logs: FOLLOWING,
      told: undefined,
      undoable: [],
      opened: undefined,
      tab: "story",
      sight: "ring",
      helpShown: false,
      status: "",
      link: undefined,
      failure: undefined,
      unavailable: undefined,
      givenUp: undefined,
      colours: 0,
    };
  }

  get state(): State {
    return this.#state;
  }

  /** Until the answer is called, the observer sees what changes. */
  observe(observer: Observer): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  // --- time ---

  get run(): RunningWorld | undefined {
    return this.#session.run;
  }

  /** The world as the last frame saw it, which the panels may not show yet. */
  get frame(): Frame | undefined {
    return this.#session.frame;
  }

  get playing(): boolean {
    return this.#session.playing;
  }

  set playing(playing: boolean) {
    this.#still &&= !playing;
    this.#session.playing = playing;
  }

  get speed(): number {
    return this.#session.speed;
  }

  set speed(speed: number) {
    this.#session.speed = speed;
  }

  play(): void {
    this.playing = true;
  }

  pause(): void {
    this.playing = false;
  }

  /** Pauses, and lets the next event happen, whatever it is. */
  step(): void {
    this.#session.step();
  }

  /** On to the next event that is more than a tick of a clock. */
  stepOverTicks(): void {
    this.#session.stepOverTicks();
  }

  /** To the moment after that many events, back or on; what came later is kept. */
  goTo(events: number): void {
    this.time.seek({ to: { events } });
  }

  // --- what is done to the world, and asked of it ---

  /** Does it; throws a `SimulationError` if it is refused, a `NoWorldError` if there is no world. */
  apply(action: Action, by: By = "person"): void {
    try {
      this.#session.apply(action);
    } catch (error) {
      this.#report(by, { acted: { action } }, { refused: { reason: errorText(error) } });
      throw error;
    }
    this.#report(by, { acted: { action } }, { done: {} });
  }

  /** Does it, or says why not in the status line. Returns whether it was done. */
  attempt(action: Action, by: By = "person"): boolean {
    const { run, frame } = this;
    const inverse = run && frame && inverseOf(action, run, frame.view);
    const done = this.#session.attempt(action);
    if (done && inverse) {
      this.#set({ undoable: [...this.#state.undoable, inverse].slice(-UNDOABLE_MAX) });
    }
    const cameOfIt = done ? { done: {} } : { refused: { reason: this.#state.status } };
    this.#report(by, { acted: { action } }, cameOfIt);
    return done;
  }

  /** Brings back what the setting was that a person has changed last. */
  undoSetting(): void {
    const { undoable } = this.#state;
    const last = undoable.at(-1);
    if (last && this.#session.attempt(last)) {
      this.#set({ undoable: undoable.slice(0, -1) });
      this.say("The setting is as it was before.");
    }
  }

  /**
   * Asks the cluster as client 1, a read to be served as `reads` says, or else the
   * protocol; rejects with a reason that can be shown.
   */
  ask(operation: Operation, reads?: ReadMode, by: By = "person"): Promise<Answer> {
    if (this.#attached && !this.#awake) {
      void this.wake();
    }
    const answer = this.#session.ask(operation, reads);
    answer.then(
      (answer) => this.#report(by, { asked: { operation } }, { answered: { answer } }),
      (error) => {
        this.#report(by, { asked: { operation } }, { unanswered: { reason: errorText(error) } });
      },
    );
    return answer;
  }

  // --- which world runs ---

  /** The scenario or recording that was asked for. Another one: the cluster starts anew. */
  get source(): WorldSource {
    return this.#state.source;
  }

  set source(source: WorldSource | null | undefined) {
    this.#want(source ?? FIRST_SCENARIO, this.#seed);
    this.#renew();
  }

  /** The seed in use. Another one: the cluster starts anew. */
  get seed(): number | undefined {
    return this.run?.seed ?? this.#seed;
  }

  set seed(seed: number | null | undefined) {
    this.#want(this.#state.source, seed ?? undefined);
    this.#renew();
  }

  /** Runs another scenario or recording, or says what is wrong with it and leaves the running one alone. */
  open(source: WorldSource, seed?: number, by: By = "person"): boolean {
    // Before there is a core, or out of the page, a world can only be asked for.
    if (!this.run && !(this.#awake && this.#session.shipped.length > 0)) {
      this.#session.forget();
      this.#want(source, seed);
      return true;
    }
    // Set before, since a listener that hears of the new world may open another.
    const before = { source: this.#state.source, seed: this.#seed };
    const { failure, givenUp } = this.#state;
    this.#wishes += 1;
    const wish = this.#wishes;
    this.#stale = false;
    this.#want(source, seed);
    this.#set({ failure: undefined, givenUp: undefined });
    for (const observer of this.#observers) {
      observer.leaving?.();
    }
    if (this.#begin(source, seed)) {
      this.#report(by, { opened: { title: this.run?.scenario.title ?? "" } }, { done: {} });
      return true;
    }
    if (wish === this.#wishes) {
      this.#want(before.source, before.seed);
    }
    const now = this.#state;
    this.#set({ failure: now.failure ?? failure, givenUp: now.givenUp ?? givenUp });
    return false;
  }

  /** The element is in the page; its world begins when it comes into sight, or is asked something. */
  attach(): void {
    this.#attached = true;
    this.#session.expect();
  }

  /** Once the core is loaded, a world begins or goes on. */
  async wake(): Promise<void> {
    if (this.#awake) {
      return;
    }
    this.#awake = true;
    const loaded = await this.#session.load();
    this.#set({ unavailable: loaded ? undefined : this.#state.failure });
    if (!loaded || !this.#awake || this.run) {
      return;
    }
    this.#set({ shipped: this.#session.shipped, flawed: this.#session.flawed });
    if (this.#session.resume() || this.#begin(this.#state.source, this.#seed)) {
      return;
    }
    // The scenario asked for can't be run, and nothing runs yet: better the first than none.
    this.#want(FIRST_SCENARIO, undefined);
    this.#session.open(FIRST_SCENARIO);
  }

  /** The element left the page: its memory is given back. */
  sleep(): void {
    this.#attached = false;
    leave(this.#resident);
    this.#fallAsleep();
  }

  #fallAsleep(): void {
    this.#awake = false;
    this.#session.sleep();
    if (this.#stale) {
      // Another scenario was asked for in this very task.
      this.#session.forget();
    }
  }

  // --- what is shown of it ---

  /** Out of sight nothing moves and nothing is drawn, and no world begins. */
  set visible(visible: boolean) {
    this.#inSight = visible;
    this.#session.visible = visible;
    if (visible && this.#attached) {
      void this.wake();
    }
    if (this.run) {
      settle(this.#resident);
    }
  }

  /** Asks for a frame soon, even while paused. */
  redraw(): void {
    this.#session.redraw();
  }

  /** The colours may have changed. */
  refreshTheme(): void {
    this.#set({ colours: this.#state.colours + 1 });
  }

  /** Shows it in the inspector. */
  inspect(subject: Subject | undefined): void {
    if (subject && this.#state.tab !== "table") {
      this.#set({ tab: "inspect" });
    }
    if (!sameSubject(subject, this.#state.inspected)) {
      this.#set({ inspected: subject, wonder: undefined });
      this.#tellSelection();
      this.redraw();
    }
  }

  /** Asks why an entry of a replica's log is committed, or not. */
  askWhy(replica: number, index: number): void {
    this.inspect({ kind: "replica", id: replica });
    this.#set({ wonder: { replica, index } });
  }

  /** Selects a happening of the trace, or none. */
  point(happening: number | undefined): void {
    this.#set({ happening });
    this.redraw();
  }

  /** The columns that the stage shows of the logs, as it drew them last. */
  logsInSight: { readonly first: number; readonly columns: number; readonly last: number } = {
    first: 1,
    columns: 1,
    last: 0,
  };

  /** The logs show the entries from this index on, and stay there; none: they follow what happens. */
  pinLogs(first: number | undefined): void {
    const { logs } = this.#state;
    if (first === undefined && logs.zoom === 1) {
      this.#set({ logs: FOLLOWING });
    } else {
      const { columns, last } = this.logsInSight;
      const most = Math.max(1, last - Math.floor(columns / 2));
      const kept = first === undefined ? undefined : Math.max(1, Math.min(Math.round(first), most));
      this.#set({ logs: { ...logs, first: kept } });
    }
    this.redraw();
  }

  /** On or back in the logs, by a share of what is in sight. */
  moveLogs(share: number): void {
    const { first, columns } = this.logsInSight;
    this.pinLogs(first + Math.sign(share) * Math.max(1, Math.round(Math.abs(share) * columns)));
  }

  /** Entries so many times as wide. */
  zoomLogs(by: number): void {
    const { logs } = this.#state;
    const zoom = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, logs.zoom * by));
    const near = Math.abs(zoom - 1) < 0.05 ? 1 : zoom;
    this.#set({
      logs: near === 1 && logs.first === undefined ? FOLLOWING : { ...logs, zoom: near },
    });
    this.redraw();
  }

  select(replicas: readonly number[]): void {
    this.#set({ selected: replicas.toSorted((a, b) => a - b) });
    this.#tellSelection();
  }

  /** Selects a replica, or takes it out of the selection. */
  toggle(replica: number): void {
    const { selected } = this.#state;
    const rest = selected.filter((other) => other !== replica);
    this.select(rest.length < selected.length ? rest : [...selected, replica]);
  }

  /** Opens the action menu of a subject. */
  openMenu(subject: Subject): void {
    this.inspect(subject);
    if (subject.kind === "message" && this.playing) {
      this.pause();
      this.say("Paused, so that the message stays where it is.");
    }
    this.#set({ opened: subject });
  }

  closeMenu(): void {
    this.#set({ opened: undefined });
  }

  showTab(tab: Tab): void {
    // Whoever looks there looks away from the menu.
    this.#set({ tab, opened: undefined });
  }

  /** Shows the world in another way. */
  /** Tells everything that happened, as far as it is wanted; none: what matters. */
  tell(told: Told | undefined): void {
    this.#set({ told });
    this.redraw();
  }

  showAs(sight: Sight): void {
    this.#set({ sight });
    this.redraw();
  }

  showHelp(shown = true): void {
    this.#set({ helpShown: shown });
  }

  /** Puts a sentence into the status line. */
  say(text: string): void {
    this.#saidMs = performance.now();
    this.#set({ status: text });
  }

  closeFailure(): void {
    this.#set({ failure: undefined, givenUp: undefined });
  }

  #set(change: Partial<State>): void {
    const before = this.#state;
    const after = { ...before, ...change };
    this.#state = after;
    for (const observer of [...this.#observers]) {
      observer.stateChanged?.(before, after);
    }
  }

  /** A world begins, shown as its link wants, if it is one. */
  #begin(source: WorldSource, seed: number | undefined): boolean {
    if (!this.#session.open(source, seed)) {
      return false;
    }
    const shared = sharedIn(source);
    if (!shared) {
      // A file that was saved at some moment shows that one.
      this.playing = this.playing && this.time.isAtStart;
      if (!this.playing && this.time.isAtStart) {
        this.say(this.#still ? STILL : PAUSED);
      }
    } else {
      const { view, viewed, shipped, recording } = shared;
      // To start again is to begin the scenario without what was done to it.
      this.#set({ source: shipped ?? recording.scenario });
      this.speed = speedIn(view) ?? this.speed;
      // One that does not say whether it plays leaves that to the host.
      this.playing = (viewed ? !view.paused : this.playing) && !this.time.isHeavy;
      if (this.time.isHeavy) {
        this.say("A long run: it stays paused once it is there.");
      }
      const tab = TABS.find((name) => name === view.tab) ?? this.#state.tab;
      const sight = SIGHTS.find((name) => name === view.sight) ?? "ring";
      this.#set({
        tab,
        sight,
        span: view.span ?? undefined,
        inspected: subjectIn(view),
        logs: logsIn(view),
        told: toldIn(view),
      });
      this.time.compareWith(view.compared ?? undefined);
    }
    return true;
  }

  #want(source: WorldSource, seed: number | undefined): void {
    this.#seed = seed;
    this.#set({ source, seed: this.seed });
  }

  /** Scenario or seed were set: once both have been, the cluster starts anew. */
  #renew(): void {
    this.#wishes += 1;
    this.#session.forget();
    if (this.#stale) {
      return;
    }
    this.#stale = true;
    queueMicrotask(() => {
      const stale = this.#stale;
      this.#stale = false;
      if (stale && this.run) {
        this.open(this.#state.source, this.#seed, "host");
      }
    });
  }

  #sessionEvents(): SessionEvents {
    return {
      began: (simulation) => {
        this.#tale += 1;
        // The inspected subject is gone, and there is something new to read.
        const tab = this.#state.tab === "inspect" ? "story" : this.#state.tab;
        const now = this.time.now();
        const nothing = {
          ...NO_TIME,
          ...now,
          inspected: undefined,
          wonder: undefined,
          happening: undefined,
          selected: [],
          logs: FOLLOWING,
          undoable: [],
          status: "",
        };
        this.#set({ run: this.run, seed: this.seed, tab, ...nothing });
        settle(this.#resident);
        this.#send("raft-ready", { simulation });
      },
      ended: () => {
        this.#tale += 1;
        this.#unreported = [];
        this.#set({ ...NO_TIME, run: undefined, frame: undefined, journal: [], opened: undefined });
      },
      frame: (frame, notices) => this.#frame(frame, notices),
      moved: (progress) => {
        this.#tale += 1;
        this.#unreported = [];
        this.time.moved(progress);
      },
      changed: () => {
        const { playing, speed, slipping } = this.#session;
        this.#set({ playing, speed, slipping });
      },
      say: (text) => this.say(text),
      refused: (failure) => {
        this.say(failure.message);
        this.#send("raft-error", failure);
      },
      failed: (failure: Failure) => {
        this.#set({ failure: failure.message, givenUp: failure.recording });
        this.#send("raft-error", failure);
        if (failure.code === "stopped") {
          const { message } = failure;
          this.#report("person", { watched: {} }, { stopped: { message } });
        }
      },
    };
  }

  #frame(frame: Frame, notices: readonly Notice[]): void {
    for (const observer of [...this.#observers]) {
      observer.drawFrame?.(frame, notices);
    }
    this.#unreported.push(...notices);
    const nowMs = performance.now();
    if (this.playing && this.#state.status !== "" && nowMs - this.#saidMs >= SAID_MS) {
      // The world has gone on: it isn't true any more.
      this.#set({ status: "" });
    }
    if (!this.playing || nowMs - this.#panelsMs >= PANELS_MS) {
      this.#panelsMs = nowMs;
      const journal = withNotices(this.#state.journal, this.#unreported);
      this.#unreported = [];
      this.#set({ ...this.time.now(), frame, journal, slipping: this.#session.slipping });
    }
    // Last: a listener may do anything, even take the element out of the page. The rest is
    // then no news any more.
    const tale = this.#tale;
    for (const notice of notices) {
      if (tale !== this.#tale) {
        return;
      }
      this.#send("raft-notice", notice);
    }
  }

  /** Last, whenever something was done: a listener may do anything. */
  #report(by: By, did: Did, cameOfIt: CameOfIt): void {
    this.#send("raft-activity", activityIn(this.run, { by, did, cameOfIt }));
  }

  #tellSelection(): void {
    const { inspected, selected } = this.#state;
    this.#send("raft-select", { inspected, selected });
  }
}
