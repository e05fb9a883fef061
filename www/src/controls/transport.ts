/** Play, pause, step, speed, and the virtual time of the world. */
import { css, html } from "lit";
import { COMMANDS, type Command } from "../core/commands.js";
import type { Frame } from "../core/session.js";
import { STOPS, stopOf } from "../core/speed.js";
import { count, seconds, speedText } from "../text/names.js";
import { commandButton } from "../ui/command-button.js";
import { helpIcon, pauseIcon, playIcon, skipIcon, stepBackIcon, stepIcon } from "../ui/icons.js";
import { Part } from "../ui/part.js";
import { shared } from "../ui/shared.css.js";

export class RaftTransport extends Part {
  static override properties = { level: { attribute: false } };
  static override readonly draws = ["playing", "slipping", "speed"] as const;
  /** How much there is to do here. */
  declare level: "play" | "steps" | "all" | undefined;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.375rem 0.625rem;
      }
      .buttons {
        display: flex;
        gap: 0.25rem;
      }
      .play {
        min-width: 5.75rem;
      }
      .speed {
        flex: 1 1 9rem;
        max-width: 20rem;
      }
      .speed input {
        flex: 1;
        min-width: 4rem;
      }
      output {
        font-variant-numeric: tabular-nums;
      }
      .speed output {
        min-width: 3.25rem;
      }
      .readouts {
        display: flex;
        flex-wrap: wrap;
        gap: 0 0.875rem;
        margin-inline-start: auto;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  /** Each frame, past the template: two texts change, nothing else. */
  drawFrame({ nowUs, view }: Frame): void {
    const [time, counter] = this.renderRoot.querySelectorAll<HTMLElement>(".readouts b");
    if (time && counter) {
      time.textContent = seconds(nowUs);
      counter.textContent = count(view.events);
    }
  }

  override render() {
    const { controller } = this;
    const { playing, slipping, speed } = controller.state;
    const button = (command: Command, icon: unknown) =>
      commandButton(command, controller, { icon, named: false });
    const play = commandButton(COMMANDS.play, controller, {
      icon: playing ? pauseIcon : playIcon,
      kind: "play primary",
    });
    const readouts = html`<div class="readouts">
      <span><span class="muted">time</span> <b>0.000 s</b></span>
      <span><span class="muted">events</span> <b>0</b></span>
    </div>`;
    if (this.level === "play") {
      return html`<div class="buttons">${play}</div>
        ${readouts}`;
    }
    return html`
      <div class="buttons" role="group" aria-label="Run">
        ${button(COMMANDS.stepBack, stepBackIcon)} ${play} ${button(COMMANDS.step, stepIcon)}
        ${button(COMMANDS.stepOverTicks, skipIcon)}
      </div>
      <label class="speed">
        Speed
        <input
          type="range"
          min="0"
          max=${STOPS.length - 1}
          .value=${String(stopOf(speed))}
          aria-valuetext=${`${speedText(speed)} of real time`}
          @input=${this.#slide}
        />
        <output>${speedText(speed)}</output>
      </label>
      <p class="muted" ?hidden=${!slipping}>as fast as this machine can</p>
      ${readouts} ${button(COMMANDS.help, helpIcon)}
    `;
  }

  #slide(event: Event) {
    const stop = STOPS[Number((event.target as HTMLInputElement).value)];
    if (stop !== undefined) {
      this.controller.speed = stop;
    }
  }
}
