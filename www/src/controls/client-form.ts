/** The person at the page as a client: put, get, delete, compare-and-set, and the answer. */
import { css, html, nothing } from "lit";
import type { Operation, ReadMode } from "../../pkg/raftarium.js";
import type { State } from "../core/controller.js";
import { answerText, operationText } from "../text/names.js";
import { driftOf, READ_MODES, type ReadModeName, readModeOf } from "../text/read-modes.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

type Kind = "put" | "get" | "delete" | "compare_and_set";
type Reads = ReadModeName | "as_set";

/** The state of the latest request. */
interface Latest {
  text: string;
  state: "waiting" | "answered" | "failed";
}

export class RaftClientForm extends Part {
  static override properties = {
    kind: { state: true },
    reads: { state: true },
    latest: { state: true },
  };
  static override readonly draws = ["playing"] as const;
  declare private kind: Kind;
  /** How a get is to be served. */
  declare private reads: Reads;
  declare private latest: Latest | undefined;

  /** Tells answers to an earlier request from those to the latest. */
  #asked = 0;

  static override styles = [
    shared,
    css`
      form {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.375rem 0.625rem;
      }
      input {
        width: 7rem;
        flex: 0 1 auto;
        font-family: var(--_mono);
        font-size: 0.8125rem;
      }
      output {
        flex: 1 1 12rem;
        min-height: 1.45em;
        max-height: 5lh;
        overflow: auto;
        overflow-wrap: anywhere;
        unicode-bidi: isolate;
      }
      output b {
        font-family: var(--_mono);
        font-size: 0.875rem;
      }
      [data-state="failed"] {
        color: var(--_danger);
      }
      [data-state="waiting"] {
        color: var(--_muted);
      }
    `,
  ];

  constructor() {
    super();
    this.kind = "put";
    this.reads = "as_set";
  }

  override render() {
    const { kind } = this;
    const writes = kind === "put" || kind === "compare_and_set";
    return html`
      <form aria-label="Ask the cluster" @submit=${this.#submit}>
        <select aria-label="Operation" .value=${kind} @change=${this.#chooseKind}>
          <option value="put">put</option>
          <option value="get">get</option>
          <option value="delete">delete</option>
          <option value="compare_and_set">compare and set</option>
        </select>
        <label>key <input name="key" required autocomplete="off" spellcheck="false" value="x" /></label>
        ${
          kind === "compare_and_set"
            ? html`<label>
              expects
              <input
                name="expected"
                autocomplete="off"
                spellcheck="false"
                placeholder="(absent)"
                title="Empty: the key must be absent"
              />
            </label>`
            : nothing
        }
        ${
          writes
            ? html`<label>
              value <input name="value" autocomplete="off" spellcheck="false" value="1" />
            </label>`
            : nothing
        }
        ${kind === "get" ? this.#readModes() : nothing}
        <button class="primary">Send</button>
        <output data-state=${this.latest?.state ?? "none"}>${this.#outcome()}</output>
      </form>
    `;
  }

  override stateChanged(before: State, after: State): void {
    super.stateChanged(before, after);
    if (before.run !== after.run) {
      // Another world knows nothing of what was asked in this one.
      this.#asked += 1;
      this.latest = undefined;
    }
  }

  #outcome() {
    const { latest } = this;
    if (latest === undefined) {
      return nothing;
    }
    if (latest.state !== "waiting") {
      return latest.text;
    }
    return this.controller.state.playing
      ? `${latest.text} …`
      : `${latest.text} — press play for the answer`;
  }

  #readModes() {
    const choices = { as_set: "as set", ...READ_MODES };
    return html`<label>
      read
      <select
        .value=${this.reads}
        title="How the read is served; as set: as the protocol's settings say. A lease needs one in those settings."
        @change=${(event: Event) => {
          this.reads = (event.target as HTMLSelectElement).value as Reads;
        }}
      >
        ${Object.entries(choices).map(
          ([name, text]) =>
            html`<option value=${name} ?selected=${name === this.reads}>${text}</option>`,
        )}
      </select>
    </label>`;
  }

  /** The way that was chosen for a get; none: as the settings say. */
  #chosenReads(): ReadMode | undefined {
    const { kind, reads } = this;
    if (kind !== "get" || reads === "as_set") {
      return undefined;
    }
    const set = this.controller.frame?.view.protocol.reads ?? { log: {} };
    return readModeOf(reads, driftOf(set));
  }

  #chooseKind(event: Event) {
    this.kind = (event.target as HTMLSelectElement).value as Kind;
  }

  async #submit(event: SubmitEvent) {
    event.preventDefault();
    const operation = readOperation(this.kind, new FormData(event.target as HTMLFormElement));
    const text = operationText(operation);
    this.#asked += 1;
    const asked = this.#asked;
    const tell = (latest: Latest) => {
      if (asked === this.#asked) {
        this.latest = latest;
      }
    };
    tell({ text, state: "waiting" });
    try {
      const answer = await this.controller.ask(operation, this.#chosenReads());
      tell({ text: `${text} → ${answerText(answer)}`, state: "answered" });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell({ text: `${text}: ${reason}`, state: "failed" });
    }
  }
}

function readOperation(kind: Kind, form: FormData): Operation {
  const field = (name: string) => String(form.get(name) ?? "");
  const key = field("key");
  switch (kind) {
    case "put":
      return { put: { key, value: field("value") } };
    case "get":
      return { get: { key } };
    case "delete":
      return { delete: { key } };
    case "compare_and_set": {
      const expected = field("expected");
      const swap = { key, value: field("value") };
      return {
        compare_and_set: expected === "" ? { ...swap, expected: undefined } : { ...swap, expected },
      };
    }
  }
}
