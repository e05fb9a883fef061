/** The stage as tables: replicas, messages in flight, cut links, clients. */
import { css, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { LinkView, ReplicaView, View } from "../../pkg/raftarium.js";
import { countMessages, readMessages } from "../core/in-flight.js";
import { configurationOf, standingIn } from "../core/membership.js";
import type { Frame } from "../core/session.js";
import { messageName } from "../text/messages.js";
import {
  clientName,
  count,
  endName,
  operationText,
  plural,
  replicaName,
  stateName,
} from "../text/names.js";
import { panel } from "../ui/panel.css.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

/** More messages than this are only counted. */
const MESSAGES_MAX = 60;

export class RaftTable extends Part {
  static override readonly draws = ["frame", "selected"] as const;

  static override styles = [
    shared,
    panel,
    css`
      td,
      th {
        padding-inline: 0.25rem;
      }
      td button {
        min-height: 1.625rem;
        min-width: 0;
        padding: 0 0.375rem;
        font-size: 0.8125rem;
      }
      td.check {
        width: 1.5rem;
        vertical-align: middle;
      }
      @media (pointer: coarse) {
        td button {
          min-height: 2.5rem;
        }
        input[type="checkbox"] {
          width: 2.5rem;
          height: 2.5rem;
        }
      }
    `,
  ];

  override render() {
    const { frame } = this.controller.state;
    if (!frame) {
      return nothing;
    }
    return html`${this.#replicas(frame)} ${links(frame.view.cuts, "cut")}
    ${links(frame.view.clogs, "clogged")} ${this.#clients(frame)}
    ${this.#messages(frame)}`;
  }

  #replicas({ view }: Frame) {
    return html`
      <h2>Replicas</h2>
      <table>
        <thead>
          <tr>
            <td></td>
            <th>name</th><th>state</th><th>term</th><th>log</th><th>commit</th><th>applied</th>
          </tr>
        </thead>
        <tbody>
          ${view.replicas.map((replica) => this.#replica(replica, view))}
        </tbody>
      </table>
    `;
  }

  #replica(replica: ReplicaView, view: View) {
    const { id } = replica;
    const state = stateName(replica, standingIn(configurationOf(view), id));
    const name = replicaName(id);
    const select = (event: Event) => {
      const { checked } = event.target as HTMLInputElement;
      if (checked !== this.controller.state.selected.includes(id)) {
        this.controller.toggle(id);
      }
    };
    return html`<tr>
      <td class="check">
        <input
          type="checkbox"
          aria-label=${`Select ${name} for a partition`}
          .checked=${this.controller.state.selected.includes(id)}
          @change=${select}
        />
      </td>
      <td>
        <button aria-label=${`${name}: actions`} @click=${() => this.controller.openMenu({ kind: "replica", id })}>
          ${name}
        </button>
      </td>
      <td>${state}</td>
      <td class="number">${replica.term}</td>
      <td class="number">${count(replica.log.last_index)}</td>
      <td class="number">${count(replica.commit_index)}</td>
      <td class="number">${count(replica.last_applied)}</td>
    </tr>`;
  }

  #clients({ view }: Frame) {
    return html`
      <h2>Clients</h2>
      <table>
        <thead>
          <tr><th>name</th><th>leader</th><th>under way</th><th>waiting</th></tr>
        </thead>
        <tbody>
          ${view.clients.map(
            (client) => html`<tr>
              <td>
                <button
                  aria-label=${`Client ${clientName(client.id)}: actions`}
                  @click=${() => this.controller.openMenu({ kind: "client", id: client.id })}
                >
                  ${clientName(client.id)}
                </button>
                ${client.away ? "away" : nothing}
              </td>
              <td>${client.believed_leader === undefined ? "?" : replicaName(client.believed_leader)}</td>
              <td>${client.current ? operationText(client.current.operation) : "—"}</td>
              <td class="number">${count(client.queued)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    `;
  }

  #messages({ messages }: Frame) {
    const total = countMessages(messages);
    const listed = readMessages(messages, MESSAGES_MAX);
    return html`
      <h2>${plural(total, "message")} in flight</h2>
      ${total > MESSAGES_MAX ? html`<p class="muted">The first ${MESSAGES_MAX}:</p>` : nothing}
      <table>
        <thead>
          <tr><th>message</th><th>from</th><th>to</th><th>term</th><th>entries</th></tr>
        </thead>
        <tbody>
          ${repeat(
            listed,
            ({ id }) => id,
            ({ id, kind, from, to, term, entries, held }) => html`<tr>
              <td>
                <button
                  aria-label=${`${messageName(kind)} from ${endName(from)} to ${endName(to)}: actions`}
                  @click=${() => this.controller.openMenu({ kind: "message", id })}
                >
                  ${messageName(kind)}
                </button>
                ${held ? "held" : nothing}
              </td>
              <td>${endName(from)}</td>
              <td>${endName(to)}</td>
              <td class="number">${term > 0 ? term : nothing}</td>
              <td class="number">${entries > 0 ? entries : nothing}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    `;
  }
}

/** The links in a bad state, one way each. */
function links(ways: readonly LinkView[], what: string) {
  if (ways.length === 0) {
    return nothing;
  }
  const way = ({ from, to }: LinkView) => `${replicaName(from)} → ${replicaName(to)}`;
  return html`
    <h2>${plural(ways.length, "link")} ${what}</h2>
    <p>${ways.slice(0, MESSAGES_MAX).map(way).join(", ")}</p>
  `;
}
