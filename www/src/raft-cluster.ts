/**
 * `<raft-cluster>`: a Raft cluster to watch and to put one's hands on.
 *
 * ```html
 * <raft-cluster scenario="leader-crash" seed="7" speed="0.1"></raft-cluster>
 * ```
 *
 * Attributes and properties: `scenario` (the name of a shipped one, JSON text, or as a
 * property an object), `seed`, `speed` (virtual time per wall time), `paused`,
 * `controls` (`full` or `none`), `theme` (`light`, `dark`; else as the system has it).
 * The events are in `events.ts`, the colours at the top of `stage/theme.ts`.
 *
 * Two elements on a page share the compiled core and nothing else.
 */
import { html, LitElement, nothing, type PropertyValues } from "lit";
import {
  type Action,
  type Answer,
  Due,
  type Notice,
  type Operation,
  type Scenario,
  type ShippedScenario,
  type Simulation,
  shippedScenarios,
} from "../pkg/raftarium.js";
import type { RaftClientForm } from "./client-form.js";
import { errorText, isSimulationError, loadCore } from "./core.js";
import { Driver, SPEED_MAX, SPEED_MIN } from "./driver.js";
import type { Failure, RaftClusterEventMap } from "./events.js";
import type { RaftHelp } from "./help.js";
import type { Host, Snapshot } from "./host.js";
import { closeIcon } from "./icons.js";
import { findMessage } from "./messages.js";
import type { RaftNarration } from "./narration.js";
import { defineParts } from "./parts.js";
import { layout } from "./raft-cluster.css.js";
import { type Keepsake, Run } from "./run.js";
import { acceptDrops } from "./scenario-file.js";
import type { RaftSide } from "./side.js";
import type { RaftStage } from "./stage-view.js";
import { type Subject, sameSubject } from "./subject.js";
import { palette, shared } from "./theme.js";
import type { RaftTransport } from "./transport.js";
import { messageText, replicaName, violationText } from "./words.js";

