/**
 * `<raft-course>`: test files of the course as a table, each with what came of it, beside the
 * figures of the default settings. To show a row on a stage, listen to `raft-watch`: its
 * detail is the recording of that run.
 */
import { html, LitElement, nothing } from "lit";
import type { Choice, Progress, Recording, Row } from "../../pkg/raftarium.js";
import { download } from "../core/time/save.js";
import {
  courseFiles,
  type DeepRequired,
  defaultChoice,
  errorText,
  loadCore,
} from "../core/world/load.js";
import { count, plural } from "../text/names.js";
import { anyDocument } from "../ui/any-document.js";
import { choiceField, numberField } from "../ui/fields.js";
import { closeIcon, fileIcon, playIcon } from "../ui/icons.js";
import { panel } from "../ui/panel.css.js";
import { palette, shared } from "../ui/shared.css.js";
import { layout } from "./course.css.js";
import { readFiles } from "./files.js";
import { CourseJob } from "./job.js";
import type { CourseInput, FromWorker } from "./protocol.js";
import { rowsTable } from "./rows.js";

/** A table that runs is told of to a screen reader at most this often. */
const ANNOUNCE_MS = 5_000;
const RUNS_MAX = 100;

const REPLICATION = { quorum_first: "quorum first", eager: "eager" };
const READS = { lease: "by lease", read_index: "by read index", log: "by the log" };

/** Everything that a run on a stage depends on. */
export type WatchEvent = CustomEvent<Recording>;

export class RaftCourse extends anyDocument(LitElement) {
  static override properties = {
    theme: { reflect: true },
    choice: { state: true },
    runs: { state: true },
    files: { state: true },
    rows: { state: true },
    progress: { state: true },
    fault: { state: true },
    announced: { state: true },
    watched: { state: true },
    running: { state: true },
  };
  declare theme: "light" | "dark" | undefined;
  declare private choice: DeepRequired<Choice> | undefined;
  /** How often each file is run. */
  declare private runs: number;
  declare private files: readonly CourseInput[];
  declare private rows: readonly Row[];
  declare private progress: Progress | undefined;
  declare private fault: string | undefined;
  declare private announced: string;
  /** The row that was sent to the stage. */
  declare private watched: number | undefined;
  declare private running: boolean;

  #job: CourseJob | undefined;
  #exports: { csv: string; markdown: string } | undefined;
  #announcedMs = 0;

  static override styles = [shared, palette, panel, layout];

  static define(): void {
    if (!customElements.get("raft-course")) {
      customElements.define("raft-course", RaftCourse);
    }
  }

  constructor() {
    super();
    this.runs = 1;
    this.files = [];
    this.rows = [];
    this.announced = "";
    this.running = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    loadCore().then(
      () => {
        this.choice ??= defaultChoice() as DeepRequired<Choice>;
      },
      // The element that shows the cluster says so.
      () => undefined,
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#close();
  }

  /** Runs these files, in place of those that there are. */
  run(files: readonly CourseInput[]): void {
    // A number counts once its box is left; a person who drops files may still be in it.
    const box = this.shadowRoot?.activeElement;
    if (box instanceof HTMLInputElement) {
      box.blur();
    }
    const { choice } = this;
    if (files.length === 0 || !choice) {
      return;
    }
    this.#close();
    this.files = files;
    this.rows = [];
    this.fault = undefined;
    this.watched = undefined;
    this.progress = undefined;
    this.#exports = undefined;
    this.running = true;
    this.#announce(`Running ${plural(files.length, "file")}.`);
    const ours = defaultChoice();
    const choices = sameChoice(choice, ours) ? [choice] : [choice, ours];
    const seeds = this.runs > 1 ? this.runs : undefined;
    this.#job = new CourseJob({ files, choices, seeds }, (message) => this.#hear(message));
  }

  /** Reads files, and runs them. */
  async open(files: Iterable<File>): Promise<void> {
    this.run(await readFiles(files));
  }

  override render() {
    if (!this.choice) {
      return nothing;
    }
    return html`
      ${this.#settings(this.choice)} ${this.#buttons()}
      ${this.fault === undefined ? nothing : html`<p class="fault" role="alert">${this.fault}</p>`}
      ${this.#progress()}
      ${rowsTable(this.rows, this.watched, (row) => this.#job?.watch(row))}
      ${this.#exported()}
      <p class="unseen" role="status">${this.announced}</p>
    `;
  }

  #settings(choice: DeepRequired<Choice>) {
    const set = (change: Partial<Choice>) => {
      this.choice = { ...choice, ...change } as DeepRequired<Choice>;
    };
    const number = (label: string, name: "batch" | "window" | "hop_us", min: number, max: number) =>
      numberField(label, choice[name], { min, max }, (value) => set({ [name]: value }));
    const ms = (label: string, name: "heartbeat_ms" | "retry_ms" | "election_ms", min: number) =>
      numberField(label, choice[name], { min, max: 5_000 }, (value) => set({ [name]: value }));
    return html`<div class="fields" role="group" aria-label="Settings of the replicas">
      ${choiceField("Replication", choice.replication, REPLICATION, (replication) => set({ replication }))}
      ${choiceField("Reads", choice.reads, READS, (reads) => set({ reads }))}
      ${ms("Heartbeat, ms", "heartbeat_ms", 10)}
      ${ms("Ask again, ms", "retry_ms", 0)}
      ${ms("Election after, ms", "election_ms", 20)}
      ${number("Entries a message", "batch", 1, 65_536)}
      ${number("Window, messages", "window", 1, 1_024)}
      ${number("A hop takes, µs", "hop_us", 0, 10_000_000)}
      ${numberField("Runs of each file", this.runs, { min: 1, max: RUNS_MAX }, (runs) => {
        this.runs = runs;
      })}
    </div>`;
  }

