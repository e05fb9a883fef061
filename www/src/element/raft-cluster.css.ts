import { css } from "lit";

export const layout = css`
  :host {
    container-type: inline-size;
    background: var(--_ground);
  }
  .cluster {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.5rem;
    padding: 0.5rem;
    border-radius: 10px;
  }
  .cluster.dropping {
    outline: 3px dashed var(--_accent);
    outline-offset: -3px;
  }
  .stage {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
  }
  .sights {
    display: flex;
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
  raft-stage {
    height: 36rem;
  }
  /* On a phone the stage, its controls and the story are in sight together. */
  @container (max-width: 36rem) {
    .cluster:not(.bare) raft-stage {
      height: clamp(20rem, calc(100dvh - 21rem), 36rem);
    }
    .cluster:not(.bare) raft-transport {
      order: 1;
    }
    .cluster:not(.bare) :is(raft-timeline, raft-client-form, .status, .sides) {
      order: 2;
    }
    .cluster:not(.bare) raft-now {
      display: block;
      order: 1;
    }
  }
  raft-now {
    display: none;
  }
  raft-spacetime {
    min-height: 22rem;
  }
  .bare raft-stage {
    height: clamp(18rem, 62cqi, 40rem);
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
  .status {
    min-height: 1.45em;
    color: var(--_muted);
    overflow-wrap: anywhere;
  }
  .bare .status:empty {
    display: none;
  }
  raft-side-panel,
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
    .cluster:not(.bare) {
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
      height: 100%;
    }
    .cluster:not(.bare) .stage {
      grid-area: stage;
    }
    .cluster:not(.bare) raft-stage {
      flex: 1;
      height: auto;
    }
    .cluster:not(.bare) raft-spacetime {
      flex: 1;
      min-height: 0;
    }
    .cluster:not(.bare) raft-stage + raft-spacetime {
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
    .cluster:not(.bare) .status {
      grid-area: status;
    }
    .sides {
      grid-area: sides;
      grid-template-rows: minmax(0, 3fr) minmax(0, 2fr);
      min-height: 0;
      /* Never a reason for the grid to grow: what does not fit is scrolled. */
      contain: size;
    }
    raft-narration {
      max-height: none;
    }
  }
`;
