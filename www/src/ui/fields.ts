/** Labelled boxes: for a number, for one of several, for yes or no. */
import { html, noChange } from "lit";
import { Directive, directive, type PropertyPart } from "lit/directive.js";
import { setCommittedValue } from "lit/directive-helpers.js";
import { live } from "lit/directives/live.js";

export interface Bounds {
  min?: number;
  max: number;
  step?: number | "any";
}

/** The boxes in which a person is about to write something. */
const written = new WeakSet<Element>();

/** The value, but for a box that is written in: while the world plays, each frame shows it anew. */
class UnlessWritten extends Directive {
  render(value: string): unknown {
    return value;
  }

  override update(part: PropertyPart, [value]: [string]): unknown {
    if (written.has(part.element) || (part.element as HTMLInputElement).value === value) {
      return noChange;
    }
    // Whatever was shown last, the box holds something else.
    setCommittedValue(part);
    return value;
  }
}
const unlessWritten = directive(UnlessWritten);

/**
 * Calls `set` with what was typed, brought into the bounds. The box shows `value` at the next
 * rendering after that, whatever was typed.
 */
export function numberField(
  label: string,
  value: number,
  { min = 0, max, step = 1 }: Bounds,
  set: (value: number) => void,
) {
  const change = (event: Event) => {
    const box = event.target as HTMLInputElement;
    written.delete(box);
    const typed = box.valueAsNumber;
    set(Number.isFinite(typed) ? Math.min(Math.max(typed, min), max) : value);
  };
  return html`<label class="field">
    <span>${label}</span>
    <input
      type="number"
      min=${min}
      max=${max}
      step=${step}
      .value=${unlessWritten(String(value))}
      @input=${({ target }: Event) => written.add(target as Element)}
      @blur=${({ target }: Event) => written.delete(target as Element)}
      @change=${change}
    />
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
