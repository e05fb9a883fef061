/**
 * Two branches side by side, in a dialog: where they first differ, then each replica's term, role,
 * log and store, and what clients were told.
 */
import { css, html, nothing } from "lit";
import type { ComparedReplica, Comparison, EntryView, Side, Told } from "../../pkg/raftarium.js";
import type { State } from "../core/controller.js";
import { standingIn } from "../core/membership.js";
import { actionPhrase, branchNameOf, momentText } from "../text/branches.js";
import { violationText } from "../text/events/violations.js";
import {
  answerText,
  clientName,
  count,
  operationText,
  replicaName,
  seconds,
  stateName,
} from "../text/names.js";
import { closeIcon } from "../ui/icons.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

/** This many entries of a log are shown. */
const ENTRIES_MAX = 16;

export class RaftCompare extends Part {
  static override readonly draws = ["comparison", "branches"] as const;

  static override styles = [
    shared,
    css`
      dialog {
        width: min(64rem, calc(100vw - 1rem));
        max-height: calc(100dvh - 1rem);
        overflow: auto;
        overscroll-behavior: contain;
        padding: 0.75rem 1rem 1rem;
        border: 1px solid var(--_edge);
        border-radius: 10px;
        background: var(--_surface);
        color: var(--_ink);
        box-shadow: 0 12px 40px rgb(0 0 0 / 30%);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 30%);
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 0.5rem;
      }
      h3 {
        margin-block: 0.875rem 0.25rem;
      }
      table {
        table-layout: fixed;
      }
      col:first-child {
        width: 5rem;
      }
      .differs {
        background: var(--_tint);
      }
      .differs::before {
        content: "≠ ";
        font-weight: 650;
      }
      .log {
        display: flex;
        flex-wrap: wrap;
        gap: 2px;
        font-variant-numeric: tabular-nums;
      }
      .log span {
        min-width: 1.5rem;
        padding: 0 0.25rem;
        border: 1px solid var(--_edge);
        border-radius: 3px;
        font-size: 0.75rem;
        text-align: center;
      }
      .log .other {
        border: 2px solid var(--_danger);
        font-weight: 650;
      }
      .log small {
        align-self: center;
        color: var(--_muted);
      }
      .bidi {
        unicode-bidi: isolate;
      }
      progress {
        width: 100%;
        accent-color: var(--_accent);
      }
      @container (max-width: 36rem) {
        dialog {
          padding-inline: 0.5rem;
        }
        col:first-child {
          width: 4rem;
        }
      }
    `,
  ];

  override stateChanged(before: State, after: State): void {
    super.stateChanged(before, after);
  }

  override updated(): void {
    const dialog = this.renderRoot.querySelector("dialog");
    const wanted = this.controller.state.comparison !== undefined;
    if (dialog && dialog.open !== wanted) {
      wanted ? dialog.showModal() : dialog.close();
    }
  }

