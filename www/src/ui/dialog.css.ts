/** A dialog over the page. How wide it may be is its own to say. */
import { css } from "lit";

export const dialog = css`
  [popover] {
    max-height: calc(100dvh - 2rem);
    overflow: auto;
    padding: 1rem 1.25rem;
    border: 1px solid var(--_edge);
    border-radius: 10px;
    background: var(--_surface);
    color: var(--_ink);
  }
  [popover]::backdrop {
    background: rgb(0 0 0 / 30%);
  }
  header,
  .buttons {
    display: flex;
    align-items: center;
    justify-content: space-between;
  }
`;
