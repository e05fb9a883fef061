/** What the story says now, for where the panels are out of sight: on a phone, below the stage. */
import { css, html, nothing } from "lit";
import { storyNow, storySeed } from "../core/time/story.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

export class RaftNow extends Part {
  static override readonly draws = ["run", "frame", "branches"] as const;

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
    const { run, branches } = this.controller.state;
    const story = run && storyNow(run, branches?.shown);
    const text = story ? story.steps[story.came - 1]?.say : run?.scenario.story;
    if (!run || typeof text !== "string" || text === "") {
      return nothing;
    }
    const seed = storySeed(run);
    return html`<p>${seed === undefined ? nothing : `With seed ${seed}: `}${text}</p>`;
  }
}
