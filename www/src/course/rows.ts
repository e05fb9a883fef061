/** The rows of the course's table: the words are the core's, as on the command line. */
import { html, nothing } from "lit";
import type { Cell, Figure, Row } from "../../pkg/raftarium.js";
import { playIcon } from "../ui/icons.js";

const FIGURES: Record<Figure, string> = {
  total_msgs: "messages",
  failures: "failures",
  duplicates: "duplicates",
  median_latency: "median latency",
};
const ORDER = Object.keys(FIGURES) as Figure[];

/** The table; `watch` is called with the number of the row that is to be watched. */
export function rowsTable(
  rows: readonly Row[],
  watched: number | undefined,
  watch: (row: number) => void,
) {
  if (rows.length === 0) {
    return nothing;
  }
  const compared = rows.some(({ settings }) => settings !== "" && settings !== "default");
  return html`<div class="scroll" role="region" aria-label="Test files" tabindex="0">
    <table class=${compared ? "compared" : ""}>
      <caption class="unseen">Test files: whether they passed, and their figures</caption>
      <thead>
        <tr>
          <th scope="col">file</th>
          ${compared ? html`<th scope="col">settings</th>` : nothing}
          <th scope="col">passed</th>
          ${ORDER.map((figure) => html`<th scope="col">${FIGURES[figure]}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row, number) => line(row, number, { rows, compared, watched, watch }))}
      </tbody>
    </table>
  </div>`;
}

interface Shown {
  rows: readonly Row[];
  compared: boolean;
  watched: number | undefined;
  watch: (row: number) => void;
}

function line(row: Row, number: number, { rows, compared, watched, watch }: Shown) {
  const { file, settings, standing, cells, remarks, watch_seed, unlucky } = row;
  const passed = unlucky > 0 ? `${row.passed}, unlucky ${unlucky}` : row.passed;
  const watchable = watch_seed !== undefined;
  // The button in it is for the keyboard; its click comes here too.
  const click = watchable ? () => watch(number) : undefined;
  const name = compared && settings ? `${file}, ${settings}` : file;
  // Of one file with several settings the rows belong together.
  const again = rows[number - 1]?.file === file ? "again" : "";
  return html`<tr
      class=${watchable ? `watchable ${again}` : again}
      aria-current=${number === watched ? "true" : nothing}
      @click=${click}
    >
      <th scope="row">
        ${
          watchable
            ? html`<button title=${`Watch it with seed ${watch_seed}`} aria-label=${`Watch ${name}`}>
                ${playIcon}<span>${file}</span>
              </button>`
            : file
        }
      </th>
      ${compared ? html`<td class="settings">${settings}</td>` : nothing}
      <td class=${standing}>${passed}</td>
      ${ORDER.map((figure) => cellOf(cells.find((cell) => cell.figure === figure)))}
    </tr>
    ${
      remarks.length === 0
        ? nothing
        : html`<tr class="remarks">
            <td colspan=${ORDER.length + (compared ? 3 : 2)}>
              ${remarks.map((remark) => html`<p>${remark}</p>`)}
            </td>
          </tr>`
    }`;
}

function cellOf(cell: Cell | undefined) {
  if (!cell) {
    return html`<td></td>`;
  }
  const { value, unit, tier, next } = cell;
  const measured = (number: string) => (unit === "" ? number : `${number} ${unit}`);
  return html`<td>
    <span class="value">${value === "-" ? value : measured(value)}</span>
    ${tier ? html`<span class=${`tier ${tier}`}>${tier}</span>` : nothing}
    ${
      next
        ? html`<small>
            ${next.tier} below ${measured(next.below)}${next.above === undefined ? nothing : `: ${next.above} above`}
          </small>`
        : nothing
    }
  </td>`;
}
