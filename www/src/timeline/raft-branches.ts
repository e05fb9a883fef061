/**
 * The branches of the run as a small tree: a line for each, from where it leaves its parent to how
 * far it came, beside its name. For keyboard and screen reader it is a tree with names.
 */
import { css, html, nothing, svg } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Branches, BranchView } from "../../pkg/raftarium.js";
import { COMMANDS, type Command } from "../core/commands.js";
import { shareOf, wholeRun } from "../core/time/scale.js";
import { branchLabel, branchName, differsText } from "../text/branches.js";
import { seconds } from "../text/names.js";
import { commandButton } from "../ui/command-button.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";
import { styled } from "../ui/styled.js";

/** The width of the drawing's coordinates; it is stretched to the column. */
const WIDE = 1000;
/** The height of a row in the drawing's coordinates. */
const ROW = 100;

export class RaftBranches extends Part {
  static override properties = { renaming: { state: true } };
  static override readonly draws = ["branches", "picked", "comparison"] as const;
  /** The branch whose name is being typed. */
  declare private renaming: number | undefined;

  #refocus = false;

  static override styles = [
    shared,
    css`
      .frame {
        border: 1px solid var(--_line);
        border-radius: 6px;
        background: var(--_surface);
        padding: 0.25rem;
      }
      .tree {
        position: relative;
        max-height: min(14rem, 18dvh);
        overflow: auto;
        scrollbar-width: thin;
      }
      [role="treeitem"] {
        position: relative;
        display: grid;
        grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
        align-items: center;
        gap: 0.5rem;
        height: var(--_target);
        padding-inline-start: 0.375rem;
        border-radius: 4px;
        cursor: pointer;
      }
      [role="treeitem"]:hover {
        background: var(--_tint);
      }
      [role="treeitem"][aria-selected="true"] {
        background: var(--_tint);
        outline: 1.5px solid var(--_accent);
        outline-offset: -1.5px;
      }
      [role="treeitem"]:focus-visible {
        outline: 2px solid var(--_ink);
        outline-offset: -2px;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        unicode-bidi: isolate;
      }
      .shown .name {
        font-weight: 650;
      }
      .name::before {
        content: "";
        display: inline-block;
        width: calc(0.75rem * var(--level));
      }
      .sign {
        font-weight: 650;
      }
      .alarm {
        color: var(--_danger);
      }
      svg {
        display: block;
        width: 100%;
        height: 100%;
        overflow: visible;
      }
      .lanes {
        position: absolute;
        inset-block: 0;
        inset-inline: calc(40% + 0.5rem) 0.5rem;
        pointer-events: none;
      }
      path,
      line {
        fill: none;
        stroke: var(--_muted);
        stroke-width: 2;
        vector-effect: non-scaling-stroke;
      }
      .lane.now {
        stroke: var(--_accent);
        stroke-width: 4;
      }
      .tools {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem;
        padding-block-start: 0.25rem;
        border-block-start: 1px solid var(--_line);
      }
      .tools button {
        font-size: 0.8125rem;
      }
      input {
        width: 100%;
        min-height: 0;
        height: calc(var(--_target) - 4px);
      }
      @media (forced-colors: active) {
        [role="treeitem"][aria-selected="true"] {
          outline-color: Highlight;
        }
        .lane.now {
          stroke: Highlight;
        }
      }
    `,
  ];

  override updated(): void {
    const field = this.renderRoot.querySelector("input");
    if (field && this.renaming !== undefined && this.#refocus) {
      this.#refocus = false;
      field.focus();
      field.select();
    }
  }

  override render() {
    const { controller } = this;
    const { branches, picked } = controller.state;
    if (!branches || (branches.branches.length < 2 && branches.deleted.length === 0)) {
      return nothing;
    }
    const rows = asTree(branches);
    const chosen = rows.some(({ branch }) => branch.id === picked) ? picked : branches.shown;
    return html`<div class="frame">
      <div class="tree" role="tree" aria-label="Branches" @keydown=${this.#keydown}>
        ${repeat(
          rows,
          ({ branch }) => branch.id,
          (row) => this.#item(row, branches, row.branch.id === chosen),
        )}
        ${lanes(rows, branches)}
      </div>
      <div class="tools" role="group" aria-label="The branch that is chosen">
        ${commandButton(COMMANDS.showBranch, controller)}
        ${commandButton(COMMANDS.compareBranch, controller)}
        <button ?disabled=${this.renaming !== undefined} @click=${this.#rename}>Rename</button>
        ${commandButton(COMMANDS.deleteBranch, controller)}
        ${branches.deleted.length > 0 ? commandButton(COMMANDS.restoreBranch, controller) : nothing}
      </div>
    </div>`;
  }

