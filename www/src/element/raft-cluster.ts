/**
 * `<raft-cluster>`: a Raft cluster to watch and to put one's hands on.
 *
 * ```html
 * <raft-cluster scenario="leader-crash" seed="7" speed="0.1"></raft-cluster>
 * ```
 *
 * Attributes and properties: `scenario` (the name of a shipped one, JSON text of a scenario,
 * a recording or a test file of the course, or as a property an object), `seed`, `speed` (virtual time per wall time), `paused`,
 * `controls` (`full` or `none`), `theme` (`light`, `dark`; else as the system has it).
 * The events are in `events.ts`, the colours at the top of `stage/paint/palette.ts`.
 *
 * Two elements on a page share the compiled core and nothing else.
 */
import { html, LitElement, nothing, type PropertyValues } from "lit";
import type {
  Action,
  Answer,
  Notice,
  Operation,
  ReadMode,
  Recording,
  Simulation,
} from "../../pkg/raftarium.js";
import { banner } from "../controls/banner.js";
import { acceptDrops } from "../controls/scenario-file.js";
import type { Frame, Host } from "../core/controller.js";
import type { RunningWorld, WorldSource } from "../core/running-world.js";
import { Session, type SessionEvents } from "../core/session.js";
import { type Subject, sameSubject } from "../core/subject.js";
import { anyDocument } from "../ui/any-document.js";
import { palette, shared } from "../ui/shared.css.js";
import type { RaftClusterEventMap } from "./events.js";
import { layout } from "./raft-cluster.css.js";
import { defineParts } from "./register.js";

/** What runs if nothing else is asked for. */
const FIRST_SCENARIO = "first-election";
/** The panels are renewed this often while the world runs; the stage in each frame. */
const PANELS_MS = 125;
/** A listener that brings about what it listens to stops being told so deep within itself. */
const NESTED_MAX = 20;

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: only overloads of its methods are added.
export class RaftCluster extends anyDocument(LitElement) implements Host {
  static override properties = {
    scenario: { noAccessor: true },
    seed: { type: Number, noAccessor: true },
    speed: { type: Number, noAccessor: true },
    paused: { type: Boolean, noAccessor: true },
    controls: {},
    theme: {},
    panels: { state: true },
    inspected: { state: true },
    selected: { state: true },
    status: { state: true },
    failure: { state: true },
    givenUp: { state: true },
  };
  /** `none`: the stage alone. */
  declare controls: "full" | "none";
  declare theme: "light" | "dark" | undefined;
  declare inspected: Subject | undefined;
  declare selected: readonly number[];
  /** The world as the panels show it, a few times a second. */
  declare private panels: Frame | undefined;
  declare private status: string;
  declare private failure: string | undefined;
  /** The world that a failure has cost something of. */
  declare private givenUp: Recording | undefined;

  /** What was asked for: the running world is made from it. */
  #scenario: WorldSource = FIRST_SCENARIO;
  #seed: number | undefined;
  /** Whether the running world is not yet the one that was asked for. */
  #stale = false;
  #inSight = false;
  #panelsMs = 0;
  #unreported: Notice[] = [];
  /** Counts how often what was told before has come to an end, or has never happened. */
  #tale = 0;
  /** Counts how often a scenario or a seed was asked for. */
  #wishes = 0;
  #sending = 0;

