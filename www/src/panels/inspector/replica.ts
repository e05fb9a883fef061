/** The inspector on a replica: Figure 2 with its values. */
import { html, nothing, type TemplateResult } from "lit";
import type { PairView, ReplicaDetail, ReplicaView, View } from "../../../pkg/raftarium.js";
import type { DeepRequired } from "../../core/world/load.js";
import { decisionText, isBroken } from "../../text/events/decisions.js";
import {
  clientName,
  count,
  duration,
  entryText,
  plural,
  rateText,
  replicaName,
  replicaNames,
  roleName,
  seconds,
} from "../../text/names.js";
import { fact } from "./facts.js";
import { followerFacts } from "./followers.js";
import { membershipFacts, receivingText } from "./members.js";

export function replicaFacts(
  detail: ReplicaDetail,
  store: readonly PairView[],
  { now_us: nowUs, protocol }: DeepRequired<View>,
  { why, ask }: { why: TemplateResult; ask(index: number): void },
) {
  const { view, timer_ticks: timer, pending_requests: pending } = detail;
  const role = roleName(view.role);
  const receiving = receivingText(view);
  return html`
    <h2>${replicaName(view.id)}</h2>
    ${why}
    <dl>
      ${fact("state", view.status === "running" ? role : `${view.status} (${role})`)}
      ${fact("currentTerm", view.term)}
      ${fact("votedFor", view.voted_for === undefined ? "none" : replicaName(view.voted_for))}
      ${fact("leader", view.leader === undefined ? "unknown" : replicaName(view.leader))}
      ${view.votes.length > 0 ? fact("votes", replicaNames(view.votes)) : nothing}
      ${fact("lastLogIndex", count(view.log.last_index))}
      ${view.snapshot_index > 0 ? fact("lastIncludedIndex", count(view.snapshot_index)) : nothing}
      ${fact("commitIndex", count(view.commit_index))}
      ${fact("lastApplied", count(view.last_applied))}
      ${fact("on disk up to", `${count(view.durable_index)}${view.writing ? ", writing" : ""}${view.corrupt ? ", corrupt" : ""}`)}
      ${
        timer
          ? fact(
              view.role === "leader" ? "heartbeat timer" : "election timer",
              `${timer.elapsed} of ${plural(timer.timeout, "tick")}`,
            )
          : nothing
      }
      ${view.status === "running" ? fact("clock", clockText(view, nowUs)) : nothing}
      ${receiving === undefined ? nothing : fact("receives a snapshot", receiving)}
      ${view.lease_until_us === undefined ? nothing : fact("lease", leaseText(view.lease_until_us, nowUs))}
      ${
        view.handing_over_to === undefined
          ? nothing
          : fact("handing over to", replicaName(view.handing_over_to))
      }
      ${view.waiting_reads > 0 ? fact("reads waiting", count(view.waiting_reads)) : nothing}
      ${view.waiting_requests > 0 ? fact("requests waiting for a leader", count(view.waiting_requests)) : nothing}
      ${pending > 0 ? fact("answers owed", pending) : nothing}
    </dl>
    ${membershipFacts(detail)} ${followerFacts(detail, protocol)} ${entries(detail, ask)} ${pairs(view, store)} ${decisions(detail)}
  `;
}

/** Its rate, and when it ticks next: the clocks of replicas do not tick together. */
function clockText(view: ReplicaView, nowUs: number): string {
  if (view.stalled_until_us !== undefined) {
    return `stalled until ${seconds(view.stalled_until_us)}`;
  }
  const next = view.next_tick_us;
  const tick =
    next === undefined ? "" : `, ticks next in ${duration(Math.max(0, next - Math.floor(nowUs)))}`;
  return `runs ${rateText(view.clock_rate_ppm)}${tick}`;
}

function leaseText(untilUs: number, nowUs: number): string {
  return untilUs > nowUs
    ? `until ${seconds(untilUs)}: ${duration(untilUs - nowUs)} left`
    : "over, if no follower answers";
}

function decisions({ decisions }: ReplicaDetail) {
  if (decisions.length === 0) {
    return nothing;
  }
  return html`
    <h3>What it decided of late</h3>
    <ul class="decisions">
      ${decisions
        .toReversed()
        .map(
          ({ at_us, decision }) =>
            html`<li class=${isBroken(decision) ? "broken" : ""}><span>${seconds(at_us)}</span> ${decisionText(decision)}</li>`,
        )}
    </ul>
  `;
}

function entries({ view, entries }: ReplicaDetail, ask: (index: number) => void) {
  if (entries.length === 0) {
    const gone =
      view.snapshot_index > 0
        ? `All up to ${count(view.snapshot_index)} is in the snapshot.`
        : "Empty.";
    return html`<h3>log[]</h3>
      <p class="muted">${gone}</p>`;
  }
  const more = view.log.last_index - entries.length;
  return html`
    <h3>log[]${more > 0 ? ` — the last ${entries.length} of ${count(view.log.last_index)}` : ""}</h3>
    <table>
      <thead>
        <tr><th>index</th><th>term</th><th>command</th><th>state</th></tr>
      </thead>
      <tbody>
        ${entries.toReversed().map(
          (entry) => html`<tr class=${entry.index > view.commit_index ? "uncommitted" : ""}>
            <td class="number">
              <button class="why" title="Why is it committed, or not?" @click=${() => ask(entry.index)}>
                ${entry.index}
              </button>
            </td>
            <td class="number">${entry.term}</td>
            <td>
              ${entryText(entry)}
              ${
                entry.command
                  ? html`<span class="muted">(${clientName(entry.command.client)} #${entry.command.sequence})</span>`
                  : nothing
              }
            </td>
            <td class="state">${entryState(entry.index, view)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  `;
}

function entryState(index: number, view: ReplicaView): string {
  if (index <= view.last_applied) {
    return "applied";
  }
  if (index <= view.commit_index) {
    return "committed";
  }
  return index <= view.durable_index ? "on disk" : "in memory";
}

function pairs(view: ReplicaView, store: readonly PairView[]) {
  return html`
    <h3>Store — ${plural(view.keys, "key")}</h3>
    ${
      store.length === 0
        ? html`<p class="muted">Empty.</p>`
        : html`<table>
            <thead>
              <tr><th>key</th><th>value</th></tr>
            </thead>
            <tbody>
              ${store.map(
                ({ key, value }) => html`<tr>
                  <td class="mono">${key}</td>
                  <td class="mono">${value}</td>
                </tr>`,
              )}
            </tbody>
          </table>`
    }
    ${view.keys > store.length ? html`<p class="muted">and ${plural(view.keys - store.length, "key")} more</p>` : nothing}
  `;
}
