/**
 * `<raft-cluster>`: a Raft cluster to watch and to act on.
 *
 * ```html
 * <raft-cluster scenario="leader-crash" seed="7" speed="0.1"></raft-cluster>
 * ```
 *
 * Attributes and properties: `scenario` (the name of a shipped one, or JSON text of a
 * scenario, a recording or a test file of the course; as a property also an object), `link` (the
 * fragment of a link: a moment of a run), `seed`, `speed` (virtual time per wall time), `paused`,
 * `controls` and `parts` (see `options.ts`), `theme` (`light`, `dark`; otherwise as the system has
 * it). The events are in `core/events.ts`, the colours at the top of `stage/paint/palette.ts`. Its
 * children are shown where there is no cluster: without JavaScript, without WebAssembly, on paper.
 *
 * This is the outside of the element: what a host sets and asks, and the life of a custom
 * element. Everything else is in the controller, which the parts share. Two elements on a
 * page share the compiled core and nothing else.
 */
import { html, LitElement, nothing, type PropertyValues } from "lit";
import type { Action, Answer, Operation, ReadMode, Simulation } from "../../pkg/raftarium.js";
import { banner } from "../controls/banner.js";
import { acceptDrops } from "../controls/scenario-file.js";
import { Controller, type Sight, type State } from "../core/controller.js";
import type { RaftClusterEventMap } from "../core/events.js";
import type { Frame } from "../core/session.js";
import type { Subject } from "../core/subject.js";
import type { RunningWorld, WorldSource } from "../core/world/running-world.js";
import { ALL_SHOWN, type Shown } from "../stage/paint/layout.js";
import { anyDocument } from "../ui/any-document.js";
import { defineOwnRem, inOwnRem } from "../ui/own-rem.js";
import { ownSize, palette, reset, shared } from "../ui/shared.css.js";
import { type Controls, controlsIn, hasStage, type PartName, partsIn } from "./options.js";
import { layout } from "./raft-cluster.css.js";
import { defineParts } from "./register.js";
import { VERSION } from "./version.js";

/** A listener that brings about the event that it listens to is no longer told this deep within itself. */
const NESTED_MAX = 20;
/** The fields of the state that the frame around the parts is drawn from. */
const DRAWS: readonly (keyof State)[] = [
  "run",
  "status",
  "failure",
  "givenUp",
  "unavailable",
  "sight",
];
const SIGHTS: Record<Sight, string> = { ring: "Ring", both: "Both", spacetime: "Space-time" };

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: only overloads of its methods are added.
export class RaftCluster extends anyDocument(LitElement) {
  static override properties = {
    scenario: { noAccessor: true },
    link: { noAccessor: true },
    seed: { type: Number, noAccessor: true },
    speed: { type: Number, noAccessor: true },
    paused: { type: Boolean, noAccessor: true },
    playing: { attribute: false, noAccessor: true },
    controls: {},
    parts: {},
    theme: {},
    replaced: { state: true },
  };
  /** `none`, `play`, `steps` or `all`. */
  declare controls: string | null;
  /** Names of parts; see `options.ts`. */
  declare parts: string | null;
  declare theme: "light" | "dark" | undefined;

  /** Shared by the parts. */
  readonly controller = new Controller(
    (name, detail) => this.#send(name, detail),
    !prefersStillness(),
  );

  /** Whether there are children to show in its place on paper. */
  declare private replaced: boolean;

