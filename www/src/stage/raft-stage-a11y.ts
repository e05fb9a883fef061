/**
 * The accessible twin of the canvas: a button at the place of each thing on it, for screen
 * readers and the keyboard. The buttons can't be seen; the stage draws the focus. Left and
 * right move among things of a kind, up and down from kind to kind.
 */
import { css, html, LitElement, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { ClientView, ReplicaView, View } from "../../pkg/raftarium.js";
import { spokenKeys } from "../core/commands.js";
import { readMessages } from "../core/in-flight.js";
import type { Frame } from "../core/session.js";
import { type Subject, sameSubject, subjectKey } from "../core/subject.js";
import { clientLabel, linkState, replicaLabel } from "../text/labels.js";
import { messageText } from "../text/messages.js";
import { replicaName } from "../text/names.js";
import { styled } from "../ui/styled.js";

/** More messages than this are too many to step through. */
const MESSAGES_MAX = 100;
/** Among more replicas than this, only the links that are cut have a place. */
const LINKED_REPLICAS_MAX = 9;

type Kind = Subject["kind"];
const KINDS: readonly Kind[] = ["replica", "link", "message", "client", "entry"];

export interface Item {
  subject: Subject;
  label: string;
  pressed?: boolean;
}

export class RaftStageA11y extends LitElement {
  static override properties = {
    frame: { attribute: false },
    playing: { attribute: false },
    selected: { attribute: false },
    place: { attribute: false },
    open: { attribute: false },
    moved: { attribute: false },
    freeze: { attribute: false },
    entries: { attribute: false },
    current: { state: true },
  };
  declare frame: Frame | undefined;
  declare playing: boolean;
  declare selected: readonly number[];
  /** Where the stage has it. */
  declare place: (subject: Subject) => { x: number; y: number; r: number } | undefined;
  declare open: (subject: Subject) => void;
  /** The focus has moved: to a subject, or away. */
  declare moved: (subject: Subject | undefined) => void;
  /** Messages can only be stepped through while paused: asks for a pause. */
  declare freeze: () => void;
  /** The entries in sight, row by row. */
  declare entries: () => readonly Item[];
  /** The one that Tab leads to. */
  declare private current: Subject | undefined;

  #items: Item[] = [];

  static override styles = css`
    :host {
      position: absolute;
      inset: 0;
      overflow: hidden;
      pointer-events: none;
    }
    p {
      position: absolute;
      margin: 0;
      opacity: 0;
    }
    button {
      position: absolute;
      padding: 0;
      border: 0;
      border-radius: 50%;
      background: none;
      color: inherit;
      outline: none;
      opacity: 0;
    }
  `;

  override willUpdate(): void {
    const { frame } = this;
    if (!frame) {
      return;
    }
    this.#items = [
      ...frame.view.replicas.map((replica) => this.#replica(replica, frame.view)),
      ...links(frame),
      ...(this.playing ? [] : messages(frame)),
      ...frame.view.clients.map(client),
      ...(this.playing ? [] : this.entries()),
    ];
    if (!this.#items.some(({ subject }) => sameSubject(subject, this.current))) {
      // The one that had the focus is gone: it goes to what is left of its kind.
      const { current } = this;
      const left = this.#items.find(({ subject }) => subject.kind === current?.kind);
      this.current = (left ?? this.#items[0])?.subject;
      if (this.shadowRoot?.activeElement) {
        void this.updateComplete.then(() => this.focus());
      }
    }
  }

  override render() {
    return html`<p id="keys">
        ${spokenKeys()}
      </p>
      <div
      role="group"
      aria-label="Stage"
      aria-describedby="keys"
      @keydown=${this.#keydown}
      @focusout=${() => this.moved(undefined)}
    >
      ${repeat(
        this.#items,
        ({ subject }) => subjectKey(subject),
        ({ subject, label, pressed }) => {
          const { x, y, r } = this.place(subject) ?? { x: 0, y: 0, r: 4 };
          return html`<button
            tabindex=${sameSubject(subject, this.current) ? 0 : -1}
            data-subject=${subjectKey(subject)}
            aria-label=${label}
            aria-haspopup=${subject.kind === "entry" ? nothing : "menu"}
            ${styled({ left: `${x - r}px`, top: `${y - r}px`, width: `${2 * r}px`, height: `${2 * r}px` })}
            ?data-selected=${pressed}
            @focus=${() => this.#arrive(subject)}
            @click=${() => this.open(subject)}
          ></button>`;
        },
      )}
    </div>`;
  }

  /** Puts the focus where it was last. */
  override focus(): void {
    const key = this.current && subjectKey(this.current);
    this.#button(key)?.focus();
  }

  /** Puts the focus on a subject; if it is gone, on what is left of its kind. */
  focusOn(subject: Subject): void {
    this.current = subject;
    void this.updateComplete.then(() => this.focus());
  }

  #button(key: string | undefined): HTMLElement | undefined {
    const buttons = this.renderRoot.querySelectorAll<HTMLElement>("button");
    return [...buttons].find((button) => button.dataset.subject === key);
  }

  #arrive(subject: Subject) {
    this.current = subject;
    this.moved(subject);
  }

  #keydown(event: KeyboardEvent) {
    const { current } = this;
    if (!current || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const siblings = this.#items.filter(({ subject }) => subject.kind === current.kind);
    const here = siblings.findIndex(({ subject }) => sameSubject(subject, current));
    const to = (item: Item | undefined) => {
      event.preventDefault();
      if (item) {
        this.focusOn(item.subject);
      }
    };
    switch (event.key) {
      case "ArrowRight":
        return to(siblings[(here + 1) % siblings.length]);
      case "ArrowLeft":
        return to(siblings[(here - 1 + siblings.length) % siblings.length]);
      case "Home":
        return to(siblings[0]);
      case "End":
        return to(siblings.at(-1));
      case "ArrowDown":
        return to(this.#nextKind(current.kind, 1));
      case "ArrowUp":
        return to(this.#nextKind(current.kind, -1));
    }
  }

  /** The first of the next kind that there is something of. */
  #nextKind(from: Kind, by: 1 | -1): Item | undefined {
    for (let steps = 1; steps < KINDS.length; steps += 1) {
      const kind = KINDS[(KINDS.indexOf(from) + by * steps + 2 * KINDS.length) % KINDS.length];
      if (kind === "entry" && this.playing) {
        const [first] = this.entries();
        if (first) {
          this.freeze();
          return first;
        }
      }
      if (kind === "message" && this.playing && this.frame) {
        const first = messages(this.frame)[0];
        if (first) {
          this.freeze();
          return first;
        }
      }
      const first = this.#items.find(({ subject }) => subject.kind === kind);
      if (first) {
        return first;
      }
    }
    return undefined;
  }

  #replica(replica: ReplicaView, view: View): Item {
    const selected = this.selected.includes(replica.id);
    return {
      subject: { kind: "replica", id: replica.id },
      label: replicaLabel(replica, view) + (selected ? ", selected" : ""),
      pressed: selected,
    };
  }
}

function links({ view }: Frame): Item[] {
  const ids = view.replicas.map(({ id }) => id);
  // Of many replicas only bad links are told: mostly there is none.
  if (ids.length > LINKED_REPLICAS_MAX && view.cuts.length + view.clogs.length === 0) {
    return [];
  }
  const pairs = ids.flatMap((from) => ids.filter((to) => from < to).map((to) => ({ from, to })));
  return pairs
    .map(({ from, to }) => ({ from, to, state: linkState(from, to, view) }))
    .filter(({ state }) => ids.length <= LINKED_REPLICAS_MAX || state !== "")
    .map(({ from, to, state }) => ({
      subject: { kind: "link", from, to },
      label: `Link ${replicaName(from)} – ${replicaName(to)}${state}`,
    }));
}

function messages({ messages }: Frame): Item[] {
  return readMessages(messages, MESSAGES_MAX).map((message) => ({
    subject: { kind: "message", id: message.id },
    label: messageText(message),
  }));
}

function client(view: ClientView): Item {
  return { subject: { kind: "client", id: view.id }, label: clientLabel(view) };
}
