/** A button for a command: its name, its key and whether it can be used come from the registry. */
import { html, nothing } from "lit";
import { type Command, keyName } from "../core/commands.js";
import type { Controller } from "../core/controller.js";
import { sentenceCase } from "../text/names.js";

export interface ButtonLook {
  /** A drawing. */
  icon?: unknown;
  /** Whether the name is shown: else the drawing must do, and the name is for screen readers. */
  named?: boolean;
  /** Its class. */
  kind?: string;
}

export function commandButton(command: Command, controller: Controller, look: ButtonLook = {}) {
  const { icon = nothing, named = true, kind = "" } = look;
  const { state } = controller;
  const label = command.label(state);
  const [key] = command.keys;
  const title = sentenceCase(command.help) + (key === undefined ? "" : ` (${keyName(key)})`);
  return html`<button
    class=${kind}
    title=${title}
    aria-label=${named ? nothing : label}
    ?disabled=${command.enabled?.(state) === false}
    @click=${() => command.run(controller)}
  >
    ${icon}${named ? html`<span class="word">${label}</span>` : nothing}
  </button>`;
}
