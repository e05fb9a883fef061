/** The inspector on a message: what it carries, field by field. */
import { html, nothing, type TemplateResult } from "lit";
import type { Endpoint, MessageDetail } from "../../../pkg/raftarium.js";
import { bodyFields, messageName, noEntries } from "../../text/messages.js";
import { clientName, entryText, replicaName, seconds } from "../../text/names.js";
import { fact } from "./facts.js";

export function messageFacts(message: MessageDetail, gone: boolean, why: TemplateResult) {
  const { view } = message;
  return html`
    <h2>${messageName(view.kind)}</h2>
    ${gone ? html`<p class="muted">No longer in flight; this is what it carried.</p>` : nothing}
    ${why}
    <dl>
      ${fact("number", view.duplicate ? `${view.id}, a second copy` : view.id)}
      ${fact("from", endpointName(view.from))} ${fact("to", endpointName(view.to))}
      ${view.term > 0 ? fact("term", view.term) : nothing}
      ${bodyFields(message).map(([name, value]) => fact(name, value))}
      ${fact("sent at", seconds(view.sent_us))}
      ${view.held_us === undefined ? fact("arrives at", seconds(view.arrive_us)) : nothing}
      ${view.held_us === undefined ? nothing : fact("held since", seconds(view.held_us))}
    </dl>
    ${entriesOf(message)}
  `;
}

function endpointName(endpoint: Endpoint): string {
  return "replica" in endpoint ? replicaName(endpoint.replica) : clientName(endpoint.client);
}

function entriesOf(message: MessageDetail) {
  const none = noEntries(message);
  if (none === undefined) {
    return nothing;
  }
  if (message.entries.length === 0) {
    return html`<p class="muted">${none}</p>`;
  }
  return html`
    <h3>entries[]</h3>
    <table>
      <thead>
        <tr><th>index</th><th>term</th><th>command</th></tr>
      </thead>
      <tbody>
        ${message.entries.map(
          (entry) => html`<tr>
            <td class="number">${entry.index}</td>
            <td class="number">${entry.term}</td>
            <td>${entryText(entry)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  `;
}