  #item({ branch, level }: Row, branches: Branches, chosen: boolean) {
    const { id } = branch;
    const shown = id === branches.shown;
    return html`<div
      role="treeitem"
      class=${shown ? "shown" : ""}
      data-branch=${id}
      aria-level=${level + 1}
      aria-selected=${chosen}
      aria-current=${shown ? "true" : nothing}
      aria-label=${branchLabel(branch, branches)}
      tabindex=${chosen ? 0 : -1}
      ${styled({ "--level": String(Math.min(level, 4)) })}
      title=${branch.differs_from_us === undefined ? nothing : differsText(branch.differs_from_us)}
      @click=${() => this.controller.time.pick(id)}
      @dblclick=${() => this.controller.time.seek({ branch: id, to: { end: {} } })}
    >
      ${
        this.renaming === id
          ? html`<input
              aria-label="Name of the branch"
              maxlength="80"
              .value=${branchName(branch)}
              @keydown=${this.#nameKeydown}
              @blur=${this.#named}
              @click=${(event: Event) => event.stopPropagation()}
            />`
          : html`<span class="name">${branchName(branch)}</span>`
      }
      <span class="sign">
        ${branch.violation === undefined ? nothing : html`<span class="alarm" aria-hidden="true">⚠</span>`}
        ${branch.differs_from_us === undefined ? nothing : html`<span aria-hidden="true">≠</span>`}
      </span>
    </div>`;
  }

  #rename() {
    const { branches, picked } = this.controller.state;
    this.#refocus = true;
    this.renaming = picked ?? branches?.shown;
  }

  #nameKeydown(event: KeyboardEvent) {
    // The field's keys are its own, not the tree's.
    event.stopPropagation();
    if (event.key === "Enter") {
      event.preventDefault();
      this.#named(event);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.#leaveField();
    }
  }

  #named(event: Event) {
    const { renaming: id } = this;
    const name = (event.currentTarget as HTMLInputElement).value.trim();
    const branch = this.controller.state.branches?.branches.find((each) => each.id === id);
    this.#leaveField();
    if (id !== undefined && branch && name !== branchName(branch)) {
      this.controller.time.rename(id, name);
    }
  }

  #leaveField() {
    const { renaming } = this;
    this.renaming = undefined;
    if (renaming !== undefined) {
      void this.updateComplete.then(() => this.#focus(renaming));
    }
  }

  #focus(id: number) {
    this.renderRoot.querySelector<HTMLElement>(`[data-branch="${id}"]`)?.focus();
  }

  #keydown(event: KeyboardEvent) {
    const { branches, picked } = this.controller.state;
    if (!branches || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const rows = asTree(branches);
    const at = rows.findIndex(({ branch }) => branch.id === (picked ?? branches.shown));
    const row = rows[at];
    const parent = rows.findIndex(({ branch }) => branch.id === row?.branch.parent);
    const child = rows.findIndex(({ branch }) => branch.parent === row?.branch.id);
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      ArrowLeft: parent,
      ArrowRight: child,
      Home: 0,
      End: rows.length - 1,
    };
    const to = moves[event.key];
    const target = to === undefined ? undefined : rows[to];
    const command = KEYS[event.key];
    if (target) {
      this.controller.time.pick(target.branch.id);
      void this.updateComplete.then(() => this.#focus(target.branch.id));
    } else if (event.key === "F2") {
      this.#rename();
    } else if (command && command.enabled?.(this.controller.state) !== false) {
      command.run(this.controller);
      void this.updateComplete.then(() => {
        this.renderRoot.querySelector<HTMLElement>("[role=treeitem][tabindex='0']")?.focus();
      });
    } else if (to === undefined) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

const KEYS: Readonly<Record<string, Command>> = {
  Enter: COMMANDS.showBranch,
  " ": COMMANDS.showBranch,
  Delete: COMMANDS.deleteBranch,
};

interface Row {
  readonly branch: BranchView;
  readonly level: number;
}

/** Each branch with those that leave it right below it. */
function asTree({ branches }: Branches): Row[] {
  const rowsBelow = (parent: number | undefined, level: number): Row[] =>
    branches
      .filter((branch) => branch.parent === parent)
      .flatMap((branch) => [{ branch, level }, ...rowsBelow(branch.id, level + 1)]);
  return rowsBelow(undefined, 0);
}

/** A line for each branch, and where it leaves another. */
function lanes(rows: readonly Row[], { shown, now }: Branches) {
  const end = Math.max(now.at_us, ...rows.map(({ branch }) => branch.end.at_us));
  const span = wholeRun(end);
  const x = (us: number) => shareOf(span, us) * WIDE;
  const y = (row: number) => (row + 0.5) * ROW;
  const rowOf = (id: number | undefined) => rows.findIndex(({ branch }) => branch.id === id);
  return html`<div class="lanes">
    ${svg`<svg viewBox=${`0 0 ${WIDE} ${rows.length * ROW}`} preserveAspectRatio="none" aria-hidden="true">
      ${rows.map(({ branch }, row) => {
        const from = x(branch.left_at.at_us);
        const parent = rowOf(branch.parent);
        const fork = parent < 0 ? "" : `M${from} ${y(parent)}V${y(row)}`;
        return svg`<path class=${branch.id === shown ? "lane now" : "lane"} d=${`${fork}M${from} ${y(row)}H${Math.max(from + 4, x(branch.end.at_us))}`}>
          <title>${seconds(branch.end.at_us)}</title>
        </path>`;
      })}
      <line x1=${x(now.at_us)} x2=${x(now.at_us)} y1=${y(rowOf(shown)) - ROW * 0.35} y2=${y(rowOf(shown)) + ROW * 0.35} />
    </svg>`}
  </div>`;
}
