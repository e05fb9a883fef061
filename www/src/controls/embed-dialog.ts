/** “Embed this moment”: what to write into a page, for each system, and a picture of it. */
import { css, html } from "lit";
import { download } from "../core/time/save.js";
import { pictureOf } from "../stage/picture.js";
import { type Moment, SYSTEMS, type System, snippet } from "../text/snippets.js";
import { dialog } from "../ui/dialog.css.js";
import { closeIcon, saveIcon } from "../ui/icons.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

export class RaftEmbedDialog extends Part {
  static override properties = { system: { state: true }, moment: { state: true } };
  static override readonly draws = [] as const;
  declare private system: System;
  /** As it was when the dialog was opened. */
  declare private moment: Moment | undefined;

  static override styles = [
    shared,
    dialog,
    css`
      [popover] {
        width: min(40rem, calc(100vw - 2rem));
      }
      header,
      .buttons {
        flex-wrap: wrap;
        gap: 0.5rem;
        margin-block-end: 0.5rem;
      }
      textarea {
        width: 100%;
        height: 12rem;
        border: 1px solid var(--_edge);
        border-radius: 6px;
        background: var(--_ground);
        color: inherit;
        font-family: var(--_mono);
        font-size: 0.8125rem;
      }
    `,
  ];

  constructor() {
    super();
    this.system = "html";
  }

  override render() {
    const { moment } = this;
    return html`
      <button title="What to write into a page of your own to show this moment" @click=${this.#open}>
        Embed
      </button>
      <div popover role="dialog" aria-labelledby="title">
        <header>
          <h2 id="title">Embed this moment</h2>
          <button class="plain" aria-label="Close" @click=${() => this.#popover()?.hidePopover()}>
            ${closeIcon}
          </button>
        </header>
        <div class="buttons">
          <label>
            For
            <select @change=${this.#choose}>
              ${Object.entries(SYSTEMS).map(
                ([name, title]) =>
                  html`<option value=${name} ?selected=${name === this.system}>${title}</option>`,
              )}
            </select>
          </label>
          <button @click=${this.#copy}>Copy</button>
          <button @click=${this.#save}>${saveIcon} Picture (SVG)</button>
        </div>
        <textarea
          readonly
          spellcheck="false"
          aria-label="What to write"
          .value=${moment === undefined ? "" : snippet(this.system, moment)}
          @focus=${(event: Event) => (event.target as HTMLTextAreaElement).select()}
        ></textarea>
        <p class="muted">
          The script raftarium.js, or embed.html for a frame, goes beside it; the manual says where.
        </p>
      </div>
    `;
  }

  #popover(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>("[popover]");
  }

  #open() {
    const { controller } = this;
    const { frame, run } = controller;
    controller.pause();
    const fragment = controller.sharing.address()?.fragment;
    if (!frame || !run || fragment === undefined) {
      controller.say("This is too large for a link: save it as a file.");
      return;
    }
    this.moment = {
      link: `#${fragment}`,
      picture: pictureOf(frame.view, run.scenario.title ?? ""),
    };
    this.#popover()?.showPopover();
  }

  #choose(event: Event) {
    this.system = (event.target as HTMLSelectElement).value as System;
  }

  async #copy() {
    const area = this.renderRoot.querySelector("textarea");
    area?.select();
    try {
      await navigator.clipboard.writeText(area?.value ?? "");
      this.controller.say("It is on the clipboard.");
    } catch {
      this.controller.say("The clipboard can't be used here: copy the text from the field.");
    }
  }

  #save() {
    if (this.moment) {
      download("moment.svg", "image/svg+xml", this.moment.picture);
    }
  }
}
