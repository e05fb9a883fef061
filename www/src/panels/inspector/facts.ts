/** The inspector on the cluster as a whole, on a link and on a client. */
import { html, nothing, type TemplateResult } from "lit";
import type { LinkView } from "../../../pkg/raftarium.js";
import { readMessages } from "../../core/in-flight.js";
import { configurationOf } from "../../core/membership.js";
import { PERSON } from "../../core/person.js";
import type { Frame } from "../../core/session.js";
import type { RunningWorld } from "../../core/world/running-world.js";
import { violationText } from "../../text/events/violations.js";
import { messageText } from "../../text/messages.js";
import {
  clientName,
  count,
  duration,
  listed,
  membershipText,
  operationText,
  plural,
  readsText,
  replicaName,
} from "../../text/names.js";

/** A line of a list of facts: a name and its value. */
export function fact(name: string, value: unknown) {
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`;
}

export function clusterFacts({ view }: Frame, run: RunningWorld, why: TemplateResult) {
  const { counters, leader, violation } = view;
  const membership = configurationOf(view);
  const { flaw } = run.scenario;
  const timing = { ...run.scenario.timing, ...view.timing };
  const ticks = (number: number) => duration(number * timing.tick_us);
  return html`
    <h2>The cluster</h2>
    <p class="muted">Choose a replica, a message, a client or a link for a closer look.</p>
    ${why}
    ${violation ? html`<p role="alert">${violationText(violation)}</p>` : nothing}
    <dl>
      ${flaw === undefined ? nothing : fact("broken on purpose", html`<strong>${flaw}</strong>`)}
      ${fact("leader", leader === undefined ? "none" : replicaName(leader))}
      ${fact("replicas", count(view.replicas.length))}
      ${membership ? fact("membership", membershipText(membership)) : nothing}
      ${fact("reads", readsText(view.protocol.reads ?? { log: {} }))}
      ${fact(
        "election timeout",
        `${ticks(timing.election_timeout_ticks_min)} to ${ticks(timing.election_timeout_ticks_max)}`,
      )}
      ${fact("heartbeat", `every ${ticks(timing.heartbeat_ticks)}`)}
      ${timing.retry_ticks ? fact("asks again", `after ${ticks(timing.retry_ticks)}`) : nothing}
      ${fact("elections won", count(counters.elections_won))}
      ${fact("entries committed", count(counters.committed_entries))}
      ${fact("operations answered", count(counters.answered_operations))}
      ${fact("snapshots taken", count(counters.snapshots_taken))}
      ${fact("snapshots received", count(counters.snapshots_installed))}
      ${fact("handovers begun", count(counters.transfers))}
      ${fact("sessions renewed", count(counters.sessions_renewed))}
      ${fact("stale reads", counters.stale_reads > 0 ? html`<strong>${count(counters.stale_reads)}</strong>` : "0")}
      ${fact("messages between replicas", count(counters.replica_messages))}
      ${fact("messages with clients", count(counters.client_messages))}
      ${fact("messages lost", count(counters.lost_messages))}
      ${fact("digest", html`<span class="mono">${run.look((world) => world.digest())}</span>`)}
    </dl>
  `;
}

export function linkFacts(a: number, b: number, { view, messages }: Frame) {
  const way = (from: number, to: number) => {
    const isHere = (link: LinkView) => link.from === from && link.to === to;
    const signs = [view.cuts.some(isHere) ? "cut" : "", view.clogs.some(isHere) ? "clogged" : ""];
    const state = listed(signs.filter(Boolean)) || "works";
    return fact(`${replicaName(from)} → ${replicaName(to)}`, state);
  };
  const onTheWay = readMessages(messages, Number.POSITIVE_INFINITY).filter(
    ({ from, to }) => (from === a && to === b) || (from === b && to === a),
  );
  return html`
    <h2>Link between ${replicaName(a)} and ${replicaName(b)}</h2>
    <dl>${way(a, b)} ${way(b, a)}</dl>
    <h3>${plural(onTheWay.length, "message")} on the way</h3>
    <ul>
      ${onTheWay.slice(0, 20).map((message) => html`<li>${messageText(message)}</li>`)}
    </ul>
  `;
}

export function clientFacts(id: number, { view, nowUs }: Frame, why: TemplateResult) {
  const client = view.clients.find((other) => other.id === id);
  if (!client) {
    return nothing;
  }
  const { current } = client;
  return html`
    <h2>Client ${id}${id === PERSON ? " (you)" : ""}</h2>
    ${why}
    <dl>
      ${client.away ? fact("where", "away: nothing reaches it") : nothing}
      ${fact(
        "believes in leader",
        client.believed_leader === undefined ? "none" : replicaName(client.believed_leader),
      )}
      ${fact("operations waiting", count(client.queued))}
      ${
        current
          ? html`
              ${fact("under way", operationText(current.operation))}
              ${fact("sequence number", current.sequence)}
              ${fact("for", duration(Math.max(0, Math.floor(nowUs) - current.since_us)))}
              ${fact("sent", plural(current.attempts, "time"))}
              ${fact(
                "last sent to",
                current.asked === undefined ? "pausing before a retry" : replicaName(current.asked),
              )}
            `
          : fact("under way", `nothing: ${clientName(id)} ${id === PERSON ? "rest" : "rests"}`)
      }
    </dl>
  `;
}