  #inSight = false;
  #sending = 0;
  #shown = ALL_SHOWN;
  readonly #sight = new IntersectionObserver((entries) => {
    this.#inSight = entries.at(-1)?.isIntersecting ?? false;
    this.#look();
  });
  readonly #look = () => {
    this.controller.visible = this.#inSight && document.visibilityState === "visible";
  };
  readonly #scheme = matchMedia("(prefers-color-scheme: dark)");
  readonly #recolour = () => this.refreshTheme();

  static override styles = [reset, shared, ownSize, palette, layout].map(inOwnRem);

  /** Of Raftarium. */
  static readonly version = VERSION;

  /** Makes `<raft-cluster>` known to the page, unless it is already. */
  static define(): void {
    defineOwnRem(window);
    defineParts();
    if (!customElements.get("raft-cluster")) {
      customElements.define("raft-cluster", RaftCluster);
    }
  }

  constructor() {
    super();
    this.controls = "all";
    this.parts = null;
    this.replaced = false;
    this.controller.observe({
      stateChanged: (before, after) => {
        if (DRAWS.some((name) => before[name] !== after[name])) {
          this.requestUpdate();
        }
      },
    });
  }

  // --- what a host sets ---

  /** The name of a shipped scenario, JSON text, a scenario, or a recording: starts anew. */
  get scenario(): WorldSource {
    return this.controller.source;
  }

  set scenario(scenario: WorldSource | null | undefined) {
    this.controller.source = scenario;
  }

  /**
   * The fragment of a link to the moment that is shown, with all that was done; `undefined` before
   * `raft-ready`, and where it would be too long. Setting it opens that moment.
   */
  get link(): string | undefined {
    const fragment = this.controller.sharing.address()?.fragment;
    return fragment === undefined ? undefined : `#${fragment}`;
  }

  set link(link: string | null | undefined) {
    if (link !== null && link !== undefined && link !== "") {
      // A whole address is taken too.
      this.controller.source = link.slice(Math.max(0, link.indexOf("#"))).replace(/^#?/, "#");
    }
  }

  /** The seed in use. Another one: the cluster starts anew. */
  get seed(): number | undefined {
    return this.controller.seed;
  }

  set seed(seed: number | null | undefined) {
    this.controller.seed = seed;
  }

  /** Virtual time per wall time, from 1/100 to 100. */
  get speed(): number {
    return this.controller.speed;
  }

  set speed(speed: number) {
    this.controller.speed = speed;
  }

  get playing(): boolean {
    return this.controller.playing;
  }

  set playing(playing: boolean) {
    this.controller.playing = playing;
  }

  get paused(): boolean {
    return !this.playing;
  }

  set paused(paused: boolean) {
    this.playing = !paused;
  }

  // --- what a host asks; see `Controller` ---

  /**
   * The core itself; `undefined` before `raft-ready` and out of the page. Calling its
   * `notices()` takes them away from the page. Once another world has begun, or the element
   * has left the page, its calls throw a `NoWorldError`.
   */
  get simulation(): Simulation | undefined {
    return this.run?.simulation;
  }

  get run(): RunningWorld | undefined {
    return this.controller.run;
  }

  /** The world as the last frame saw it. */
  get snapshot(): Frame | undefined {
    return this.controller.frame;
  }

  get inspected(): Subject | undefined {
    return this.controller.state.inspected;
  }

  get selected(): readonly number[] {
    return this.controller.state.selected;
  }

  play(): void {
    this.controller.play();
  }

  pause(): void {
    this.controller.pause();
  }

  /** Pauses, and lets the next event happen, whatever it is. */
  step(): void {
    this.controller.step();
  }

  /** Pauses, and goes on to the next event that is more than a tick of a clock. */
  stepOverTicks(): void {
    this.controller.stepOverTicks();
  }

  /** Back to the moment after that many events; what came later is kept. */
  rewind(events: number): void {
    this.controller.goTo(events);
  }

  /** To the moment after that many events, back or on. */
  goTo(events: number): void {
    this.controller.goTo(events);
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

  /** Any operation, as client 1; see `put`. */
  ask(operation: Operation, reads?: ReadMode): Promise<Answer> {
    return this.controller.ask(operation, reads, "host");
  }

  /**
   * Does something to the world. Throws a `SimulationError` if that can't be done, and a
   * `NoWorldError` if there is no world yet, or no longer one.
   */
  apply(action: Action): void {
    this.controller.apply(action, "host");
  }

  /** Does something to the world, or says why not in the status line. Returns whether it was done. */
  attempt(action: Action): boolean {
    return this.controller.attempt(action, "host");
  }

  /** Runs another scenario or recording, or says what is wrong with it and leaves the running one alone. */
  open(scenario: WorldSource, seed?: number): boolean {
    return this.controller.open(scenario, seed, "host");
  }

  /** Shows it in the inspector. */
  inspect(subject: Subject | undefined): void {
    this.controller.inspect(subject);
  }

  select(replicas: readonly number[]): void {
    this.controller.select(replicas);
  }

  /** Puts a sentence into the status line. */
  say(text: string): void {
    this.controller.say(text);
  }

  /** Puts the focus on the stage, where it was last. */
  focusStage(): void {
    this.renderRoot.querySelector("raft-stage")?.focus();
  }

  showHelp(): void {
    this.controller.showHelp();
  }

  /** Reads the colours again, after the host changed a custom property. */
  refreshTheme(): void {
    this.controller.refreshTheme();
  }

  // --- the life of the element ---

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sight.observe(this);
    document.addEventListener("visibilitychange", this.#look);
    this.#scheme.addEventListener("change", this.#recolour);
    this.controller.attach();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sight.disconnect();
    document.removeEventListener("visibilitychange", this.#look);
    this.#scheme.removeEventListener("change", this.#recolour);
    this.controller.sleep();
  }

  override firstUpdated(): void {
    const frame = this.renderRoot.querySelector<HTMLElement>(".cluster");
    if (frame) {
      acceptDrops(frame, this.controller);
    }
  }

  override updated(changed: PropertyValues): void {
    if (changed.has("theme")) {
      this.refreshTheme();
    }
  }

  override render() {
    const { controller } = this;
    const { unavailable } = controller.state;
    const children = html`<slot
      @slotchange=${({ target }: Event) => {
        this.replaced = (target as HTMLSlotElement).assignedElements().length > 0;
      }}
    ></slot>`;
    if (unavailable !== undefined) {
      return html`<div class="absent" part="absent">
        <p role="alert">${unavailable}</p>
        ${children}
      </div>`;
    }
    return html`<div class="instead">${children}</div>
      ${this.#cluster()}`;
  }

  #cluster() {
    const { controller } = this;
    const { run, status, failure, givenUp, sight } = controller.state;
    const controls = controlsIn(this.controls);
    const parts = partsIn(this.parts, controls);
    const sided = parts.has("story") || parts.has("narration");
    const full = controls === "all" && hasStage(parts);
    const steps = controls === "steps" || controls === "all";
    const kinds = [
      "cluster",
      full ? "full" : "",
      sided ? "sided" : "",
      this.replaced ? "replaced" : "",
    ];
    return html`<div class=${kinds.filter(Boolean).join(" ")} lang="en" dir="ltr">
      ${
        controls === "all"
          ? html`<raft-scenario-bar part="scenario" .controller=${controller}></raft-scenario-bar>`
          : nothing
      }
      ${failure === undefined ? nothing : banner(failure, givenUp, () => controller.closeFailure())}
      <div class="stage">
        <raft-flaw .flaw=${run?.scenario.flaw} .told=${!parts.has("story")}></raft-flaw>
        ${full ? this.#sights() : nothing}
        ${
          hasStage(parts)
            ? html`<raft-stage
                part="stage"
                .controller=${controller}
                .shown=${this.#shownOf(parts)}
                ?hidden=${full && sight === "spacetime"}
              ></raft-stage>`
            : nothing
        }
        ${full && sight !== "ring" ? html`<raft-spacetime .controller=${controller}></raft-spacetime>` : nothing}
      </div>
      ${steps ? html`<raft-timeline part="timeline" .controller=${controller}></raft-timeline>` : nothing}
      ${full ? html`<raft-now .controller=${controller}></raft-now>` : nothing}
      ${
        controls === "none"
          ? nothing
          : html`<raft-transport
              part="transport"
              .controller=${controller}
              .level=${controls}
            ></raft-transport>`
      }
      ${parts.has("form") ? html`<raft-client-form part="form" .controller=${controller}></raft-client-form>` : nothing}
      <p class="status" role="status">${status}</p>
      ${
        sided
          ? html`<div class="sides">
              ${this.#story(parts, controls)}
              ${
                parts.has("narration")
                  ? html`<raft-narration part="narration" .controller=${controller}></raft-narration>`
                  : nothing
              }
            </div>`
          : nothing
      }
      <raft-help .controller=${controller}></raft-help>
    </div>`;
  }

  #sights() {
    const { controller } = this;
    const shown = controller.state.sight;
    return html`<div class="sights" role="group" aria-label="Show">
      ${Object.entries(SIGHTS).map(
        ([sight, name]) => html`<button
          aria-pressed=${sight === shown}
          title=${`${name === "Both" ? "The ring and the space-time diagram" : name} (D)`}
          @click=${() => controller.showAs(sight as Sight)}
        >
          ${name}
        </button>`,
      )}
    </div>`;
  }

  /** The story; with all controls it is one of the panels. */
  #story(parts: ReadonlySet<PartName>, controls: Controls) {
    const { controller } = this;
    if (!parts.has("story")) {
      return nothing;
    }
    return controls === "all"
      ? html`<raft-side-panel part="story" .controller=${controller}></raft-side-panel>`
      : html`<raft-story part="story" class="panel" .controller=${controller}></raft-story>`;
  }

  /** The same object as long as nothing in it changes. */
  #shownOf(parts: ReadonlySet<PartName>): Shown {
    const shown = { ring: parts.has("ring"), logs: parts.has("logs"), stores: parts.has("stores") };
    const names = ["ring", "logs", "stores"] as const;
    if (names.some((name) => shown[name] !== this.#shown[name])) {
      this.#shown = shown;
    }
    return this.#shown;
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
