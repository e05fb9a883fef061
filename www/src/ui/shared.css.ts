/**
 * The style that all parts of the element share. A host sets the public colours, named
 * at the top of `stage/paint/palette.ts`; each has a default for light and for dark. Names that
 * begin with `--_` are the element's own.
 */
import { css } from "lit";

/** For the outermost element only: nothing of the host's text style comes in. */
export const reset = css`
  :host {
    all: initial;
    /* A host that hides what is around it hides this too. */
    visibility: inherit;
    pointer-events: inherit;
    direction: ltr;
    unicode-bidi: isolate;
  }
`;

/** For the outermost element only: the size that the user has chosen in the browser; a host may set another. */
export const ownSize = css`
  :host {
    font-size: medium;
  }
`;

/** For the outermost element only: its parts inherit the values. */
export const palette = css`
  :host {
    color-scheme: light dark;
    --_ground: var(--raft-ground, light-dark(#f7f8fa, #0f141a));
    --_surface: var(--raft-surface, light-dark(#ffffff, #19212b));
    --_ink: var(--raft-ink, light-dark(#161b22, #e9eef4));
    --_muted: var(--raft-muted, light-dark(#57606a, #9aa7b4));
    --_line: var(--raft-line, light-dark(#d5dae1, #2c3743));
    --_accent: var(--raft-accent, light-dark(#5b3fd6, #a594ff));
    --_danger: var(--raft-danger, light-dark(#c4162a, #ff6b73));
    --_success: var(--raft-success, light-dark(#15803d, #4cc974));
    /* Controls have an outline that stands out from their ground. */
    --_edge: color-mix(in srgb, var(--_muted) 75%, var(--_surface));
    --_on-accent: light-dark(#ffffff, #14102b);
    --_tint: color-mix(in srgb, var(--_accent) 12%, transparent);
    --_font: var(--raft-font, system-ui, sans-serif);
    --_mono: var(--raft-mono, ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace);
    --_target: 2rem;
  }
  :host([theme="light"]) {
    color-scheme: light;
  }
  :host([theme="dark"]) {
    color-scheme: dark;
  }
  @media (pointer: coarse) {
    :host {
      --_target: 2.75rem;
    }
  }
`;

/** For every part: controls, text and the focus ring look the same everywhere. */
export const shared = css`
  :host {
    display: block;
    color: var(--_ink);
    font: 0.875rem/1.45 var(--_font);
    overflow-wrap: anywhere;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h2 {
    font-size: 0.9375rem;
    font-weight: 650;
  }
  h3 {
    font-size: 0.8125rem;
    font-weight: 650;
    color: var(--_muted);
  }
  .muted {
    color: var(--_muted);
  }
  .mono,
  td.number {
    font-family: var(--_mono);
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  button,
  input,
  select {
    min-height: var(--_target);
    border: 1px solid var(--_edge);
    border-radius: 6px;
    background: var(--_surface);
    color: inherit;
    font: inherit;
    max-width: 100%;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.375rem;
    min-width: var(--_target);
    padding: 0.125rem 0.625rem;
    cursor: pointer;
    touch-action: manipulation;
  }
  input:not([type="range"], [type="checkbox"], [type="radio"]),
  select {
    padding: 0.125rem 0.5rem;
  }
  input[type="range"] {
    border: 0;
    background: none;
    accent-color: var(--_accent);
  }
  input[type="checkbox"],
  input[type="radio"] {
    min-height: 0;
    width: 1.125rem;
    height: 1.125rem;
    margin: 0;
    accent-color: var(--_accent);
  }
  button:hover:not(:disabled) {
    border-color: var(--_accent);
    background: var(--_tint);
  }
  button:disabled {
    color: var(--_muted);
    border-color: var(--_line);
    cursor: default;
  }
  button.primary {
    border-color: transparent;
    background: var(--_accent);
    color: var(--_on-accent);
    font-weight: 600;
  }
  button.primary:hover:not(:disabled) {
    background: color-mix(in srgb, var(--_accent) 85%, var(--_ink));
  }
  button.primary:disabled {
    background: var(--_line);
    color: var(--_muted);
  }
  button.plain {
    border-color: transparent;
    background: none;
  }
  button svg {
    width: 1.125rem;
    height: 1.125rem;
    fill: currentColor;
    flex: none;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  label {
    display: inline-flex;
    align-items: center;
    gap: 0.375rem;
  }
  @media (pointer: coarse) {
    label {
      min-height: var(--_target);
    }
    input[type="checkbox"],
    input[type="radio"] {
      width: 1.5rem;
      height: 1.5rem;
    }
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: 0.1875rem 0.375rem;
    border-bottom: 1px solid var(--_line);
    text-align: start;
    vertical-align: baseline;
    overflow-wrap: anywhere;
  }
  th {
    color: var(--_muted);
    font-size: 0.75rem;
    font-weight: 600;
    overflow-wrap: normal;
  }
`;
