/** The canvas with the hands on it: pointing, touching, keys, the action menu, the selection. */
import { html, LitElement, nothing, type PropertyValues } from "lit";
import type { Notice } from "../../pkg/raftarium.js";
import { nextSpeed } from "../controls/transport.js";
import type { Frame, Host } from "../core/controller.js";
import { findMessage } from "../core/in-flight.js";
import { type Subject, sameSubject } from "../core/subject.js";
import { type ActionItem, partitionItem } from "../text/actions.js";
import { bodyText, messageText } from "../text/messages.js";
import { clientName, operationText, plural, replicaName } from "../text/names.js";
import { shared } from "../ui/shared.css.js";
import { type MenuItem, menuFor } from "./menu-items.js";
import { Stage } from "./paint/stage.js";
import type { Anchor } from "./raft-action-menu.js";
import { stageStyles } from "./raft-stage.css.js";
import { replicaLabel } from "./raft-stage-a11y.js";

const LONG_PRESS_MS = 500;
/** A finger that moves farther than this is no long press. */
const STILL_PX = 10;

export class RaftStage extends LitElement {
  static override properties = {
    host: { attribute: false },
    snapshot: { attribute: false },
    playing: { attribute: false },
    selected: { attribute: false },
    redraw: { attribute: false },
    opened: { state: true },
    hovered: { state: true },
    pointed: { state: true },
  };
  declare host: Host;
  /** Renewed some times a second; each frame comes by `draw`. */
  declare snapshot: Frame | undefined;
  declare playing: boolean;
  declare selected: readonly number[];
  /** Asks for a frame. */
  declare redraw: () => void;
  /** Whose menu is open. */
  declare private opened: Subject | undefined;
  /** What the pointer is on. */
  declare private hovered: Subject | undefined;
  /** What the keyboard is on. */
  declare private pointed: Subject | undefined;

