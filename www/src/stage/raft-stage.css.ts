import { css } from "lit";

export const stageStyles = css`
  :host {
    position: relative;
    min-height: 0;
    overflow: hidden;
    border: 1px solid var(--_line);
    border-radius: 8px;
    background: var(--_ground);
  }
  canvas {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    touch-action: manipulation;
    -webkit-touch-callout: none;
    user-select: none;
  }
  .tooltip {
    position: absolute;
    z-index: 2;
    width: max-content;
    max-width: min(18rem, 90%);
    padding: 0.25rem 0.5rem;
    border-radius: 6px;
    background: var(--_ink);
    color: var(--_ground);
    font-size: 0.8125rem;
    pointer-events: none;
    translate: -50% 0;
  }
  .bar {
    position: absolute;
    z-index: 2;
    inset-block-start: 0.5rem;
    inset-inline: 0.5rem;
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    gap: 0.375rem;
    pointer-events: none;
  }
  .bar > * {
    pointer-events: auto;
  }
  /* The ring is above and the tables below: rather cover the tables. */
  @container (max-width: 36rem) {
    .bar {
      inset-block: auto 0.5rem;
    }
  }
`;
