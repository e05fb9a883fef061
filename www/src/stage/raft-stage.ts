/** The canvas and what a person does on it: pointing, touching, keys, the action menu, the selection. */
import { html, nothing, type PropertyValues } from "lit";
import { COMMANDS, type Command, commandOf } from "../core/commands.js";
import type { State } from "../core/controller.js";
import { findMessage } from "../core/in-flight.js";
import type { Frame } from "../core/session.js";
import { type Subject, sameSubject } from "../core/subject.js";
import { type ActionItem, partitionItem } from "../text/actions.js";
import { entryLine, holdersText } from "../text/entries.js";
import { clientText, replicaLabel } from "../text/labels.js";
import { bodyText, messageText } from "../text/messages.js";
import { replicaName } from "../text/names.js";
import { commandButton } from "../ui/command-button.js";
import { pinIcon, zoomInIcon, zoomOutIcon } from "../ui/icons.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";
import { styled } from "../ui/styled.js";
import { type MenuItem, menuFor } from "./menu-items.js";
import type { Shown } from "./paint/layout.js";
import { Stage } from "./paint/stage.js";
import type { Anchor } from "./raft-action-menu.js";
import { stageStyles } from "./raft-stage.css.js";
import type { Item } from "./raft-stage-a11y.js";

/** More entries than this are too many to step through. */
const ENTRIES_MAX = 150;
const LONG_PRESS_MS = 500;
/** Where less motion is asked for, the stage is a row of pictures, each of which stays so long. */
const STILL_MS = 500;
/** A finger that moves farther than this does not press long. */
const STILL_PX = 10;

export class RaftStage extends Part {
  static override properties = {
    shown: { attribute: false },
    hovered: { state: true },
    pointed: { state: true },
  };
  static override readonly draws = ["frame", "playing", "selected", "opened", "logs"] as const;
  /** What of the stage is wanted; all unless given. */
  declare shown: Shown | undefined;
  /** The subject under the pointer. */
  declare private hovered: Subject | undefined;
  /** The subject with the keyboard's focus. */
  declare private pointed: Subject | undefined;

