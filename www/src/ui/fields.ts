/** Labelled boxes: for a number, for one of several, for yes or no. */
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

/** One of several, by its name. */
export function choiceField<K extends string>(
  label: string,
  value: K,
  choices: Record<K, string>,
  set: (value: K) => void,
) {
  const change = (event: Event) => set((event.target as HTMLSelectElement).value as K);
  return html`<label class="field">
    <span>${label}</span>
    <select .value=${live(value)} @change=${change}>
      ${Object.entries<string>(choices).map(
        ([name, text]) => html`<option value=${name} ?selected=${name === value}>${text}</option>`,
      )}
    </select>
  </label>`;
}

/** Yes or no. */
export function checkField(label: string, value: boolean, set: (value: boolean) => void) {
  const change = (event: Event) => set((event.target as HTMLInputElement).checked);
  return html`<label class="check">
    <input type="checkbox" .checked=${live(value)} @change=${change} />
    <span>${label}</span>
  </label>`;
}
