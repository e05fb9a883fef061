import { css } from "lit";

export const spacetimeStyles = css`
  :host {
    /* Time goes from left to right, whatever the language around it. */
    direction: ltr;
    display: flex;
    flex-direction: column;
    gap: 0.25rem;
    min-width: 0;
    min-height: 0;
  }
  .tools {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.25rem 0.5rem;
  }
  .tools label {
    font-size: 0.8125rem;
  }
  .canvas {
    position: relative;
    flex: 1 1 12rem;
    min-height: 11rem;
    border: 1px solid var(--_line);
    border-radius: 6px;
    overflow: auto;
    overscroll-behavior-x: contain;
    scrollbar-width: thin;
    cursor: crosshair;
    touch-action: pan-y;
    user-select: none;
    -webkit-user-select: none;
  }
  canvas {
    display: block;
    width: 100%;
  }
  .tooltip {
    position: absolute;
    z-index: 2;
    width: max-content;
    max-width: 17rem;
    padding: 0.25rem 0.5rem;
    border-radius: 6px;
    background: var(--_ink);
    color: var(--_ground);
    font-size: 0.8125rem;
    overflow-wrap: anywhere;
    pointer-events: none;
    translate: -50% 0;
  }
  section {
    max-height: 14rem;
    overflow: auto;
    padding: 0.375rem 0.625rem;
    border: 1px solid var(--_line);
    border-radius: 6px;
    background: var(--_surface);
    scrollbar-width: thin;
  }
  .about > p:first-child {
    overflow-wrap: anywhere;
  }
  h2 {
    font-size: 0.8125rem;
    color: var(--_muted);
  }
  .broken {
    color: var(--_danger);
    font-weight: 650;
  }
  .doing {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.25rem 0.5rem;
    margin-block: 0.25rem;
  }
  .chains {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr));
    gap: 0.25rem 1rem;
  }
  li button {
    display: block;
    width: 100%;
    min-height: 1.5rem;
    padding: 0.0625rem 0.25rem;
    border-color: transparent;
    background: none;
    text-align: start;
    font-size: 0.8125rem;
    overflow-wrap: anywhere;
  }
  li button:hover {
    background: var(--_tint);
  }
  li button[aria-current] {
    box-shadow: inset 3px 0 var(--_accent);
  }
  @media (pointer: coarse) {
    li button {
      min-height: 2.5rem;
    }
  }
  @media (forced-colors: active) {
    canvas {
      forced-color-adjust: none;
      --raft-ground: Canvas;
      --raft-surface: Canvas;
      --raft-ink: CanvasText;
      --raft-muted: CanvasText;
      --raft-accent: Highlight;
    }
  }
`;
