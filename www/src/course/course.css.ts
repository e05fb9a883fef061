import { css } from "lit";

export const layout = css`
  :host {
    container-type: inline-size;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.75rem;
    padding: 0.75rem;
    border: 1px solid var(--_line);
    border-radius: 8px;
    background: var(--_surface);
  }
  .fields {
    grid-template-columns: repeat(auto-fill, minmax(7.6rem, 1fr));
    align-items: end;
    margin-block: 0;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.375rem;
  }
  .progress {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.375rem 0.75rem;
  }
  progress {
    flex: 1 1 10rem;
    max-width: 24rem;
    height: 0.75rem;
    accent-color: var(--_accent);
  }
  .fault {
    padding: 0.25rem 0.75rem;
    border: 1px solid var(--_danger);
    border-inline-start-width: 4px;
    border-radius: 6px;
    overflow-wrap: anywhere;
  }
  .scroll {
    position: relative;
    overflow-x: auto;
    overscroll-behavior-x: contain;
    scrollbar-width: thin;
  }
  /* Narrower than that, the columns are scrolled, and the first one stays. */
  table {
    min-width: 44rem;
  }
  table.compared {
    min-width: 58rem;
  }
  thead th,
  td {
    overflow-wrap: normal;
  }
  tbody :is(th, td) {
    vertical-align: middle;
  }
  tbody th {
    color: inherit;
    font-size: inherit;
    font-weight: 400;
  }
  th:first-child {
    position: sticky;
    inset-inline-start: 0;
    z-index: 1;
    background: var(--_surface);
  }
  tbody th {
    min-width: 7.5rem;
    max-width: 14rem;
    overflow-wrap: break-word;
  }
  tbody th button {
    justify-content: start;
    padding-inline: 0.25rem 0.5rem;
    border-color: transparent;
    background: none;
    text-align: start;
  }
  tbody th button svg {
    color: var(--_accent);
  }
  tr.watchable {
    cursor: pointer;
  }
  tr.watchable:hover > :is(th, td) {
    background: color-mix(in srgb, var(--_accent) 8%, var(--_surface));
  }
  tr[aria-current="true"] > :is(th, td) {
    background: color-mix(in srgb, var(--_accent) 14%, var(--_surface));
  }
  tr[aria-current="true"] > th {
    box-shadow: inset 3px 0 var(--_accent);
  }
  .failed,
  .malformed {
    color: var(--_danger);
    font-weight: 650;
  }
  td small {
    display: block;
    color: var(--_muted);
    font-size: 0.75rem;
  }
  td.settings {
    min-width: 9rem;
    font-size: 0.8125rem;
  }
  .value {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .tier {
    display: inline-block;
    min-width: 3.5rem;
    padding: 0 0.375rem;
    border: 1px solid var(--_tier);
    border-radius: 999px;
    font-size: 0.75rem;
    text-align: center;
    white-space: nowrap;
  }
  .tier::before {
    color: var(--_tier);
  }
  .bonus {
    --_tier: var(--_success);
  }
  .bonus::before {
    content: "★ ";
  }
  .full {
    --_tier: var(--_accent);
  }
  .full::before {
    content: "● ";
  }
  .partial {
    --_tier: var(--_muted);
  }
  .partial::before {
    content: "◐ ";
  }
  .none {
    --_tier: var(--_danger);
  }
  .none::before {
    content: "○ ";
  }
  tr.remarks td {
    padding-block-start: 0;
  }
  /* They stay in sight while the columns are scrolled. */
  tr.remarks p {
    position: sticky;
    inset-inline-start: 0;
    width: fit-content;
    max-width: calc(100cqi - 2.25rem);
    padding-inline: 0.5rem;
    color: var(--_muted);
    font-size: 0.8125rem;
    overflow-wrap: anywhere;
  }
  tbody tr:is(:has(+ .remarks), :has(+ .again)) > :is(th, td) {
    border-bottom-color: transparent;
  }
  @container (max-width: 36rem) {
    tbody th {
      max-width: 9rem;
    }
    td.settings {
      min-width: 7rem;
    }
  }
`;
