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
    /* To the side the logs are pulled. */
    touch-action: pan-y pinch-zoom;
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
  .logtools {
    position: absolute;
    z-index: 1;
    display: flex;
  }
  .logtools button {
    width: 26px;
    min-width: 26px;
    height: 24px;
    min-height: 24px;
    padding: 0;
  }
  .logtools[data-pinned] button:first-child {
    border-color: var(--_accent);
    background: var(--_tint);
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