  #stage: Stage | undefined;
  #press: { id: number; x: number; y: number; timer: ReturnType<typeof setTimeout> } | undefined;
  #swallowClick = false;
  /** Where the mouse rests on the canvas. */
  #pointer: { x: number; y: number } | undefined;
  readonly #resized = new ResizeObserver(() => {
    this.#stage?.resize();
    this.redraw();
  });
  readonly #motion = matchMedia("(prefers-reduced-motion: reduce)");

  static override styles = [shared, stageStyles];

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    this.#endPress();
  }

  override firstUpdated(): void {
    this.#stage = new Stage(this.#canvas());
    this.#stage.resize();
    this.redraw();
  }

  override updated(changed: PropertyValues): void {
    // What is pointed at is drawn with a ring.
    if (["opened", "hovered", "pointed", "selected"].some((name) => changed.has(name))) {
      this.redraw();
    }
  }

  /** The colours may have changed. */
  refreshTheme(): void {
    this.#stage?.refreshTheme();
    this.redraw();
  }

  /** Draws one frame. */
  draw(frame: Frame, notices: readonly Notice[]): void {
    const { run } = this.host;
    if (!run) {
      return;
    }
    const { details } = run;
    this.#stage?.draw({
      ...frame,
      notices,
      selected: this.selected,
      focus: this.pointed ?? this.hovered ?? this.opened ?? this.host.inspected,
      store: (replica) => details.store(replica),
      configurations: (replica) => details.configurations(replica),
      chunk: (message) => details.chunk(message),
      reducedMotion: this.#motion.matches,
    });
    // Messages move away under a pointer that rests.
    if (this.#pointer) {
      this.#hover(this.#stage?.at(this.#pointer.x, this.#pointer.y));
    }
  }

  /** Another world: nothing of the last one is open any more. */
  reset(): void {
    this.opened = undefined;
    this.hovered = undefined;
  }

  /** Opens the actions of a subject. */
  open(subject: Subject): void {
    this.host.inspect(subject);
    if (subject.kind === "message" && this.host.playing) {
      this.host.pause();
      this.host.say("Paused, so that the message stays where it is.");
    }
    this.opened = subject;
  }

  override render() {
    return html`
      <canvas
        @pointermove=${this.#point}
        @pointerleave=${this.#leave}
        @pointerdown=${this.#pressDown}
        @pointerup=${this.#endPress}
        @pointercancel=${this.#endPress}
        @click=${this.#click}
        @contextmenu=${this.#context}
        aria-hidden="true"
      ></canvas>
      <raft-stage-a11y
        .snapshot=${this.snapshot}
        .playing=${this.playing}
        .selected=${this.selected}
        .place=${this.#place}
        .open=${this.#openFromKeys}
        .moved=${this.#movedTo}
        .freeze=${this.#freeze}
        @keydown=${this.#keydown}
      ></raft-stage-a11y>
      ${this.#tooltip()} ${this.#menu()} ${this.#bar()}
    `;
  }

  readonly #place = (subject: Subject) => this.#stage?.place(subject);
  readonly #openFromKeys = (subject: Subject) => this.open(subject);
  readonly #movedTo = (subject: Subject | undefined) => {
    // Only the keyboard's focus is shown: a mouse shows by itself where it is.
    this.pointed = subject;
  };
  readonly #freeze = () => {
    this.host.pause();
    this.host.say("Paused, so that the messages can be stepped through.");
  };

  #canvas(): HTMLCanvasElement {
    return this.renderRoot.querySelector("canvas") as HTMLCanvasElement;
  }

  #anchor(subject: Subject): Anchor | undefined {
    const place = this.#stage?.place(subject);
    return place && { ...place, width: this.clientWidth, height: this.clientHeight };
  }

  #menu() {
    const { opened, snapshot } = this;
    if (!opened || !snapshot) {
      return nothing;
    }
    const anchor = this.#anchor(opened);
    const menu = menuFor(opened, snapshot.view, snapshot.messages, this.selected);
    if (!menu || !anchor) {
      return nothing;
    }
    return html`<raft-action-menu
      .menu=${menu}
      .anchor=${anchor}
      .choose=${(item: MenuItem) => this.#do(item, opened)}
      .dismiss=${() => this.#close()}
      @keydown=${this.#menuKeydown}
    ></raft-action-menu>`;
  }

  #bar() {
    const { selected, snapshot } = this;
    const cuts = (snapshot?.view.cuts.length ?? 0) + (snapshot?.view.clogs.length ?? 0);
    if (selected.length === 0 && cuts === 0) {
      return nothing;
    }
    const all = selected.length === snapshot?.view.replicas.length;
    const item = partitionItem(selected);
    return html`<div class="bar" role="group" aria-label="Partition">
      ${
        selected.length === 0
          ? nothing
          : html`<button class="primary" ?disabled=${all} @click=${() => this.#partition(item)}>
                ${item.label}
              </button>
              <button @click=${() => this.host.select([])}>Clear selection</button>`
      }
      ${
        cuts === 0
          ? nothing
          : html`<button @click=${() => this.host.attempt({ heal_all: {} })}>
              Heal all links
            </button>`
      }
    </div>`;
  }

  #tooltip() {
    const { hovered, opened, snapshot } = this;
    if (!hovered || opened || !snapshot) {
      return nothing;
    }
    const text = this.#hoverText(hovered, snapshot);
    const at = this.#anchor(hovered);
    if (!text || !at) {
      return nothing;
    }
    const below = at.y < at.height / 2;
    const style = `left:${Math.min(Math.max(at.x, 90), at.width - 90)}px;${
      below ? `top:${at.y + at.r + 10}px` : `bottom:${at.height - at.y + at.r + 10}px`
    }`;
    return html`<div class="tooltip" style=${style} aria-hidden="true">${text}</div>`;
  }

  #hoverText(subject: Subject, snapshot: Frame): string | undefined {
    const text = hoverText(subject, snapshot);
    if (subject.kind !== "message" || text === undefined) {
      return text;
    }
    const detail = this.host.run?.look((world) => world.message(subject.id));
    const carried = detail ? bodyText(detail.body) : "";
    return carried === "" ? text : `${text}: ${carried}`;
  }

  #partition({ action }: ActionItem) {
    if (this.host.attempt(action)) {
      this.host.select([]);
    }
  }

  #do({ label, action }: MenuItem, subject: Subject) {
    if (action === "select" || action === "deselect") {
      if (subject.kind === "replica") {
        this.#toggle(subject.id);
      }
    } else if ("partition" in action) {
      this.#partition({ label, action });
    } else {
      this.host.attempt(action);
    }
    this.#close();
  }

  /** The focus goes back from the menu to whatever it was about. */
  #close() {
    const { opened } = this;
    this.opened = undefined;
    if (opened) {
      this.renderRoot.querySelector("raft-stage-a11y")?.focusOn(opened);
    }
  }

  #toggle(id: number) {
    const { selected } = this;
    this.host.select(
      selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id],
    );
  }

  #onCanvas(event: MouseEvent): { x: number; y: number } {
    const box = this.#canvas().getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #at(event: MouseEvent): Subject | undefined {
    const { x, y } = this.#onCanvas(event);
    return this.#stage?.at(x, y);
  }

  #hover(subject: Subject | undefined) {
    if (!sameSubject(subject, this.hovered)) {
      this.hovered = subject;
      this.#canvas().style.cursor = subject ? "pointer" : "";
    }
  }

  #point(event: PointerEvent) {
    if (this.#press && Math.hypot(event.x - this.#press.x, event.y - this.#press.y) > STILL_PX) {
      this.#endPress();
    }
    if (event.pointerType !== "mouse") {
      return;
    }
    this.#pointer = this.#onCanvas(event);
    this.#hover(this.#stage?.at(this.#pointer.x, this.#pointer.y));
  }

  #leave() {
    this.#pointer = undefined;
    this.hovered = undefined;
    this.#endPress();
  }

  /** A long press selects: a finger has no shift key. */
  #pressDown(event: PointerEvent) {
    this.#swallowClick = false;
    this.#endPress();
    const subject = this.#at(event);
    if (event.pointerType === "mouse" || subject?.kind !== "replica") {
      return;
    }
    const { id } = subject;
    const timer = setTimeout(() => {
      this.#press = undefined;
      this.#swallowClick = true;
      this.#toggle(id);
    }, LONG_PRESS_MS);
    this.#press = { id, x: event.x, y: event.y, timer };
  }

  #endPress() {
    clearTimeout(this.#press?.timer);
    this.#press = undefined;
  }

  #click(event: MouseEvent) {
    if (this.#swallowClick) {
      this.#swallowClick = false;
      return;
    }
    const subject = this.#at(event);
    if (!subject) {
      this.opened = undefined;
      this.host.inspect(undefined);
    } else if (event.shiftKey && subject.kind === "replica") {
      this.#toggle(subject.id);
    } else {
      this.open(subject);
    }
  }

  #context(event: MouseEvent) {
    // A long press has done its work already.
    event.preventDefault();
    const subject = this.#at(event);
    if (subject && !this.#swallowClick && event.button === 2) {
      this.open(subject);
    }
  }

  #menuKeydown(event: KeyboardEvent) {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#close();
    }
  }

  #keydown(event: KeyboardEvent) {
    const { host } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const events = host.snapshot?.view.events ?? 0;
    const keys: Record<string, () => void> = {
      " ": () => (host.playing ? host.pause() : host.play()),
      ".": () => host.step(),
      ">": () => host.stepOverTicks(),
      ",": () => host.rewind(Math.max(events - 1, 0)),
      "+": () => this.#accelerate(1),
      "=": () => this.#accelerate(1),
      "-": () => this.#accelerate(-1),
      s: () => this.#toggleFocused(),
      h: () => host.attempt({ heal_all: {} }),
      "?": () => host.showHelp(),
      Escape: () => host.inspect(undefined),
    };
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  }

  #accelerate(by: 1 | -1) {
    this.host.speed = nextSpeed(this.host.speed, by);
  }

  #toggleFocused() {
    if (this.pointed?.kind === "replica") {
      this.#toggle(this.pointed.id);
    }
  }
}

function hoverText(subject: Subject, { view, messages }: Frame): string | undefined {
  switch (subject.kind) {
    case "replica": {
      const replica = view.replicas.find(({ id }) => id === subject.id);
      return replica && replicaLabel(replica, view);
    }
    case "message": {
      const message = findMessage(messages, subject.id);
      return message && messageText(message);
    }
    case "link":
      return `${replicaName(subject.from)} – ${replicaName(subject.to)}`;
    case "client": {
      const client = view.clients.find(({ id }) => id === subject.id);
      if (!client) {
        return undefined;
      }
      const doing = client.current ? operationText(client.current.operation) : "idle";
      const behind = client.queued > 0 ? `, ${plural(client.queued, "operation")} waiting` : "";
      return `${clientName(client.id)}: ${doing}${behind}`;
    }
  }
}