/** What runs if nothing else is asked for. */
const FIRST_SCENARIO = "first-election";
/** The panels are renewed this often while the world runs; the stage in each frame. */
const PANELS_MS = 125;
/** Only ticks for so long: there is nothing else to come. */
const TICKS_MAX = 100_000;

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: only overloads of its methods are added.
export class RaftCluster extends LitElement implements Host {
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
  };
  /** `none`: the stage alone. */
  declare controls: "full" | "none";
  declare theme: "light" | "dark" | undefined;
  declare inspected: Subject | undefined;
  declare selected: readonly number[];
  /** The world as the panels show it, a few times a second. */
  declare private panels: Snapshot | undefined;
  declare private status: string;
  declare private failure: string | undefined;

  /** The world as the last frame saw it. */
  snapshot: Snapshot | undefined;

  #run: Run | undefined;
  #driver: Driver | undefined;
  /** What was asked for: the running world is made from it. */
  #scenario: string | Scenario = FIRST_SCENARIO;
  #seed: number | undefined;
  #stale = true;
  #speed = 1 / 10;
  #playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** The world that was left when the element was taken out of the page. */
  #keepsake: Keepsake | undefined;
  #coreLoaded = false;
  #shipped: readonly ShippedScenario[] = [];
  #waiting: { resolve(run: Run): void; reject(error: Error): void }[] = [];
  #inSight = false;
  #panelsMs = 0;
  #untold: Notice[] = [];

  readonly #sight = new IntersectionObserver((entries) => {
    this.#inSight = entries.at(-1)?.isIntersecting ?? false;
    this.#look();
  });
  readonly #look = () => {
    if (this.#driver) {
      this.#driver.visible = this.#inSight && document.visibilityState === "visible";
    }
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

  /** The name of a shipped scenario, JSON text, or a scenario: the cluster starts anew. */
  get scenario(): string | Scenario {
    return this.#scenario;
  }

  set scenario(scenario: string | Scenario | null | undefined) {
    this.#scenario = scenario ?? FIRST_SCENARIO;
    this.#renew();
  }

  /** The seed in use. Another one: the cluster starts anew. */
  get seed(): number | undefined {
    return this.#run?.seed ?? this.#seed;
  }

  set seed(seed: number | null | undefined) {
    this.#seed = seed ?? undefined;
    this.#renew();
  }

  /** Virtual time per wall time, from 1/100 to 100. */
  get speed(): number {
    return this.#speed;
  }

  set speed(speed: number) {
    if (speed > 0) {
      this.#speed = Math.min(Math.max(speed, SPEED_MIN), SPEED_MAX);
      if (this.#driver) {
        this.#driver.speed = this.#speed;
      }
      this.requestUpdate();
    }
  }

  get playing(): boolean {
    return this.#playing;
  }

  set playing(playing: boolean) {
    this.#playing = playing;
    if (this.#driver) {
      this.#driver.playing = playing;
    }
    this.requestUpdate();
  }

  get paused(): boolean {
    return !this.#playing;
  }

  set paused(paused: boolean) {
    this.playing = !paused;
  }

  /**
   * The core itself; `undefined` before `raft-ready`. Who takes its `notices()` takes
   * them from the page.
   */
  get simulation(): Simulation | undefined {
    return this.#run?.simulation;
  }

  play(): void {
    this.playing = true;
  }

  pause(): void {
    this.playing = false;
  }

  /** Pauses, and lets the next event happen, whatever it is. */
  step(): void {
    this.pause();
    this.#guard(() => {
      const told = this.#describeNext();
      if (this.#driver?.step() !== undefined) {
        this.say(told);
      }
    });
  }

  /** Writes `value` under `key`, as client 1, and waits for the answer, in virtual time. */
  put(key: string, value: string): Promise<Answer> {
    return this.ask({ put: { key, value } });
  }

  /** Reads `key`, as client 1, and waits for the answer, in virtual time. */
  get(key: string): Promise<Answer> {
    return this.ask({ get: { key } });
  }

  /** Removes `key`, as client 1, and waits for the answer, in virtual time. */
  delete(key: string): Promise<Answer> {
    return this.ask({ delete: { key } });
  }

  /** Does something to the world. Throws a `SimulationError` if that can't be done. */
  apply(action: Action): void {
    if (!this.#run) {
      throw new Error("The cluster is not there yet: wait for raft-ready.");
    }
    this.#run.apply(action);
    this.#driver?.resync();
  }

  /** Reads the colours again, after the host changed a custom property. */
  refreshTheme(): void {
    this.renderRoot?.querySelector<RaftStage>("raft-stage")?.refreshTheme();
  }

  // --- what the parts ask; see `Host` ---

  get run(): Run | undefined {
    return this.#run;
  }

  ask(operation: Operation): Promise<Answer> {
    const answer = this.#whenRunning().then((run) => {
      const answer = run.request(operation);
      this.#driver?.resync();
      return answer;
    });
    // Whoever asked may look away: that is no error of the page.
    answer.catch(() => undefined);
    return answer;
  }

  attempt(action: Action): boolean {
    return this.#guard(() => {
      this.apply(action);
      this.say("");
    });
  }

  stepOverTicks(): void {
    this.pause();
    this.#guard(() => {
      const driver = this.#driver;
      for (let ticks = 0; driver && ticks < TICKS_MAX; ticks += 1) {
        const told = this.#describeNext();
        if (driver.step() !== Due.Tick) {
          this.say(told);
          return;
        }
      }
      this.say("Nothing but ticks is to come.");
    });
  }

  rewind(events: number): void {
    this.pause();
    this.#guard(() => {
      this.#run?.rewind(events);
      this.#driver?.resync();
      this.#untold = [];
      this.#part<RaftNarration>("raft-narration")?.forgetAfter(events);
      this.say(`Back at event ${events}.`);
    });
  }

  open(scenario: string | Scenario, seed?: number): boolean {
    if (!this.#coreLoaded) {
      this.#scenario = scenario;
      this.#seed = seed;
      return true;
    }
    let run: Run;
    try {
      run = Run.open(this.#textOf(scenario), seed);
    } catch (error) {
      this.#complain(
        `This scenario can't be run. ${errorText(error)}`,
        error,
        isSimulationError(error) ? error.code : "core",
      );
      return false;
    }
    this.#scenario = scenario;
    this.#seed = seed;
    this.#stale = false;
    this.failure = undefined;
    this.#start(run);
    return true;
  }

  inspect(subject: Subject | undefined): void {
    const side = this.#part<RaftSide>("raft-side");
    if (subject && side && side.tab !== "table") {
      side.tab = "inspect";
    }
    if (!sameSubject(subject, this.inspected)) {
      this.inspected = subject;
      this.#tellSelection();
      this.#driver?.redraw();
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
    this.#part<RaftHelp>("raft-help")?.show();
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
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new Error("The cluster was taken out of the page."));
    }
    if (this.#run && this.snapshot) {
      this.#keepsake = this.#run.keepsake(this.snapshot.view.events);
    }
    this.#end();
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
    return html`<div class=${full ? "cluster" : "cluster bare"}>
      ${full ? this.#bar() : nothing}
      ${this.failure === undefined ? nothing : this.#banner(this.failure)}
      <raft-stage
        .host=${this}
        .snapshot=${this.panels}
        .playing=${this.#playing}
        .selected=${this.selected}
        .redraw=${this.#redraw}
      ></raft-stage>
      ${full ? this.#controls() : nothing}
      <p class="status" role="status">${this.status}</p>
      ${full ? this.#sides() : nothing}
      <raft-help></raft-help>
    </div>`;
  }

  readonly #redraw = () => this.#driver?.redraw();
  readonly #openActions = (subject: Subject) => this.#part<RaftStage>("raft-stage")?.open(subject);

  #bar() {
    return html`<raft-scenario-bar
      .host=${this}
      .shipped=${this.#shipped}
      .source=${this.#scenario}
      .caption=${this.#run?.scenario.title ?? ""}
      .seed=${this.seed}
    ></raft-scenario-bar>`;
  }

  #banner(failure: string) {
    return html`<div class="banner" role="alert">
      <p>${failure}</p>
      <button
        class="plain"
        aria-label="Close this message"
        @click=${() => {
          this.failure = undefined;
        }}
      >
        ${closeIcon}
      </button>
    </div>`;
  }

  #controls() {
    return html`
      <raft-transport
        .host=${this}
        .playing=${this.#playing}
        .slipping=${this.#driver?.slipping ?? false}
        .speed=${this.#speed}
      ></raft-transport>
      <raft-client-form .host=${this} .playing=${this.#playing}></raft-client-form>
    `;
  }

  #sides() {
    return html`<div class="sides">
      <raft-side
        .host=${this}
        .snapshot=${this.panels}
        .inspected=${this.inspected}
        .selected=${this.selected}
        .open=${this.#openActions}
      ></raft-side>
      <raft-narration .host=${this}></raft-narration>
    </div>`;
  }

  #part<T extends Element>(name: string): T | null {
    return this.renderRoot.querySelector<T>(name);
  }

  /** The core is there, and the element in the page: the world begins, or goes on. */
  async #wake(): Promise<void> {
    try {
      await loadCore();
    } catch (error) {
      this.#complain(`The core could not be loaded. ${errorText(error)}`, error, "core");
      return;
    }
    if (!this.isConnected || this.#run) {
      return;
    }
    this.#coreLoaded = true;
    this.#shipped = shippedScenarios();
    const keepsake = this.#keepsake;
    this.#keepsake = undefined;
    if (keepsake && !this.#stale) {
      this.#start(Run.replay(keepsake));
    } else if (!this.open(this.#scenario, this.#seed)) {
      // What was asked for can't be run, and nothing runs yet: better the first than none.
      const failure = this.failure;
      this.open(FIRST_SCENARIO);
      this.failure = failure;
    }
  }

  /** Scenario or seed were set: once both have been, the cluster starts anew. */
  #renew(): void {
    if (this.#stale) {
      return;
    }
    this.#stale = true;
    queueMicrotask(() => {
      if (this.#stale && this.#run) {
        this.#stale = false;
        this.open(this.#scenario, this.#seed);
      }
    });
  }

  #start(run: Run): void {
    this.#end();
    this.#run = run;
    const driver = new Driver(run.simulation, {
      frame: (nowUs, notices) => this.#frame(run, nowUs, notices),
      fault: (error) => this.#fault(error),
    });
    driver.speed = this.#speed;
    driver.playing = this.#playing;
    this.#driver = driver;
    this.inspected = undefined;
    this.selected = [];
    this.status = "";
    this.#look();
    for (const { resolve } of this.#waiting.splice(0)) {
      resolve(run);
    }
    this.requestUpdate();
    this.#send("raft-ready", { simulation: run.simulation });
  }

  /** Lets go of the running world. */
  #end(): void {
    this.#driver?.stop();
    this.#driver = undefined;
    const run = this.#run;
    this.#run = undefined;
    this.snapshot = undefined;
    this.panels = undefined;
    this.#untold = [];
    this.#part<RaftStage>("raft-stage")?.reset();
    this.#part<RaftNarration>("raft-narration")?.forgetAfter(-1);
    this.#part<RaftClientForm>("raft-client-form")?.forget();
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

  #frame(run: Run, nowUs: number, notices: Notice[]): void {
    const { simulation } = run;
    const snapshot = { view: simulation.view(), messages: simulation.messages(), nowUs };
    this.snapshot = snapshot;
    this.#part<RaftStage>("raft-stage")?.draw(snapshot, notices);
    this.#part<RaftTransport>("raft-transport")?.tell(nowUs, snapshot.view.events);
    this.#untold.push(...notices);
    const nowMs = performance.now();
    if (!this.#playing || nowMs - this.#panelsMs >= PANELS_MS) {
      this.#panelsMs = nowMs;
      this.panels = snapshot;
      this.#part<RaftNarration>("raft-narration")?.tell(this.#untold);
      this.#untold = [];
    }
    const { violation } = snapshot.view;
    if (violation && this.#playing) {
      this.pause();
      this.failure = `${violationText(violation)} The world has stopped; it can be inspected, and you can go back in time.`;
    }
    run.hear(notices);
    // Last: a listener may do anything, even take the element out of the page.
    for (const notice of notices) {
      this.#send("raft-notice", notice);
    }
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

  /** Calls into the core; says what it refuses. Answers whether it was done. */
  #guard(call: () => void): boolean {
    try {
      call();
      return true;
    } catch (error) {
      if (isSimulationError(error)) {
        this.say(errorText(error));
        this.#send("raft-error", {
          message: errorText(error),
          code: error.code,
          path: error.path,
        });
      } else {
        this.#fault(error);
      }
      return false;
    }
  }

  /** The core failed. What it was is played again from its recording, up to the last frame. */
  #fault(error: unknown): void {
    console.error(error);
    const events = this.snapshot?.view.events ?? 0;
    const keepsake = this.#run?.keepsake(events);
    this.pause();
    this.#end();
    const what = `The core failed after event ${events}: ${errorText(error)}. That is a fault of this program, not of Raft.`;
    try {
      if (keepsake) {
        this.#start(Run.replay(keepsake));
      }
      this.#complain(`${what} The cluster was played again up to that moment.`, error, "core");
    } catch {
      this.#complain(`${what} Reload the page to go on.`, error, "core");
    }
  }

  #complain(message: string, error: unknown, code: Failure["code"]): void {
    this.failure = message;
    const path = isSimulationError(error) ? error.path : undefined;
    this.#send("raft-error", { message, code, path });
  }

  /** A shipped scenario by its name; anything else is JSON text or an object already. */
  #textOf(scenario: string | Scenario): string | Scenario {
    const shipped = this.#shipped.find(({ name }) => name === scenario);
    if (shipped) {
      return shipped.scenario;
    }
    if (typeof scenario === "string" && /^[\w-]*$/.test(scenario.trim())) {
      throw new Error(`There is no scenario named “${scenario}”.`);
    }
    return scenario;
  }

  #tellSelection(): void {
    this.#send("raft-select", { inspected: this.inspected, selected: this.selected });
  }

  #send<K extends keyof RaftClusterEventMap>(
    name: K,
    detail: RaftClusterEventMap[K]["detail"],
  ): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
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
