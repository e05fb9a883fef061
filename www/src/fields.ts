/** A labelled box for a number. */
import { html } from "lit";
import { live } from "lit/directives/live.js";

export interface Bounds {
  min?: number;
  max: number;
  step?: number | "any";
}

/**
 * Calls `set` with what was typed, brought into the bounds. The box shows `value`
 * again at the next rendering, whatever was typed.
 */
export function numberField(
  label: string,
  value: number,
  { min = 0, max, step = 1 }: Bounds,
  set: (value: number) => void,
) {
  const change = (event: Event) => {
    const typed = (event.target as HTMLInputElement).valueAsNumber;
    set(Number.isFinite(typed) ? Math.min(Math.max(typed, min), max) : value);
  };
  return html`<label class="field">
    <span>${label}</span>
    <input type="number" min=${min} max=${max} step=${step} .value=${live(String(value))} @change=${change} />
  </label>`;
}
