/** What the story says, for where the panels are out of sight: on a phone, below the stage. */
import { css, html, nothing } from "lit";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

export class RaftNow extends Part {
  static override readonly draws = ["run"] as const;

  static override styles = [
    shared,
    css`
      p {
        display: -webkit-box;
        overflow: hidden;
        padding-inline-start: 0.5rem;
        border-inline-start: 4px solid var(--_accent);
        font-size: 0.8125rem;
        overflow-wrap: anywhere;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
      }
    `,
  ];

  override render() {
    const story = this.controller.state.run?.scenario.story;
    return story ? html`<p>${story}</p>` : nothing;
  }
}
