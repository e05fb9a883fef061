/** The message about a failure, above the stage; with a button to save what was done so far. */
import { html, nothing } from "lit";
import type { Recording } from "../../pkg/raftarium.js";
import { saveRecording } from "../core/time/save.js";
import { closeIcon } from "../ui/icons.js";

/** `givenUp`: the world that the failure has cost something of. */
export function banner(failure: string, givenUp: Recording | undefined, close: () => void) {
  return html`<div class="banner" role="alert">
    <p>${failure}</p>
    ${
      givenUp === undefined
        ? nothing
        : html`<button
            title="The scenario, the seed and what was done to the cluster, as a file that can be opened again"
            @click=${() => saveRecording(givenUp)}
          >
            Save what was done
          </button>`
    }
    <button class="plain" aria-label="Close this message" @click=${close}>${closeIcon}</button>
  </div>`;
}
