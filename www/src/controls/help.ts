/** The help: the things a person can do, and the keys, in a popover. */
import { css, html } from "lit";
import { COMMANDS, keyName, MOVES } from "../core/commands.js";
import { dialog } from "../ui/dialog.css.js";
import { closeIcon } from "../ui/icons.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

const KEYS: readonly { keys: readonly string[]; help: string }[] = [
  ...MOVES,
  // Of several keys for a command the first is enough.
  ...Object.values(COMMANDS)
    .filter(({ keys }) => keys.length > 0)
    .map(({ keys, help }) => ({ keys: keys.slice(0, 1), help })),
];

export class RaftHelp extends Part {
  static override readonly draws = ["helpShown"] as const;

  static override styles = [
    shared,
    dialog,
    css`
      [popover] {
        width: min(34rem, calc(100vw - 2rem));
        box-shadow: 0 12px 40px rgb(0 0 0 / 30%);
      }
      dl {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: 0.25rem 1rem;
        margin-block: 0.5rem 1rem;
      }
      kbd {
        display: inline-block;
        min-width: 1.5rem;
        padding: 0 0.375rem;
        border: 1px solid var(--_edge);
        border-radius: 4px;
        font-family: var(--_mono);
        font-size: 0.8125rem;
        text-align: center;
      }
      p + p {
        margin-block-start: 0.5rem;
      }
    `,
  ];

  override updated(): void {
    const { helpShown } = this.controller.state;
    const popover = this.renderRoot.querySelector<HTMLElement>("[popover]");
    if (popover && helpShown !== popover.matches(":popover-open")) {
      popover.togglePopover(helpShown);
      // An `autofocus` would do, but in a frame of another origin browsers complain of it.
      if (helpShown) {
        popover.querySelector("button")?.focus();
      }
    }
  }

  override render() {
    return html`<div popover role="dialog" aria-labelledby="title" @toggle=${this.#toggled}>
      <header>
        <h2 id="title">What you can do</h2>
        <button
          class="plain"
          aria-label="Close the help"
          @click=${() => this.controller.showHelp(false)}
        >
          ${closeIcon}
        </button>
      </header>
      <p>
        Click or tap a replica, a client, a message in flight or the link between two replicas to
        open a menu of what can be done to it. Shift-click, or press long, to select several
        replicas, then partition them from the rest.
      </p>
      <p>
        A replica's menu can also hand over the leadership, take a snapshot, and make the replica
        a voter, a learner or not a member; its clock can jump or stall, and once it has crashed,
        its disk can be corrupted or replaced. A client can go away and come back. For larger
        changes of the membership, and for the protocol's extensions, see Settings.
      </p>
      <p>
        Keys, wherever no field has the focus; where the cluster is a part of another page, when its
        stage has it:
      </p>
      <dl>
        ${KEYS.map(
          ({ keys, help }) => html`<dt>${keys.map((key) => html`<kbd>${keyName(key)}</kbd> `)}</dt>
            <dd>${help}</dd>`,
        )}
      </dl>
      <p class="muted">
        All chance comes from the seed: the same scenario, seed and actions lead to the same
        world, event for event.
      </p>
    </div>`;
  }

  /** The browser closes a popover by itself, too. */
  #toggled({ newState }: ToggleEvent) {
    this.controller.showHelp(newState === "open");
  }
}
