import { css } from "lit";

export const layout = css`
  :host {
    container-type: inline-size;
    background: var(--_ground);
  }
  /* All sizes follow the font size of the element, and no text is below 10 px. */
  .cluster,
  .absent,
  .instead {
    --_rem: max(1em, 13.4px);
  }
  .cluster > *,
  .absent > * {
    font-size: 0.875rem;
  }
  /* A host may give the element a height: then the stage takes what is left of it. */
  .cluster {
    display: flex;
    flex-direction: column;
    gap: 0.5rem;
    height: 100%;
    padding: 0.5rem;
    overflow: auto;
    border-radius: 10px;
  }
  .cluster > * {
    flex: none;
    min-width: 0;
  }
  .stage:empty,
  .status:empty {
    display: none;
  }
  .cluster.dropping {
    outline: 3px dashed var(--_accent);
    outline-offset: -3px;
  }
  .cluster > .stage {
    display: contents;
  }
  .sights {
    display: flex;
    flex: none;
    gap: 0.125rem;
    align-self: end;
    margin-block-end: 0.125rem;
  }
  .sights button {
    min-height: 1.75rem;
    font-size: 0.8125rem;
  }
  .sights button[aria-pressed="true"] {
    border-color: var(--_accent);
    background: var(--_tint);
    font-weight: 650;
  }
  /* On a phone the stage, its controls and what the story says now are in sight together. */
  @container (max-width: 36rem) {
    .cluster.full raft-stage {
      flex-basis: clamp(20rem, calc(100dvh - 21rem), 36rem);
    }
    .cluster.full raft-transport {
      order: 1;
    }
    .cluster.full :is(raft-timeline, raft-client-form, .status, .sides) {
      order: 2;
    }
    .cluster.full raft-now {
      display: block;
      order: 1;
    }
  }
  raft-now {
    display: none;
  }
  raft-spacetime {
    flex: 1 0 auto;
    min-height: 22rem;
  }
  .cluster raft-stage {
    flex: 1 1 clamp(18rem, 62cqi, 36rem);
  }
  raft-flaw {
    flex: none;
  }
  .absent {
    padding: 0.5rem 0.75rem;
    border: 1px solid var(--_line);
    border-radius: 8px;
  }
  .instead {
    display: none;
  }
  .banner {
    display: flex;
    align-items: start;
    justify-content: space-between;
    gap: 0.5rem;
    padding: 0.25rem 0.25rem 0.25rem 0.75rem;
    border: 1px solid var(--_danger);
    border-inline-start-width: 4px;
    border-radius: 6px;
    background: var(--_surface);
  }
  .banner p {
    padding-block: 0.25rem;
    overflow-wrap: anywhere;
  }
  .sided > .status {
    display: block;
    min-height: 1.45em;
  }
  .status {
    color: var(--_muted);
    overflow-wrap: anywhere;
  }
  raft-side-panel,
  raft-story.panel,
  raft-narration {
    border: 1px solid var(--_line);
    border-radius: 8px;
    background: var(--_surface);
  }
  .sides {
    display: grid;
    gap: 0.5rem;
    min-width: 0;
  }
  raft-narration {
    /* Its announcements are at its end, unseen: they must not make the page longer. */
    position: relative;
    max-height: 24rem;
    overflow: auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
  }

  /* Side by side; a host that gives the element a height decides how high the stage is. */
  @container (min-width: 56rem) {
    .cluster.sided {
      display: grid;
      grid-template-columns: minmax(0, 1fr) clamp(20rem, 30cqi, 34rem);
      grid-template-rows: auto auto minmax(18rem, 1fr) auto auto auto auto;
      grid-template-areas:
        "bar bar"
        "banner banner"
        "stage sides"
        "timeline sides"
        "transport sides"
        "form sides"
        "status sides";
    }
    .cluster.sided > .stage {
      display: flex;
      flex-direction: column;
      grid-area: stage;
    }
    .cluster.sided raft-stage {
      flex: 1;
    }
    .cluster.sided raft-spacetime {
      flex: 1;
      min-height: 0;
    }
    .cluster.sided raft-stage + raft-spacetime {
      border-block-start: 1px solid var(--_line);
      padding-block-start: 0.25rem;
    }
    raft-scenario-bar {
      grid-area: bar;
    }
    .banner {
      grid-area: banner;
    }
    raft-timeline {
      grid-area: timeline;
    }
    raft-transport {
      grid-area: transport;
    }
    raft-client-form {
      grid-area: form;
    }
    .status {
      grid-area: status;
    }
    .sides {
      grid-area: sides;
      grid-auto-rows: minmax(0, 3fr);
      min-height: 0;
      /* Never a reason for the grid to grow: what does not fit is scrolled. */
      contain: size;
    }
    raft-narration {
      max-height: none;
    }
    raft-story.panel {
      overflow: auto;
      max-height: none;
    }
  }

  @media print {
    :host {
      height: auto;
      break-inside: avoid;
    }
    .cluster,
    .cluster.sided {
      display: block;
      height: auto;
      overflow: visible;
    }
    .sides {
      contain: none;
      display: block;
    }
    raft-narration,
    raft-story.panel {
      max-height: none;
      overflow: visible;
    }
    raft-scenario-bar,
    raft-timeline,
    raft-transport,
    raft-client-form,
    raft-side-panel,
    .sights,
    .banner,
    .status,
    .cluster.replaced {
      display: none;
    }
    .instead {
      display: block;
    }
    .cluster raft-stage {
      height: 24rem;
    }
  }
`;
