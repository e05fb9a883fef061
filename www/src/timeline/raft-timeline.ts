/** The timeline under the stage: the scrubber, ways to go to what matters, and the tree of branches. */
import { css, html, nothing, type PropertyValues } from "lit";
import type { MarkKind } from "../../pkg/raftarium.js";
import { COMMANDS, type Command } from "../core/commands.js";
import { differsText, MARK_KINDS } from "../text/branches.js";
import { sentenceCase } from "../text/names.js";
import { commandButton } from "../ui/command-button.js";
import {
  closeIcon,
  linkIcon,
  nextMarkIcon,
  previousMarkIcon,
  saveIcon,
  wholeIcon,
  zoomInIcon,
  zoomOutIcon,
} from "../ui/icons.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

export class RaftTimeline extends Part {
  static override readonly draws = [
    "branches",
    "markKind",
    "span",
    "seeking",
    "inspected",
    "link",
    "run",
  ] as const;

  /** The link that was shown last: a new one is selected, to be copied by hand. */
  #link: string | undefined;

  static override styles = [
    shared,
    css`
      :host {
        /* Time goes from left to right, whatever the language around it. */
        direction: ltr;
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 0.375rem;
      }
      .tools {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.625rem;
      }
      .group {
        display: flex;
        gap: 0.25rem;
      }
      .link input {
        flex: 1;
        min-width: 0;
        font-family: var(--_mono);
        font-size: 0.8125rem;
      }
      .differs {
        padding-inline-start: 0.5rem;
        border-inline-start: 4px solid var(--_danger);
        font-weight: 650;
      }
      .share {
        margin-inline-start: auto;
      }
      progress {
        width: 6rem;
        accent-color: var(--_accent);
      }
    `,
  ];

  override render() {
    const { controller } = this;
    const { markKind, seeking, span, branches, link } = controller.state;
    const shown = branches?.branches.find(({ id }) => id === branches.shown);
    const differs = shown?.differs_from_us;
    const button = (command: Command, icon: unknown) =>
      commandButton(command, controller, { icon, named: false });
    return html`
      <raft-scrubber .controller=${controller}></raft-scrubber>
      <div class="tools">
        <div class="group" role="group" aria-label="Go to">
          ${button(COMMANDS.previousMark, previousMarkIcon)}
          <label>
            <span class="unseen">Go to the next or previous</span>
            <select @change=${this.#choose}>
              ${Object.entries(MARK_KINDS).map(
                ([kind, name]) =>
                  html`<option value=${kind} ?selected=${kind === markKind}>${sentenceCase(name)}</option>`,
              )}
            </select>
          </label>
          ${button(COMMANDS.nextMark, nextMarkIcon)}
        </div>
        <div class="group" role="group" aria-label="Zoom">
          ${button(COMMANDS.zoomOut, zoomOutIcon)} ${button(COMMANDS.zoomIn, zoomInIcon)}
          ${span ? button(COMMANDS.zoomOff, wholeIcon) : nothing}
        </div>
        ${
          seeking && !seeking.done
            ? html`<div class="group">
                <progress
                  aria-label="Going there"
                  max=${seeking.replayed + seeking.left || 1}
                  value=${seeking.replayed}
                ></progress>
                ${commandButton(COMMANDS.cancelSeek, controller)}
              </div>`
            : nothing
        }
        <div class="group share" role="group" aria-label="Keep and share">
          ${
            controller.sharing.base === undefined
              ? nothing
              : commandButton(COMMANDS.copyLink, controller, { icon: linkIcon })
          }
          <raft-embed-dialog .controller=${controller}></raft-embed-dialog>
          <raft-export-dialog .controller=${controller}></raft-export-dialog>
          ${commandButton(COMMANDS.save, controller, { icon: saveIcon })}
        </div>
      </div>
      ${
        link === undefined
          ? nothing
          : html`<label class="link">
              Link
              <input readonly .value=${link} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} />
              <button class="plain" aria-label="Close the link" @click=${() => controller.sharing.closeLink()}>
                ${closeIcon}
              </button>
            </label>`
      }
      ${differs === undefined ? nothing : html`<p class="differs">${sentenceCase(differsText(differs))}.</p>`}
      <raft-branches .controller=${controller}></raft-branches>
      <raft-compare .controller=${controller}></raft-compare>
    `;
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { link } = this.controller.state;
    if (link !== this.#link) {
      this.#link = link;
      this.renderRoot.querySelector<HTMLInputElement>(".link input")?.focus();
    }
  }

  #choose(event: Event) {
    this.controller.time.markKind = (event.target as HTMLSelectElement).value as MarkKind;
  }
}
