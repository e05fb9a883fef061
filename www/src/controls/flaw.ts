/** A rule that is broken on purpose: a strip that says so wherever such a world is shown. */
import { css, html, LitElement, nothing } from "lit";
import type { Flaw } from "../../pkg/raftarium.js";
import { flawStory, flawText } from "../text/flaws.js";
import { shared } from "../ui/shared.css.js";

export class RaftFlaw extends LitElement {
  static override properties = {
    flaw: { attribute: false },
    told: { attribute: false },
  };
  declare flaw: Flaw | undefined;
  /** Whether to tell its story here, where nothing else does. */
  declare told: boolean;

  static override styles = [
    shared,
    css`
      p {
        margin-block-end: 0.375rem;
        padding: 0.25rem 0.625rem;
        border: 2px dashed var(--_danger);
        border-radius: 6px;
        background: var(--_surface);
        font-size: 0.8125rem;
        overflow-wrap: anywhere;
      }
      strong::before {
        content: "⚠ ";
        color: var(--_danger);
      }
    `,
  ];

  override render() {
    const { flaw, told } = this;
    if (flaw === undefined) {
      return nothing;
    }
    return html`<p role="note">
      <strong>${flawText(flaw)}</strong> ${told ? flawStory(flaw)?.story : nothing}
    </p>`;
  }
}