  #stage: Stage | undefined;
  #press: { id: number; x: number; y: number; timer: ReturnType<typeof setTimeout> } | undefined;
  #swallowClick = false;
  /** The logs or their map, as they are held: where, and what was in their first column then. */
  #held: { kind: "entry" | "map"; x: number; first: number; moved: boolean } | undefined;
  /** Where the mouse rests on the canvas. */
  #pointer: { x: number; y: number } | undefined;
  readonly #resized = new ResizeObserver(() => {
    this.#stage?.resize();
    this.#fit();
    this.controller.redraw();
  });
  #drawnMs = 0;
  readonly #forced = matchMedia("(forced-colors: active)");
  readonly #recolour = () => this.controller.refreshTheme();
  /** How many replicas the stage was last made high enough for. */
  #fitted = 0;
  readonly #motion = matchMedia("(prefers-reduced-motion: reduce)");

  static override styles = [shared, stageStyles];

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
    this.#forced.addEventListener("change", this.#recolour);
    document.addEventListener("pointerdown", this.#lookElsewhere);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    this.#forced.removeEventListener("change", this.#recolour);
    document.removeEventListener("pointerdown", this.#lookElsewhere);
    this.#endPress();
  }

  override firstUpdated(): void {
    this.#stage = new Stage(this.#canvas("back"), this.#canvas("front"));
    this.#stage.resize();
    this.controller.redraw();
  }

  /** Where the logs would not fit, it is higher than its host wants: the rest is scrolled. */
  #fit(): void {
    const replicas = this.controller.frame?.view.replicas.length ?? 0;
    if (replicas > 0 && this.#stage) {
      this.#fitted = replicas;
      this.style.setProperty("min-height", `${this.#stage.heightFor(replicas)}px`);
    }
  }

  override updated(changed: PropertyValues): void {
    if (changed.has("shown") && this.shown && this.#stage) {
      this.#stage.shown = this.shown;
      this.#fit();
      this.controller.redraw();
    }
    this.#placeLogTools();
    // The focus is drawn as a ring.
    if (changed.has("hovered") || changed.has("pointed")) {
      this.controller.redraw();
    }
  }

  override stateChanged(before: State, after: State): void {
    super.stateChanged(before, after);
    if (before.run !== after.run) {
      this.hovered = undefined;
    }
    if (before.colours !== after.colours) {
      this.#stage?.refreshTheme();
    }
    const rings =
      before.opened !== after.opened ||
      before.selected !== after.selected ||
      before.logs !== after.logs;
    if (rings || before.colours !== after.colours) {
      this.controller.redraw();
    }
  }

  drawFrame(frame: Frame): void {
    const { run, state } = this.controller;
    if (!run) {
      return;
    }
    const nowMs = performance.now();
    if (this.#motion.matches && state.playing && nowMs - this.#drawnMs < STILL_MS) {
      return;
    }
    this.#drawnMs = nowMs;
    const { details } = run;
    if (frame.view.replicas.length !== this.#fitted) {
      this.#fit();
    }
    this.#stage?.draw({
      ...frame,
      speed: state.speed,
      selected: state.selected,
      focus: this.pointed ?? this.hovered ?? state.opened ?? state.inspected,
      store: (replica) => details.store(replica),
      followers: details.followers(frame.view),
      logs: {
        overview: details.overview(frame.view),
        window: (first, count) => details.logWindow(frame.view, first, count),
        view: state.logs,
        selected: state.inspected?.kind === "entry" ? state.inspected : undefined,
      },
      chunk: (message) => details.chunk(message),
      reducedMotion: this.#motion.matches,
    });
    const grid = this.#stage?.grid;
    const [shown] = grid?.panes.slice(-1) ?? [];
    if (grid && shown) {
      const { first } = state.logs.first === undefined ? shown : (grid.panes[0] ?? shown);
      this.controller.logsInSight = { first, columns: grid.columns, last: grid.last };
    }
    // Messages move away under a pointer that rests.
    if (this.#pointer) {
      this.#hover(this.#stage?.at(this.#pointer.x, this.#pointer.y));
    }
  }

  override render() {
    const { frame, playing, selected } = this.controller.state;
    return html`
      <canvas class="back" aria-hidden="true"></canvas>
      <canvas
        class="front"
        @pointermove=${this.#point}
        @pointerleave=${this.#leave}
        @pointerdown=${this.#pressDown}
        @pointerup=${this.#endPress}
        @pointercancel=${this.#endPress}
        @click=${this.#click}
        @contextmenu=${this.#context}
        @wheel=${this.#wheel}
        aria-hidden="true"
      ></canvas>
      <raft-stage-a11y
        .frame=${frame}
        .playing=${playing}
        .selected=${selected}
        .place=${this.#place}
        .open=${this.#openFromKeys}
        .moved=${this.#movedTo}
        .freeze=${this.#freeze}
        .entries=${this.#entries}
        @keydown=${this.#keydown}
      ></raft-stage-a11y>
      ${this.#tooltip()} ${this.#menu()} ${this.#bar()} ${this.#logTools()}
    `;
  }

  readonly #place = (subject: Subject) => this.#stage?.place(subject);
  readonly #openFromKeys = (subject: Subject) => {
    if (subject.kind === "entry") {
      this.controller.inspect(subject);
    } else {
      this.controller.openMenu(subject);
    }
  };
  /** The entries in sight, as the keyboard steps through them. */
  readonly #entries = (): Item[] => {
    const { frame, run } = this.controller.state;
    const grid = this.#stage?.grid;
    if (!frame || !run || !grid) {
      return [];
    }
    const windows = grid.panes.map((pane) => ({
      pane,
      all: run.details.logWindow(frame.view, pane.first, pane.count),
    }));
    return frame.view.replicas
      .flatMap(({ id, commit_index }) =>
        windows.flatMap(({ pane: { first, count }, all }) =>
          [...all.subarray((id - 1) * count, id * count)].flatMap((cell, at) =>
            cell > 0 ? [entryItem(id, first + at, Math.floor(cell / 2), commit_index)] : [],
          ),
        ),
      )
      .slice(0, ENTRIES_MAX);
  };
  readonly #movedTo = (subject: Subject | undefined) => {
    // Only the keyboard's focus is shown: a mouse shows by itself where it is.
    this.pointed = subject;
  };
  /** A menu closes when a person turns to something else. */
  readonly #lookElsewhere = (event: Event) => {
    const menu = this.renderRoot.querySelector("raft-action-menu");
    if (menu && !event.composedPath().includes(menu)) {
      this.controller.closeMenu();
    }
  };
  readonly #freeze = () => {
    this.controller.pause();
    this.controller.say("Paused, so that the messages can be stepped through.");
  };

  /** Behind is what lies still; in front is what moves, and takes the pointer. */
  #canvas(which: "back" | "front" = "front"): HTMLCanvasElement {
    return this.renderRoot.querySelector(`canvas.${which}`) as HTMLCanvasElement;
  }

  #anchor(subject: Subject): Anchor | undefined {
    const place = this.#stage?.place(subject);
    return place && { ...place, width: this.clientWidth, height: this.clientHeight };
  }

  #menu() {
    const { opened, frame } = this.controller.state;
    if (!opened || !frame) {
      return nothing;
    }
    const anchor = this.#anchor(opened);
    const menu = menuFor(opened, frame, this.controller.state);
    if (!menu || !anchor) {
      return nothing;
    }
    return html`<raft-action-menu
      .menu=${menu}
      .anchor=${anchor}
      .choose=${(item: MenuItem) => this.#do(item, opened)}
      .dismiss=${() => this.#close()}
      @keydown=${this.#menuKeydown}
      @focusout=${this.#menuLeft}
    ></raft-action-menu>`;
  }

  #bar() {
    const { controller } = this;
    const { selected, frame } = controller.state;
    const cuts = (frame?.view.cuts.length ?? 0) + (frame?.view.clogs.length ?? 0);
    if (selected.length === 0 && cuts === 0) {
      return nothing;
    }
    const all = selected.length === frame?.view.replicas.length;
    const item = partitionItem(selected);
    return html`<div class="bar" role="group" aria-label="Partition">
      ${
        selected.length === 0
          ? nothing
          : html`<button class="primary" ?disabled=${all} @click=${() => this.#partition(item)}>
                ${item.label}
              </button>
              ${commandButton(COMMANDS.clearSelection, controller)}`
      }
      ${cuts === 0 ? nothing : commandButton(COMMANDS.healAll, controller)}
    </div>`;
  }

  /** The buttons that move the logs, beside their map. */
  #logTools() {
    const { controller } = this;
    const { logs, frame } = controller.state;
    if (!frame || !this.#stage?.grid?.plan.map) {
      return nothing;
    }
    const button = (command: Command, icon: unknown) =>
      commandButton(command, controller, { icon, named: false, kind: "plain" });
    return html`<div class="logtools" role="group" aria-label="Logs" ?data-pinned=${logs.first !== undefined}>
      ${button(COMMANDS.pinLogs, pinIcon)} ${button(COMMANDS.narrowerEntries, zoomOutIcon)}
      ${button(COMMANDS.widerEntries, zoomInIcon)}
    </div>`;
  }

  /** Where the map ends. Set here, since a strict page allows no style in a template. */
  #placeLogTools() {
    const tools = this.renderRoot.querySelector<HTMLElement>(".logtools");
    const map = this.#stage?.grid?.plan.map;
    if (tools && map && this.#stage) {
      const { zoom } = this.#stage;
      tools.style.left = `${(map.x + map.w + 6) * zoom}px`;
      tools.style.top = `${(map.y + map.h / 2) * zoom - 12}px`;
    }
  }

  #tooltip() {
    const hovered = this.hovered ?? (this.pointed?.kind === "entry" ? this.pointed : undefined);
    const { opened, frame } = this.controller.state;
    if (!hovered || opened || !frame) {
      return nothing;
    }
    const text = this.#hoverText(hovered, frame);
    const at = this.#anchor(hovered);
    if (!text || !at) {
      return nothing;
    }
    const below = at.y < at.height / 2;
    const place = {
      left: `${Math.min(Math.max(at.x, 90), at.width - 90)}px`,
      ...(below
        ? { top: `${at.y + at.r + 10}px` }
        : { bottom: `${at.height - at.y + at.r + 10}px` }),
    };
    return html`<div class="tooltip" ${styled(place)} aria-hidden="true">${text}</div>`;
  }

  #hoverText(subject: Subject, frame: Frame): string | undefined {
    if (subject.kind === "entry") {
      const { run } = this.controller;
      const { replica, index } = subject;
      const entry = run?.look((world) => world.entry(replica, index));
      if (!run || !entry) {
        return undefined;
      }
      const cells = [...run.details.logWindow(frame.view, index, 1)];
      return `${entryLine(entry)} ${holdersText(index, entry.term, frame.view.replicas, cells)}`;
    }
    const text = hoverText(subject, frame);
    if (subject.kind !== "message" || text === undefined) {
      return text;
    }
    const detail = this.controller.run?.look((world) => world.message(subject.id));
    const carried = detail ? bodyText(detail) : "";
    return carried === "" ? text : `${text}: ${carried}`;
  }

  #partition({ action }: ActionItem) {
    if (this.controller.attempt(action)) {
      this.controller.select([]);
    }
  }

  #do(item: MenuItem, subject: Subject) {
    if ("command" in item) {
      item.command.run(this.controller, subject);
    } else if ("partition" in item.action) {
      this.#partition(item);
    } else {
      this.controller.attempt(item.action);
    }
    this.#close();
  }

  /** The focus goes back from the menu to whatever it was about. */
  #close() {
    const { opened } = this.controller.state;
    this.controller.closeMenu();
    if (opened) {
      this.renderRoot.querySelector("raft-stage-a11y")?.focusOn(opened);
    }
  }

  /** Puts the focus on the stage, where it was last. */
  override focus(): void {
    this.renderRoot.querySelector("raft-stage-a11y")?.focus();
  }

  #onCanvas(event: MouseEvent): { x: number; y: number } {
    const canvas = this.#canvas();
    const box = canvas.getBoundingClientRect();
    // A host may show the element scaled, as slides do.
    return {
      x: ((event.clientX - box.left) * canvas.clientWidth) / (box.width || 1),
      y: ((event.clientY - box.top) * canvas.clientHeight) / (box.height || 1),
    };
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
    if (this.#drag(event) || event.pointerType !== "mouse") {
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
    this.#grip(event);
    if (event.pointerType === "mouse" || subject?.kind !== "replica") {
      return;
    }
    const { id } = subject;
    const timer = setTimeout(() => {
      this.#press = undefined;
      this.#swallowClick = true;
      this.controller.toggle(id);
    }, LONG_PRESS_MS);
    this.#press = { id, x: event.x, y: event.y, timer };
  }

  /** The logs, or their map, are taken hold of. */
  #grip(event: PointerEvent) {
    const { x, y } = this.#onCanvas(event);
    const at = this.#stage?.atLogs(x, y);
    if (!at || (event.pointerType === "mouse" && event.button !== 0)) {
      return;
    }
    const { first, columns } = this.controller.logsInSight;
    this.#held = { kind: at.kind, x, first, moved: false };
    if (at.kind === "map") {
      this.#canvas().setPointerCapture(event.pointerId);
      this.#swallowClick = true;
      this.controller.pinLogs(at.index - columns / 2);
    }
  }

  /** They are pulled along. Returns whether they were. */
  #drag(event: PointerEvent): boolean {
    const held = this.#held;
    const stage = this.#stage;
    const grid = stage?.grid;
    if (!held || !stage || !grid || event.buttons === 0) {
      this.#held = undefined;
      return false;
    }
    const { x, y } = this.#onCanvas(event);
    if (held.kind === "map") {
      const map = grid.plan.map;
      const middle = map ? map.y + map.h / 2 : y / stage.zoom;
      const at = stage.atLogs(x, middle * stage.zoom);
      if (at?.kind === "map") {
        this.controller.pinLogs(at.index - grid.columns / 2);
      }
      return true;
    }
    const by = Math.round((held.x - x) / stage.zoom / grid.cellWidth);
    if (by === 0 && !held.moved) {
      return false;
    }
    held.moved = true;
    this.#swallowClick = true;
    this.#canvas().setPointerCapture(event.pointerId);
    this.controller.pinLogs(held.first + by);
    return true;
  }

  /** Over the logs the wheel moves them, and zooms with the key that zooms everywhere. */
  #wheel(event: WheelEvent) {
    const { x, y } = this.#onCanvas(event);
    const grid = this.#stage?.grid;
    if (!grid || !this.#stage?.atLogs(x, y)) {
      return;
    }
    const { controller } = this;
    if (event.ctrlKey) {
      event.preventDefault();
      controller.zoomLogs(event.deltaY < 0 ? 1.1 : 1 / 1.1);
      return;
    }
    const by = event.deltaX === 0 ? event.deltaY : event.deltaX;
    const { first, columns, last } = controller.logsInSight;
    const canMove = by < 0 ? first > 1 : first + columns <= last;
    if (canMove) {
      event.preventDefault();
      controller.pinLogs(first + Math.sign(by) * Math.max(1, Math.round(Math.abs(by) / 40)));
    }
  }

  #endPress() {
    this.#held = undefined;
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
      this.controller.closeMenu();
      this.controller.inspect(undefined);
    } else if (subject.kind === "entry") {
      this.controller.closeMenu();
      this.controller.inspect(subject);
      // A finger has no way to be over it.
      this.hovered = subject;
    } else if (event.shiftKey && subject.kind === "replica") {
      this.controller.toggle(subject.id);
    } else {
      this.controller.openMenu(subject);
    }
  }

  #context(event: MouseEvent) {
    // A long press has done its work already.
    event.preventDefault();
    const subject = this.#at(event);
    if (subject && !this.#swallowClick && event.button === 2) {
      this.controller.openMenu(subject);
    }
  }

  #menuLeft({ currentTarget, relatedTarget }: FocusEvent) {
    const menu = currentTarget as HTMLElement;
    // Without a target the focus is nowhere, or the window has lost it.
    if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) {
      this.controller.closeMenu();
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
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const { controller, pointed } = this;
    const command = commandOf(event.key, controller.state, pointed);
    if (command) {
      event.preventDefault();
      command.run(controller, pointed);
    }
  }
}

function entryItem(replica: number, index: number, term: number, commit: number): Item {
  const committed = index <= commit ? ", committed" : "";
  return {
    subject: { kind: "entry", replica, index },
    label: `Entry ${index} of ${replicaName(replica)}, term ${term}${committed}`,
  };
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
    case "entry":
      return undefined;
    case "link":
      return `${replicaName(subject.from)} – ${replicaName(subject.to)}`;
    case "client": {
      const client = view.clients.find(({ id }) => id === subject.id);
      return client && clientText(client);
    }
  }
}
