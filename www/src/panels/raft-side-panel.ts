/** The panels beside the stage, one at a time. */
import { css, html, LitElement } from "lit";
import type { DiskSettings, LinkQuality } from "../../pkg/raftarium.js";
import type { Frame, Host } from "../core/controller.js";
import type { DeepRequired } from "../core/load.js";
import type { Subject } from "../core/subject.js";
import { shared } from "../ui/shared.css.js";
import type { NetworkSettings } from "./settings/network-panel.js";

const TABS = {
  story: "Story",
  inspect: "Inspect",
  table: "Table",
  settings: "Settings",
  legend: "Legend",
} as const;

export type Tab = keyof typeof TABS;

const ORDER = Object.keys(TABS) as Tab[];

export class RaftSidePanel extends LitElement {
  static override properties = {
    host: { attribute: false },
    snapshot: { attribute: false },
    inspected: { attribute: false },
    selected: { attribute: false },
    open: { attribute: false },
    tab: {},
  };
  declare host: Host;
  declare snapshot: Frame | undefined;
  declare inspected: Subject | undefined;
  declare selected: readonly number[];
  declare open: (subject: Subject) => void;
  declare tab: Tab;

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

  constructor() {
    super();
    this.tab = "story";
  }

  /** The colours may have changed. */
  refreshTheme(): void {
    this.renderRoot?.querySelector("raft-legend")?.requestUpdate();
  }

  /** Another world: what was inspected is gone, and there is something new to read. */
  tellStory(): void {
    if (this.tab === "inspect") {
      this.tab = "story";
    }
  }

  override render() {
    return html`
      <div role="tablist" aria-label="A closer look" @keydown=${this.#keydown}>
        ${ORDER.map(
          (tab) => html`<button
            role="tab"
            id=${`tab-${tab}`}
            aria-selected=${tab === this.tab}
            aria-controls="panel"
            tabindex=${tab === this.tab ? 0 : -1}
            @click=${() => this.#show(tab)}
          >
            ${TABS[tab]}
          </button>`,
        )}
      </div>
      <div role="tabpanel" id="panel" tabindex="0" aria-labelledby=${`tab-${this.tab}`}>
        ${this.#panel()}
      </div>
    `;
  }

  #panel() {
    const { host, snapshot } = this;
    switch (this.tab) {
      case "story":
        return html`<raft-story
          .host=${host}
          .scenario=${host.run?.scenario}
          .recorded=${host.run?.recorded ?? []}
        ></raft-story>`;
      case "inspect":
        return html`<raft-inspector
          .host=${host}
          .snapshot=${snapshot}
          .subject=${this.inspected}
        ></raft-inspector>`;
      case "table":
        return html`<raft-table
          .host=${host}
          .snapshot=${snapshot}
          .selected=${this.selected}
          .open=${this.open}
        ></raft-table>`;
      case "settings":
        return html`<raft-workload-panel
            .host=${host}
            .workload=${snapshot?.view.workload}
          ></raft-workload-panel>
          <raft-protocol-panel .host=${host} .view=${snapshot?.view}></raft-protocol-panel>
          <raft-membership-panel .host=${host} .view=${snapshot?.view}></raft-membership-panel>
          <raft-network-panel .host=${host} .settings=${this.#settings()}></raft-network-panel>`;
      case "legend":
        return html`<raft-legend></raft-legend>`;
    }
  }

  /** The view does not tell the settings: they follow from what was done so far. */
  #settings(): NetworkSettings | undefined {
    const { host, snapshot } = this;
    if (!host.run || !snapshot) {
      return undefined;
    }
    const { scenario } = host.run;
    const nowUs = snapshot.view.now_us;
    const quality = host.run.latest(nowUs, (action) =>
      "set_network" in action
        ? (action.set_network.quality as DeepRequired<LinkQuality>)
        : undefined,
    );
    const disk = host.run.latest(nowUs, (action) =>
      "set_disk" in action && action.set_disk.replica === undefined
        ? (action.set_disk.disk as DeepRequired<DiskSettings>)
        : undefined,
    );
    return { quality: quality ?? scenario.network, disk: disk ?? scenario.disk };
  }

  #show(tab: Tab) {
    this.tab = tab;
    this.renderRoot.querySelector("[role=tabpanel]")?.scrollTo(0, 0);
  }

  #keydown(event: KeyboardEvent) {
    const here = ORDER.indexOf(this.tab);
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
