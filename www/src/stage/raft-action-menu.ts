/** The menu of what can be done to a subject, beside it on the stage. */
import { css, html, LitElement, nothing } from "lit";
import { closeIcon } from "../ui/icons.js";
import { shared } from "../ui/shared.css.js";
import type { Menu, MenuItem } from "./menu-items.js";

/** Where the subject is, and how much room there is around it. */
export interface Anchor {
  x: number;
  y: number;
  r: number;
  width: number;
  height: number;
}

const GAP = 10;

export class RaftActionMenu extends LitElement {
  static override properties = {
    menu: { attribute: false },
    anchor: { attribute: false },
    choose: { attribute: false },
    dismiss: { attribute: false },
    told: { state: true },
  };
  declare menu: Menu;
  declare anchor: Anchor | undefined;
  declare choose: (item: MenuItem) => void;
  declare dismiss: () => void;
  /** The line that is told of: the one with the focus, or under the pointer. */
  declare private told: MenuItem | undefined;

  static override styles = [
    shared,
    css`
      :host {
        position: absolute;
        z-index: 3;
        width: max-content;
        max-width: min(21rem, 100%);
        max-height: 100%;
        overflow: auto;
        padding: 0.375rem;
        border: 1px solid var(--_edge);
        border-radius: 8px;
        background: var(--_surface);
        box-shadow: 0 6px 24px rgb(0 0 0 / 25%);
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 0.5rem;
        padding-inline-start: 0.5rem;
        font-size: 0.8125rem;
        font-weight: 650;
      }
      [role="group"] {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.125rem;
        border-block-start: 1px solid var(--_line);
      }
      [role="group"] > span {
        flex: none;
        width: 4.25rem;
        padding-inline-start: 0.5rem;
        color: var(--_muted);
        font-size: 0.75rem;
      }
      [role="group"] > div {
        display: flex;
        flex: 1;
        flex-wrap: wrap;
      }
      /* On a phone, rather wide than high: the ring above stays in sight. */
      @container (max-width: 36rem) {
        :host {
          max-width: calc(100% - 8px);
        }
      }
      [role="menuitem"] {
        justify-content: start;
        padding-inline: 0.5rem;
        border-color: transparent;
        background: none;
        font-size: 0.8125rem;
        text-align: start;
      }
      .what {
        min-height: 2.6em;
        padding: 0.25rem 0.5rem 0;
        border-block-start: 1px solid var(--_line);
        color: var(--_muted);
        font-size: 0.8125rem;
      }
    `,
  ];

  override firstUpdated(): void {
    this.#items()[0]?.focus();
  }

  override updated(): void {
    this.#place();
  }

  override render() {
    const { menu } = this;
    return html`
      <header>
        <span id="title">${menu.title}</span>
        <button class="plain" aria-label="Close the menu" @click=${() => this.dismiss()}>
          ${closeIcon}
        </button>
      </header>
      ${
        menu.items.length === 0
          ? nothing
          : html`<div role="menu" aria-labelledby="title" @keydown=${this.#keydown}>
                ${groupsOf(menu.items).map(
                  ([group, items]) => html`<div role="group" aria-label=${group}>
                    <span aria-hidden="true">${group}</span>
                    <div role="none">${items.map((item) => this.#item(item))}</div>
                  </div>`,
                )}
              </div>
              <p class="what" id="what">${this.#toldNow()?.what}</p>`
      }
    `;
  }

  #item(item: MenuItem) {
    const tell = () => {
      this.told = item;
    };
    return html`<button
      role="menuitem"
      tabindex=${item === this.menu.items[0] ? 0 : -1}
      aria-description=${item.what}
      @click=${() => this.choose(item)}
      @focus=${tell}
      @pointerenter=${tell}
    >
      ${item.label}
    </button>`;
  }

  /** The menu is made anew with each frame, and its lines with it. */
  #toldNow(): MenuItem | undefined {
    const { items } = this.menu;
    return items.find(({ label }) => label === this.told?.label) ?? items[0];
  }

  #items(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>("[role=menuitem]")];
  }

  #keydown(event: KeyboardEvent) {
    const items = this.#items();
    const here = items.indexOf(event.target as HTMLElement);
    const places: Record<string, number> = {
      ArrowDown: (here + 1) % items.length,
      ArrowUp: (here - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    };
    const next = places[event.key];
    if (next !== undefined) {
      items[next]?.focus();
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** Beside the subject where there is room, else above or below: never on it. */
  #place(): void {
    const { anchor } = this;
    if (!anchor) {
      return;
    }
    const { x, y, r, width, height } = anchor;
    this.style.maxHeight = "";
    const [w, h] = [this.offsetWidth, this.offsetHeight];
    const within = (value: number, max: number) => Math.max(4, Math.min(value, max - 4));
    const middle = within(y - h / 2, height - h);
    const centre = within(x - w / 2, width - w);
    const places: [number, number][] = [
      [x + r + GAP, middle],
      [x - r - GAP - w, middle],
      [centre, y + r + GAP],
      [centre, y - r - GAP - h],
    ];
    const fits = places.find(
      ([left, top]) => left >= 0 && top >= 0 && left + w <= width && top + h <= height,
    );
    const [left, top] = fits ?? this.#squeezed(centre, h);
    this.style.left = `${left}px`;
    this.style.top = `${top}px`;
  }

  /** Where there is no room for all of it: on the side that has more, and there it is scrolled. */
  #squeezed(left: number, h: number): [number, number] {
    const { y = 0, r = 0, height = 0 } = this.anchor ?? {};
    const [above, below] = [y - r - GAP - 4, height - y - r - GAP - 4];
    const room = Math.max(above, below, 96);
    this.style.maxHeight = `${room}px`;
    return [left, below >= above ? height - 4 - Math.min(h, room) : 4];
  }
}

/** The lines by their groups, in their order. */
function groupsOf(items: readonly MenuItem[]): [string, MenuItem[]][] {
  const groups = new Map<string, MenuItem[]>();
  for (const item of items) {
    groups.set(item.group, [...(groups.get(item.group) ?? []), item]);
  }
  return [...groups];
}