  override render() {
    const { comparison, branches } = this.controller.state;
    const a = branchNameOf(branches, comparison?.a ?? 0);
    const b = branchNameOf(branches, comparison?.b ?? 0);
    return html`<dialog aria-labelledby="title" @close=${() => this.controller.time.closeComparison()}>
      ${
        comparison
          ? html`<header>
                <h2 id="title">Two branches side by side</h2>
                <button
                  class="plain"
                  autofocus
                  aria-label="Close the comparison"
                  @click=${() => this.controller.time.closeComparison()}
                >
                  ${closeIcon}
                </button>
              </header>
              ${comparison.result ? this.#result(comparison.result, a, b) : this.#progress(comparison)}`
          : html`<h2 id="title" hidden></h2>`
      }
    </dialog>`;
  }

  #progress({ replayed, left }: { replayed: number; left: number }) {
    return html`<p role="status">Both are played again…</p>
      <progress aria-label="Played again" max=${replayed + left || 1} value=${replayed}></progress>`;
  }

  #result(result: Comparison, a: string, b: string) {
    const { sides, differ_after: after, first } = result;
    const [left, right] = sides;
    return html`
      <p>
        ${
          after === undefined
            ? html`As far as both go they are the same.`
            : html`They are the same up to ${momentText(after)}. Then
                <b class="bidi">${a}</b>: ${actionPhrase(first[0])};
                <b class="bidi">${b}</b>: ${actionPhrase(first[1])}.`
        }
      </p>
      <table>
        ${COLUMNS}
        <thead>
          <tr>
            <th scope="col"><span class="unseen">What</span></th>
            <th scope="col" class="bidi">${a}</th>
            <th scope="col" class="bidi">${b}</th>
          </tr>
        </thead>
        <tbody>
          ${line("At", momentText(left.now), momentText(right.now))}
          ${line("Leader", leaderText(left), leaderText(right))}
          ${line("Elected", count(left.counters.elections_won), count(right.counters.elections_won))}
          ${
            left.violation || right.violation
              ? line("Broken", brokenText(left), brokenText(right))
              : nothing
          }
          ${line("Digest", left.digest.slice(0, 8), right.digest.slice(0, 8))}
        </tbody>
      </table>
      ${result.replicas.map((replica) => replicaSection(replica, a, b))}
      <h3>What clients were told</h3>
      ${toldSection(result, a, b)}
    `;
  }
}

/** The first column is narrow, the sides are equal. */
const COLUMNS = html`<colgroup><col /><col /><col /></colgroup>`;

function line(name: string, a: string, b: string) {
  const kind = a === b ? "" : "differs";
  return html`<tr>
    <th scope="row">${name}</th>
    <td class=${kind}>${a}</td>
    <td class=${kind}>${b}</td>
  </tr>`;
}

function leaderText({ leader }: Side): string {
  return leader === undefined ? "none" : replicaName(leader);
}

function brokenText({ violation }: Side): string {
  return violation ? violationText(violation) : "nothing";
}

function replicaSection({ id, a, b, ...rest }: ComparedReplica, left: string, right: string) {
  const { log_differs_at: from, log_a, log_b, store, store_more: more } = rest;
  const state = (replica: ComparedReplica["a"]) =>
    stateName(replica, standingIn(replica.membership, id));
  return html`
    <h3>${replicaName(id)}</h3>
    <table aria-label=${replicaName(id)}>
      ${COLUMNS}
      <thead class="unseen">
        <tr><th scope="col">What</th><th scope="col">${left}</th><th scope="col">${right}</th></tr>
      </thead>
      <tbody>
        ${line("Role", state(a), state(b))} ${line("Term", count(a.term), count(b.term))}
        ${line("Commit", count(a.commit_index), count(b.commit_index))}
        <tr>
          <th scope="row">Log</th>
          <td class=${from === undefined ? "" : "differs"}>${logText(log_a, from, a.log.last_index)}</td>
          <td class=${from === undefined ? "" : "differs"}>${logText(log_b, from, b.log.last_index)}</td>
        </tr>
        ${
          store.length === 0
            ? html`<tr>
                <th scope="row">Store</th>
                <td colspan="2">the same</td>
              </tr>`
            : store.map(({ key, a, b }) => line(`“${key}”`, a ?? "not there", b ?? "not there"))
        }
        ${more > 0 ? html`<tr><th></th><td colspan="2">and ${count(more)} other keys differ</td></tr>` : nothing}
      </tbody>
    </table>
  `;
}

/** The entries around where the logs part: index and term of each. */
function logText(entries: readonly EntryView[], from: number | undefined, last: number) {
  if (last === 0) {
    return html`empty`;
  }
  const start = Math.max(
    0,
    entries.findIndex(({ index }) => from !== undefined && index >= from - 3),
  );
  const shown =
    from === undefined ? entries.slice(-ENTRIES_MAX) : entries.slice(start).slice(0, ENTRIES_MAX);
  return html`<div class="log">
    ${shown.map(
      ({ index, term }) =>
        html`<span class=${from !== undefined && index >= from ? "other" : ""} title=${`index ${index}, term ${term}`}
          ><small>${index}:</small> ${term}</span
        >`,
    )}
    <small>ends at ${count(last)}</small>
  </div>`;
}

function toldSection({ told, same, more_told: more }: Comparison, a: string, b: string) {
  if (told.length === 0) {
    return html`<p>${same === 0 ? "Nothing yet." : `The same: ${count(same)} answers.`}</p>`;
  }
  return html`<table>
      <thead>
        <tr>
          <th scope="col">Client</th>
          <th scope="col">Asked</th>
          <th scope="col" class="bidi">${a}</th>
          <th scope="col" class="bidi">${b}</th>
        </tr>
      </thead>
      <tbody>
        ${told.map(
          ({ client, operation, a, b }) => html`<tr>
            <th scope="row">${clientName(client)}</th>
            <td>${operationText(operation)}</td>
            <td class="differs">${toldText(a)}</td>
            <td class="differs">${toldText(b)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    <p class="muted">
      ${more > 0 ? `${count(more)} others differ. ` : ""}${count(same)} were told the same.
    </p>`;
}

function toldText(told: Told | undefined): string {
  if (!told) {
    return "nothing yet";
  }
  return `${told.answer ? answerText(told.answer) : "gave up"} (${seconds(told.at_us)})`;
}
