/** The panels beside the stage, one at a time. */
import { css, html } from "lit";
import type { Tab } from "../core/controller.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

const TABS: Record<Tab, string> = {
  story: "Story",
  inspect: "Inspect",
  table: "Table",
  settings: "Settings",
  legend: "Legend",
};

const ORDER = Object.keys(TABS) as Tab[];

export class RaftSidePanel extends Part {
  static override readonly draws = ["tab"] as const;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      [role="tablist"] {
        display: flex;
        flex-wrap: wrap;
        border-bottom: 1px solid var(--_line);
      }
      [role="tab"] {
        flex: 1 0 auto;
        padding-inline: 0.25rem;
        border: 0;
        border-radius: 0;
        background: none;
        color: var(--_muted);
      }
      [role="tab"][aria-selected="true"] {
        color: var(--_ink);
        font-weight: 650;
        box-shadow: inset 0 -3px var(--_accent);
      }
      /* Shadows are not drawn then. */
      @media (forced-colors: active) {
        [role="tab"][aria-selected="true"] {
          border-block-end: 4px solid Highlight;
        }
      }
      :focus-visible {
        outline-offset: -2px;
      }
      [role="tabpanel"] {
        flex: 1 1 auto;
        min-height: 0;
        overflow: auto;
        overscroll-behavior: contain;
        scrollbar-width: thin;
      }
    `,
  ];

  override render() {
    const shown = this.controller.state.tab;
    return html`
      <div role="tablist" aria-label="A closer look" @keydown=${this.#keydown}>
        ${ORDER.map(
          (tab) => html`<button
            role="tab"
            id=${`tab-${tab}`}
            aria-selected=${tab === shown}
            aria-controls="panel"
            tabindex=${tab === shown ? 0 : -1}
            @click=${() => this.#show(tab)}
          >
            ${TABS[tab]}
          </button>`,
        )}
      </div>
      <div role="tabpanel" id="panel" tabindex="0" aria-labelledby=${`tab-${shown}`}>
        ${this.#panel(shown)}
      </div>
    `;
  }

  #panel(tab: Tab) {
    const { controller } = this;
    switch (tab) {
      case "story":
        return html`<raft-story .controller=${controller}></raft-story>`;
      case "inspect":
        return html`<raft-inspector .controller=${controller}></raft-inspector>`;
      case "table":
        return html`<raft-table .controller=${controller}></raft-table>`;
      case "settings":
        return html`<raft-start-panel .controller=${controller}></raft-start-panel>
          <raft-workload-panel .controller=${controller}></raft-workload-panel>
          <raft-protocol-panel .controller=${controller}></raft-protocol-panel>
          <raft-membership-panel .controller=${controller}></raft-membership-panel>
          <raft-network-panel .controller=${controller}></raft-network-panel>`;
      case "legend":
        return html`<raft-legend .controller=${controller}></raft-legend>`;
    }
  }

  #show(tab: Tab) {
    this.controller.showTab(tab);
    this.renderRoot.querySelector("[role=tabpanel]")?.scrollTo(0, 0);
  }

  #keydown(event: KeyboardEvent) {
    const here = ORDER.indexOf(this.controller.state.tab);
    const places: Record<string, number> = {
      ArrowRight: (here + 1) % ORDER.length,
      ArrowLeft: (here - 1 + ORDER.length) % ORDER.length,
      Home: 0,
      End: ORDER.length - 1,
    };
    const tab = ORDER[places[event.key] ?? -1];
    if (tab) {
      event.preventDefault();
      this.#show(tab);
      this.renderRoot.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
    }
  }
}
