/** A closer look at one replica, message, link or client: every field by its paper name. */
import { css, html, nothing, type TemplateResult } from "lit";
import type { MessageDetail, ReplicaDetail, View } from "../../../pkg/raftarium.js";
import { COMMANDS } from "../../core/commands.js";
import type { Frame } from "../../core/session.js";
import type { Subject } from "../../core/subject.js";
import { sameSubject } from "../../core/subject.js";
import type { DeepRequired } from "../../core/world/load.js";
import { commandButton } from "../../ui/command-button.js";
import { panel } from "../../ui/panel.css.js";
import { Part } from "../../ui/part.js";
import { shared } from "../../ui/shared.css.js";
import { entryFacts } from "./entry.js";
import { clientFacts, clusterFacts, linkFacts } from "./facts.js";
import { messageFacts } from "./message.js";
import { questionsOf } from "./questions.js";
import { replicaFacts } from "./replica.js";

/** At most this many entries from the end of a log are shown. */
const ENTRIES = 50;

export class RaftInspector extends Part {
  static override readonly draws = ["run", "frame", "inspected", "wonder"] as const;

  /** The message as it was last seen: it can be read after it has arrived. */
  #lastSeen: { subject: Subject; detail: MessageDetail } | undefined;

  static override styles = [
    shared,
    panel,
    css`
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0.125rem 0.875rem;
        margin-block: 0.375rem;
      }
      dt {
        color: var(--_muted);
      }
      dd {
        font-variant-numeric: tabular-nums;
        overflow-wrap: anywhere;
      }
      .title {
        display: flex;
        align-items: baseline;
        justify-content: space-between;
        gap: 0.5rem;
      }
      td.state,
      .agreement span {
        white-space: nowrap;
      }
      .decisions li {
        padding-block: 0.1875rem;
        border-bottom: 1px solid var(--_line);
      }
      .decisions span {
        color: var(--_muted);
        font-size: 0.75rem;
        font-variant-numeric: tabular-nums;
      }
      .decisions .broken {
        padding-inline-start: 0.375rem;
        border-inline-start: 4px solid var(--_danger);
        font-weight: 650;
      }
      button.why {
        min-height: 1.5rem;
        min-width: 1.5rem;
        padding: 0 0.25rem;
        border-color: transparent;
        background: none;
        text-decoration: underline dotted;
      }
      tr.uncommitted td {
        color: var(--_muted);
      }
    `,
  ];

  override render() {
    const { controller } = this;
    const { run, frame, inspected } = controller.state;
    if (!frame || !run) {
      return nothing;
    }
    const { wonder } = controller.state;
    const why = html`<raft-why
      .controller=${controller}
      .questions=${questionsOf(inspected, frame.view, wonder)}
    ></raft-why>`;
    if (!inspected) {
      return html`${clusterFacts(frame, run, why)}`;
    }
    return html`
      ${this.#facts(inspected, frame, why)}
      <p>${commandButton(COMMANDS.inspectCluster, controller)}</p>
    `;
  }

  #facts(subject: Subject, frame: Frame, why: TemplateResult) {
    switch (subject.kind) {
      case "replica": {
        const detail = this.#replica(subject.id);
        return detail
          ? replicaFacts(detail, this.#store(subject.id), frame.view as DeepRequired<View>, {
              why,
              ask: (index) => this.controller.askWhy(subject.id, index),
            })
          : nothing;
      }
      case "message": {
        const { detail, gone } = this.#message(subject);
        return detail
          ? messageFacts(detail, gone, why)
          : html`<h2>A message</h2>
              <p class="muted">It is no longer in flight.</p>
              ${why}`;
      }
      case "entry": {
        const { run } = this.controller.state;
        return run ? entryFacts(subject, run, frame, why) : nothing;
      }
      case "link":
        return linkFacts(subject.from, subject.to, frame);
      case "client":
        return clientFacts(subject.id, frame, why);
    }
  }

  #replica(id: number): ReplicaDetail | undefined {
    return this.controller.run?.look((world) => world.replica(id, ENTRIES));
  }

  #store(id: number) {
    return this.controller.run?.look((world) => world.store(id, ENTRIES)) ?? [];
  }

  #message(subject: Subject & { kind: "message" }) {
    const detail = this.controller.run?.look((world) => world.message(subject.id));
    if (detail) {
      this.#lastSeen = { subject, detail };
      return { detail, gone: false };
    }
    const seen = sameSubject(this.#lastSeen?.subject, subject);
    return { detail: seen ? this.#lastSeen?.detail : undefined, gone: true };
  }
}
