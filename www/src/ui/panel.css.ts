/** The style of the panels beside the stage. */
import { css } from "lit";

export const panel = css`
  :host {
    padding: 0.75rem;
  }
  h2 {
    margin-block: 0 0.25rem;
  }
  table + h2,
  .fields + h2,
  p + h2 {
    margin-block-start: 1rem;
  }
  h3 {
    margin-block: 0.875rem 0.25rem;
  }
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr));
    gap: 0.5rem 0.75rem;
    margin-block: 0.625rem 1rem;
  }
  .field {
    display: grid;
    gap: 0.125rem;
    font-size: 0.8125rem;
  }
  .check {
    align-self: end;
    min-height: var(--_target);
    font-size: 0.8125rem;
  }
  .field > * {
    width: 100%;
  }
`;
