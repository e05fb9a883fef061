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
  };
  declare menu: Menu;
  declare anchor: Anchor | undefined;
  declare choose: (item: MenuItem) => void;
  declare dismiss: () => void;

  static override styles = [
    shared,
    css`
      :host {
        position: absolute;
        z-index: 3;
        width: max-content;
        max-width: min(18rem, 100%);
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
      [role="menu"] {
        display: grid;
      }
      /* On a phone, rather wide than high: the ring above stays in sight. */
      @container (max-width: 36rem) {
        :host {
          max-width: calc(100% - 8px);
        }
        [role="menu"] {
          grid-template-columns: 1fr 1fr;
        }
      }
      [role="menuitem"] {
        justify-content: start;
        border-color: transparent;
        background: none;
        text-align: start;
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
              ${menu.items.map(
                (item, place) => html`<button
                  role="menuitem"
                  tabindex=${place === 0 ? 0 : -1}
                  @click=${() => this.choose(item)}
                >
                  ${item.label}
                </button>`,
              )}
            </div>`
      }
    `;
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
    const [left, top] = fits ?? [centre, height - h - 4];
    this.style.left = `${left}px`;
    this.style.top = `${top}px`;
  }
}
