/** “Export”: a stretch of the run as a file for other tools. */
import { css, html, nothing } from "lit";
import type { ExportFormat, TraceProgress } from "../../pkg/raftarium.js";
import { download } from "../core/time/save.js";
import type { Span } from "../core/time/scale.js";
import { errorText } from "../core/world/load.js";
import { EXPORTS } from "../text/exports.js";
import { dialog } from "../ui/dialog.css.js";
import { choiceField, numberField } from "../ui/fields.js";
import { closeIcon, saveIcon } from "../ui/icons.js";
import { panel } from "../ui/panel.css.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

const US = 1e6;
const TITLES = Object.fromEntries(
  Object.entries(EXPORTS).map(([format, { title }]) => [format, title]),
) as Record<ExportFormat, string>;

export class RaftExportDialog extends Part {
  static override properties = {
    format: { state: true },
    span: { state: true },
    endUs: { state: true },
    progress: { state: true },
    fault: { state: true },
  };
  static override readonly draws = [] as const;
  declare private format: ExportFormat;
  declare private span: Span;
  /** How far the shown branch was run when the dialog was opened. */
  declare private endUs: number;
  /** While what happened is being found out. */
  declare private progress: TraceProgress | undefined;
  /** Why nothing came of it. */
  declare private fault: string;
  /** Counts up when what is under way is not wanted any more. */
  #wanted = 0;

  static override styles = [
    shared,
    dialog,
    panel,
    css`
      :host {
        padding: 0;
      }
      [popover] {
        width: min(26rem, calc(100vw - 2rem));
      }
      header,
      .buttons {
        flex-wrap: wrap;
        gap: 0.5rem;
      }
      .about {
        margin-top: 0.3rem;
        overflow-wrap: anywhere;
      }
      .fault {
        color: var(--_danger);
      }
    `,
  ];

  constructor() {
    super();
    this.format = "svg";
    this.span = { from_us: 0, to_us: US };
    this.endUs = US;
    this.fault = "";
  }

  override render() {
    const { format, span, progress, fault } = this;
    const whole = format === "history";
    const endS = this.endUs / US;
    return html`
      <button title="A stretch of this run as a file for other tools" @click=${this.#open}>
        Export
      </button>
      <div popover role="dialog" aria-labelledby="title" @toggle=${this.#toggled}>
        <header>
          <h2 id="title">Export what happened</h2>
          <button class="plain" aria-label="Close" @click=${this.#close}>${closeIcon}</button>
        </header>
        ${choiceField("Format", format, TITLES, (format) => {
          this.#stop();
          this.format = format;
        })}
        <p class="about muted">${EXPORTS[format].about}</p>
        <div class="fields">
          ${
            whole
              ? nothing
              : numberField("From, s", span.from_us / US, { max: endS, step: "any" }, (from) =>
                  this.#set({ ...span, from_us: Math.round(from * US) }),
                )
          }
          ${numberField("To, s", span.to_us / US, { max: endS, step: "any" }, (to) =>
            this.#set({ ...span, to_us: Math.round(to * US) }),
          )}
        </div>
        <div class="buttons">
          ${
            progress
              ? html`<button @click=${this.#stop}>Stop</button>`
              : html`<button @click=${this.#export}>${saveIcon} Save the file</button>`
          }
        </div>
        <p role="status" class=${fault ? "fault" : "muted"}>
          ${progress ? "Finding out what happened …" : fault}
        </p>
      </div>
    `;
  }

  #popover(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>("[popover]");
  }

  #set(span: Span) {
    this.#stop();
    this.span = span;
  }

  /** What the scrubber shows, as far as it was run. */
  async #open() {
    const { controller } = this;
    controller.pause();
    const { run } = controller;
    if (!run) {
      return;
    }
    // A host may have driven the world since the last frame.
    const now = run.look((world) => world.nowUs) ?? 0;
    const endUs = Math.max(1, controller.time.endUs, now);
    const { from_us, to_us } = controller.state.span ?? { from_us: 0, to_us: endUs };
    this.endUs = endUs;
    this.span = {
      from_us: Math.floor(Math.max(0, Math.min(from_us, endUs - 1))),
      to_us: Math.ceil(Math.min(to_us, endUs)),
    };
    this.fault = "";
    await this.updateComplete;
    this.#popover()?.showPopover();
    this.renderRoot.querySelector("select")?.focus();
  }

  #close() {
    this.#popover()?.hidePopover();
  }

  #toggled(event: ToggleEvent) {
    if (event.newState !== "closed") {
      return;
    }
    this.#stop();
    // Unless somebody went on elsewhere.
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (isLost || this.#popover()?.contains(this.shadowRoot?.activeElement ?? null)) {
      this.renderRoot.querySelector("button")?.focus();
    }
  }

  #stop() {
    this.#wanted += 1;
    this.progress = undefined;
    this.fault = "";
  }

  async #export() {
    const { controller, format, span } = this;
    const { run } = controller;
    const branch = controller.state.branches?.shown;
    if (!run || branch === undefined) {
      return;
    }
    this.#stop();
    const wanted = this.#wanted;
    try {
      const fromUs = format === "history" ? 0 : span.from_us;
      this.progress = run.timeline.export(branch, fromUs, span.to_us);
      while (!this.progress.done) {
        // A frame in between, even if this page is behind another.
        await new Promise((resolve) => setTimeout(resolve));
        if (this.#wanted !== wanted) {
          return;
        }
        this.progress = run.timeline.exportOn();
      }
      const { file, type } = EXPORTS[format];
      const name = file(run.seed);
      download(name, type, run.timeline.exported(format));
      this.#close();
      controller.say(`${name} is saved.`);
    } catch (error) {
      this.fault = errorText(error);
    }
    this.progress = undefined;
  }
}
