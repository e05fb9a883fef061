/** Play, pause, step, speed, and where in virtual time the world stands. */
import { css, html, LitElement } from "lit";
import type { Host } from "../core/controller.js";
import { SPEED_MAX, SPEED_MIN } from "../core/frame-loop.js";
import { count, seconds, speedText } from "../text/names.js";
import { helpIcon, pauseIcon, playIcon, skipIcon, stepBackIcon, stepIcon } from "../ui/icons.js";
import { shared } from "../ui/shared.css.js";

/** The speeds that the slider stops at: even steps of a logarithm, in round numbers. */
const STOPS = [1 / 100, 1 / 50, 1 / 20, 1 / 10, 1 / 5, 1 / 2, 1, 2, 5, 10, 20, 50, 100] as const;

/** The stop nearest to a speed. */
function stopOf(speed: number): number {
  const distances = STOPS.map((stop) => Math.abs(Math.log(stop / speed)));
  return distances.indexOf(Math.min(...distances));
}

/** The next faster (+1) or slower (−1) stop. */
export function nextSpeed(speed: number, by: 1 | -1): number {
  const next = STOPS[stopOf(speed) + by];
  return next ?? (by > 0 ? SPEED_MAX : SPEED_MIN);
}

export class RaftTransport extends LitElement {
  static override properties = {
    host: { attribute: false },
    playing: { type: Boolean },
    slipping: { type: Boolean },
    speed: { type: Number },
  };
  declare host: Host;
  declare playing: boolean;
  declare slipping: boolean;
  declare speed: number;

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
  tell(nowUs: number, events: number): void {
    const [time, counter] = this.renderRoot.querySelectorAll<HTMLElement>(".readouts b");
    if (time && counter) {
      time.textContent = seconds(nowUs);
      counter.textContent = count(events);
    }
  }

  override render() {
    const { host, playing, speed } = this;
    return html`
      <div class="buttons" role="group" aria-label="Run">
        <button title="One event back (,)" aria-label="One event back" @click=${this.#back}>
          ${stepBackIcon}
        </button>
        <button
          class="play primary"
          title="Space on the stage"
          @click=${() => (playing ? host.pause() : host.play())}
        >
          ${playing ? pauseIcon : playIcon}${playing ? "Pause" : "Play"}
        </button>
        <button title="One event (.)" aria-label="One event" @click=${() => host.step()}>
          ${stepIcon}
        </button>
        <button
          title="To the next event that is more than a clock's tick (>)"
          aria-label="To the next event that is more than a clock's tick"
          @click=${() => host.stepOverTicks()}
        >
          ${skipIcon}
        </button>
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
      <p class="muted" ?hidden=${!this.slipping}>as fast as this machine can</p>
      <div class="readouts">
        <span><span class="muted">time</span> <b>0.000 s</b></span>
        <span><span class="muted">events</span> <b>0</b></span>
      </div>
      <button aria-label="Help" title="Help (?)" @click=${() => host.showHelp()}>
        ${helpIcon}
      </button>
    `;
  }

  #back() {
    const events = this.host.snapshot?.view.events ?? 0;
    this.host.rewind(Math.max(events - 1, 0));
  }

  #slide(event: Event) {
    const stop = STOPS[Number((event.target as HTMLInputElement).value)];
    if (stop !== undefined) {
      this.host.speed = stop;
    }
  }
}