  readonly #session = new Session(this.#events(), !prefersStillness());
  readonly #sight = new IntersectionObserver((entries) => {
    this.#inSight = entries.at(-1)?.isIntersecting ?? false;
    this.#look();
  });
  readonly #look = () => {
    this.#session.visible = this.#inSight && document.visibilityState === "visible";
  };
  readonly #scheme = matchMedia("(prefers-color-scheme: dark)");
  readonly #recolour = () => this.refreshTheme();

  static override styles = [shared, palette, layout];

  /** Makes `<raft-cluster>` known to the page. */
  static define(): void {
    defineParts();
    if (!customElements.get("raft-cluster")) {
      customElements.define("raft-cluster", RaftCluster);
    }
  }

  constructor() {
    super();
    this.controls = "full";
    this.selected = [];
    this.status = "";
  }

  // --- what a host sets and asks ---

  /** The name of a shipped scenario, JSON text, a scenario, or a recording: starts anew. */
  get scenario(): WorldSource {
    return this.#scenario;
  }

  set scenario(scenario: WorldSource | null | undefined) {
    this.#scenario = scenario ?? FIRST_SCENARIO;
    this.#renew();
  }

  /** The seed in use. Another one: the cluster starts anew. */
  get seed(): number | undefined {
    return this.run?.seed ?? this.#seed;
  }

  set seed(seed: number | null | undefined) {
    this.#seed = seed ?? undefined;
    this.#renew();
  }

  /** Virtual time per wall time, from 1/100 to 100. */
  get speed(): number {
    return this.#session.speed;
  }

  set speed(speed: number) {
    this.#session.speed = speed;
  }

  get playing(): boolean {
    return this.#session.playing;
  }

  set playing(playing: boolean) {
    this.#session.playing = playing;
  }

  get paused(): boolean {
    return !this.playing;
  }

  set paused(paused: boolean) {
    this.playing = !paused;
  }

  /**
   * The core itself; `undefined` before `raft-ready` and out of the page. Who takes its
   * `notices()` takes them from the page. Once another world has begun, or the element
   * has left the page, its calls throw a `NoWorldError`.
   */
  get simulation(): Simulation | undefined {
    return this.run?.simulation;
  }

  /** The world as the last frame saw it. */
  get snapshot(): Frame | undefined {
    return this.#session.snapshot;
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

  /**
   * Writes `value` under `key`, as client 1, and waits for the answer, in virtual time. Before
   * `raft-ready` it waits for the world, too. Rejects with a `SimulationError` if that can't
   * be done, with a `NoWorldError` if the world is left before it answers, and with a
   * `CoreError` if the core fails.
   */
  put(key: string, value: string): Promise<Answer> {
    return this.ask({ put: { key, value } });
  }

  /**
   * Reads `key`, as client 1, and waits for the answer, in virtual time. `reads` says how
   * it is served; else the protocol's settings do.
   */
  get(key: string, reads?: ReadMode): Promise<Answer> {
    return this.ask({ get: { key } }, reads);
  }

  /** Removes `key`, as client 1, and waits for the answer, in virtual time. */
  delete(key: string): Promise<Answer> {
    return this.ask({ delete: { key } });
  }

  /**
   * Does something to the world. Throws a `SimulationError` if that can't be done, and a
   * `NoWorldError` if there is no world yet, or no more.
   */
  apply(action: Action): void {
    this.#session.apply(action);
  }

  /** Reads the colours again, after the host changed a custom property. */
  refreshTheme(): void {
    this.#part("raft-stage")?.refreshTheme();
    this.#part("raft-side-panel")?.refreshTheme();
  }

  // --- what the parts ask; see `Host` ---

  get run(): RunningWorld | undefined {
    return this.#session.run;
  }

  ask(operation: Operation, reads?: ReadMode): Promise<Answer> {
    return this.#session.ask(operation, reads);
  }

  attempt(action: Action): boolean {
    return this.#session.attempt(() => {
      this.#session.apply(action);
      this.say("");
    });
  }

  stepOverTicks(): void {
    this.#session.stepOverTicks();
  }

  rewind(events: number): void {
    this.#session.rewind(events);
  }

  goTo(events: number): void {
    this.#session.goTo(events);
  }

  open(scenario: WorldSource, seed?: number): boolean {
    // Before there is a core, or out of the page, a world can only be asked for.
    if (!this.run && !(this.isConnected && this.#session.shipped.length > 0)) {
      this.#session.forget();
      this.#scenario = scenario;
      this.#seed = seed;
      return true;
    }
    // Set before, since who hears of the new world may open another.
    const before = { scenario: this.#scenario, seed: this.#seed };
    this.#wishes += 1;
    const wish = this.#wishes;
    this.#stale = false;
    this.#scenario = scenario;
    this.#seed = seed;
    const { failure, givenUp } = this;
    this.failure = undefined;
    this.givenUp = undefined;
    if (this.#session.open(scenario, seed)) {
      return true;
    }
    if (wish === this.#wishes) {
      ({ scenario: this.#scenario, seed: this.#seed } = before);
    }
    this.failure ??= failure;
    this.givenUp ??= givenUp;
    return false;
  }

  inspect(subject: Subject | undefined): void {
    const side = this.#part("raft-side-panel");
    if (subject && side && side.tab !== "table") {
      side.tab = "inspect";
    }
    if (!sameSubject(subject, this.inspected)) {
      this.inspected = subject;
      this.#tellSelection();
      this.#session.redraw();
    }
  }

  select(replicas: readonly number[]): void {
    this.selected = replicas.toSorted((a, b) => a - b);
    this.#tellSelection();
  }

  say(text: string): void {
    this.status = text;
  }

  showHelp(): void {
    this.#part("raft-help")?.show();
  }

  // --- life ---

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sight.observe(this);
    document.addEventListener("visibilitychange", this.#look);
    this.#scheme.addEventListener("change", this.#recolour);
    void this.#wake();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sight.disconnect();
    document.removeEventListener("visibilitychange", this.#look);
    this.#scheme.removeEventListener("change", this.#recolour);
    this.#session.sleep();
    if (this.#stale) {
      // Another scenario was asked for in this very task.
      this.#session.forget();
    }
  }

  override firstUpdated(): void {
    const frame = this.renderRoot.querySelector<HTMLElement>(".cluster");
    if (frame) {
      acceptDrops(frame, this);
    }
  }

  override updated(changed: PropertyValues): void {
    if (changed.has("theme")) {
      this.refreshTheme();
    }
  }

  override render() {
    const full = this.controls !== "none";
    const { flaw } = this.run?.scenario ?? {};
    return html`<div class=${full ? "cluster" : "cluster bare"}>
      ${full ? this.#bar() : nothing}
      ${this.failure === undefined ? nothing : banner(this.failure, this.givenUp, this.#closeBanner)}
      <div class="stage">
        <raft-flaw .flaw=${flaw} .told=${!full}></raft-flaw>
        <raft-stage
          .host=${this}
          .snapshot=${this.panels}
          .playing=${this.playing}
          .selected=${this.selected}
          .redraw=${this.#redraw}
        ></raft-stage>
      </div>
      ${full ? this.#controls() : nothing}
      <p class="status" role="status">${this.status}</p>
      ${full ? this.#sides() : nothing}
      <raft-help></raft-help>
    </div>`;
  }

  readonly #redraw = () => this.#session.redraw();
  readonly #openActions = (subject: Subject) => this.#part("raft-stage")?.open(subject);

  #bar() {
    return html`<raft-scenario-bar
      .host=${this}
      .shipped=${this.#session.shipped}
      .flawed=${this.#session.flawed}
      .source=${this.#scenario}
      .running=${this.run?.scenario}
      .seed=${this.seed}
    ></raft-scenario-bar>`;
  }

  readonly #closeBanner = () => {
    this.failure = undefined;
    this.givenUp = undefined;
  };

  #controls() {
    return html`
      <raft-transport
        .host=${this}
        .playing=${this.playing}
        .slipping=${this.#session.slipping}
        .speed=${this.speed}
      ></raft-transport>
      <raft-client-form .host=${this} .playing=${this.playing}></raft-client-form>
    `;
  }

  #sides() {
    return html`<div class="sides">
      <raft-side-panel
        .host=${this}
        .snapshot=${this.panels}
        .inspected=${this.inspected}
        .selected=${this.selected}
        .open=${this.#openActions}
      ></raft-side-panel>
      <raft-narration .host=${this} .flaw=${this.run?.scenario.flaw}></raft-narration>
    </div>`;
  }

  #part<Name extends keyof HTMLElementTagNameMap>(name: Name) {
    return this.renderRoot?.querySelector(name);
  }

  /** The core is there, and the element in the page: a world begins, or goes on. */
  async #wake(): Promise<void> {
    if (!(await this.#session.load()) || !this.isConnected || this.run) {
      return;
    }
    this.requestUpdate();
    if (this.#session.resume() || this.#session.open(this.#scenario, this.#seed)) {
      return;
    }
    // What was asked for can't be run, and nothing runs yet: better the first than none.
    this.#scenario = FIRST_SCENARIO;
    this.#seed = undefined;
    this.#session.open(FIRST_SCENARIO);
  }

  /** What the session tells, and how it is shown. */
  #events(): SessionEvents {
    return {
      began: (simulation) => {
        this.#tale += 1;
        this.inspected = undefined;
        this.selected = [];
        this.status = "";
        this.#part("raft-side-panel")?.tellStory();
        this.requestUpdate();
        this.#send("raft-ready", { simulation });
      },
      ended: () => {
        this.#tale += 1;
        this.panels = undefined;
        this.#unreported = [];
        this.#part("raft-stage")?.reset();
        this.#part("raft-narration")?.forgetAfter(-1);
        this.#part("raft-client-form")?.forget();
      },
      frame: (snapshot, notices) => this.#frame(snapshot, notices),
      wentBack: (events) => {
        this.#tale += 1;
        this.#unreported = [];
        this.#part("raft-narration")?.forgetAfter(events);
      },
      changed: () => this.requestUpdate(),
      say: (text) => this.say(text),
      refused: (failure) => {
        this.say(failure.message);
        this.#send("raft-error", failure);
      },
      failed: (failure) => {
        this.failure = failure.message;
        this.givenUp = failure.recording;
        this.#send("raft-error", failure);
      },
    };
  }

  #frame(snapshot: Frame, notices: readonly Notice[]): void {
    this.#part("raft-stage")?.draw(snapshot, notices);
    this.#part("raft-transport")?.tell(snapshot.nowUs, snapshot.view.events);
    this.#unreported.push(...notices);
    const nowMs = performance.now();
    if (!this.playing || nowMs - this.#panelsMs >= PANELS_MS) {
      this.#panelsMs = nowMs;
      this.panels = snapshot;
      this.#part("raft-narration")?.tell(this.#unreported);
      this.#unreported = [];
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
        this.open(this.#scenario, this.#seed);
      }
    });
  }

  #tellSelection(): void {
    this.#send("raft-select", { inspected: this.inspected, selected: this.selected });
  }

  #send<K extends keyof RaftClusterEventMap>(
    name: K,
    detail: RaftClusterEventMap[K]["detail"],
  ): void {
    if (this.#sending >= NESTED_MAX) {
      console.warn(`A listener to ${name} brings about what it listens to, again and again.`);
      return;
    }
    this.#sending += 1;
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
    this.#sending -= 1;
  }
}

function prefersStillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

type Listener<E> = ((event: E) => void) | { handleEvent(event: E): void };

export interface RaftCluster {
  addEventListener<K extends keyof RaftClusterEventMap>(
    type: K,
    listener: Listener<RaftClusterEventMap[K]>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof RaftClusterEventMap>(
    type: K,
    listener: Listener<RaftClusterEventMap[K]>,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "raft-cluster": RaftCluster;
  }
}