  #buttons() {
    const { choice, files, running } = this;
    const ours = choice === undefined || sameChoice(choice, defaultChoice());
    return html`<div class="buttons">
      <button title="Choose test files; or drop them anywhere on the page" @click=${this.#pick}>
        ${fileIcon}Choose files
      </button>
      <input class="unseen" type="file" multiple accept=".json,application/json" tabindex="-1"
        aria-label="Test files" @change=${this.#picked} />
      <button @click=${() => this.run(courseFiles())}>Run the files that ship</button>
      <button class="primary" ?disabled=${files.length === 0} @click=${() => this.run(files)}>
        ${playIcon}Run again
      </button>
      <button ?disabled=${!running} @click=${() => this.#job?.stop()}>${closeIcon}Stop</button>
      <button
        ?disabled=${ours}
        title="The settings that take the fewest messages"
        @click=${() => {
          this.choice = defaultChoice() as DeepRequired<Choice>;
        }}
      >
        Our settings
      </button>
    </div>`;
  }

  #progress() {
    const { progress, running } = this;
    if (!running || !progress) {
      return nothing;
    }
    const { runs, runs_done, now_us, length_us, file } = progress;
    const done = runs_done + (length_us > 0 ? now_us / length_us : 0);
    return html`<div class="progress">
      <progress aria-label="Runs" max=${Math.max(runs, 1)} .value=${done}></progress>
      <span>${count(runs_done)} of ${plural(runs, "run")}${file ? html`: ${file}` : nothing}</span>
    </div>`;
  }

  #exported() {
    const exports = this.running ? undefined : this.#exports;
    if (!exports) {
      return nothing;
    }
    const save = (name: string, type: string, text: string) => () => download(name, type, text);
    return html`<div class="buttons" role="group" aria-label="Save the table">
      <button @click=${save("raftarium-course.csv", "text/csv", exports.csv)}>Save as CSV</button>
      <button @click=${save("raftarium-course.md", "text/markdown", exports.markdown)}>
        Save as Markdown
      </button>
    </div>`;
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case "progress":
        this.progress = message.progress;
        this.rows = message.rows ?? this.rows;
        this.#tellProgress(message.progress);
        break;
      case "end":
        this.rows = message.rows;
        this.#exports = message;
        this.running = false;
        this.#announce(summary(message.rows, message.stopped));
        break;
      case "recording":
        if (message.recording) {
          this.watched = message.row;
          const { scenario, seed } = message.recording;
          this.#announce(`On the stage: ${scenario.title}, seed ${seed}.`);
          const event: WatchEvent = new CustomEvent("raft-watch", {
            detail: message.recording,
            bubbles: true,
            composed: true,
          });
          this.dispatchEvent(event);
        }
        break;
      case "failed":
        this.fault = message.message;
        this.running = false;
    }
  }

  #tellProgress({ runs_done, runs }: Progress): void {
    if (runs_done > 0 && performance.now() - this.#announcedMs > ANNOUNCE_MS) {
      this.#announce(`${count(runs_done)} of ${plural(runs, "run")} done.`);
    }
  }

  #announce(text: string): void {
    this.announced = text;
    this.#announcedMs = performance.now();
  }

  #pick() {
    this.renderRoot.querySelector<HTMLInputElement>("input[type=file]")?.click();
  }

  #picked(event: Event) {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    // The same files may be chosen again after they were mended.
    input.value = "";
    this.open(files).catch((error: unknown) => {
      this.fault = errorText(error);
    });
  }

  #close(): void {
    this.#job?.close();
    this.#job = undefined;
    this.running = false;
  }
}

function sameChoice(a: Choice, b: Choice): boolean {
  return (Object.keys(b) as (keyof Choice)[]).every((name) => a[name] === b[name]);
}

/** How a table ended, in a sentence. */
function summary(rows: readonly Row[], stopped: boolean): string {
  const standingAs = (standing: Row["standing"]) =>
    rows.filter((row) => row.standing === standing).length;
  const parts = [`${count(standingAs("passed"))} passed`, `${count(standingAs("failed"))} failed`];
  const malformed = standingAs("malformed");
  if (malformed > 0) {
    parts.push(`${count(malformed)} malformed`);
  }
  return `${stopped ? "Stopped" : "Done"}: ${parts.join(", ")}.`;
}

declare global {
  interface HTMLElementTagNameMap {
    "raft-course": RaftCourse;
  }
  interface HTMLElementEventMap {
    "raft-watch": WatchEvent;
  }
}
