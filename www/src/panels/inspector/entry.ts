/** The inspector on a log entry: what it holds, and who has it. */
import { html, type TemplateResult } from "lit";
import type { Frame } from "../../core/session.js";
import type { RunningWorld } from "../../core/world/running-world.js";
import { holdersText } from "../../text/entries.js";
import { clientName, entryText, replicaName } from "../../text/names.js";
import { fact } from "./facts.js";

export function entryFacts(
  { replica, index }: { readonly replica: number; readonly index: number },
  run: RunningWorld,
  { view }: Frame,
  why: TemplateResult,
) {
  const entry = run.look((world) => world.entry(replica, index));
  const title = html`<h2>Entry ${index} of ${replicaName(replica)}</h2>`;
  if (!entry) {
    return html`${title}
      <p class="muted">It is not in the log now: dropped, or only in the snapshot.</p>`;
  }
  const cells = [...run.details.logWindow(view, index, 1)];
  const { command } = entry;
  return html`${title}
    <dl>
      ${fact("index", index)} ${fact("term", entry.term)} ${fact("holds", entryText(entry))}
      ${command ? fact("asked by", clientName(command.client)) : ""}
    </dl>
    <p>${holdersText(index, entry.term, view.replicas, cells)}</p>
    ${why}`;
}
