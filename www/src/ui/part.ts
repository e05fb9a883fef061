/** A part of the element: gets the controller, and draws from its state. */
import { LitElement, type PropertyDeclarations } from "lit";
import type { Controller, Observer, State } from "../core/controller.js";

export abstract class Part extends LitElement implements Observer {
  static override properties: PropertyDeclarations = { controller: { attribute: false } };
  declare controller: Controller;

  /** The fields of the state that it draws: if none of them has changed, it isn't rendered. */
  static readonly draws: readonly (keyof State)[] = [];

  #leave: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leave = this.controller?.observe(this);
    // The state may have changed while it was out of the page.
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave?.();
    this.#leave = undefined;
  }

  stateChanged(before: State, after: State): void {
    const { draws } = this.constructor as typeof Part;
    if (draws.some((name) => before[name] !== after[name])) {
      this.requestUpdate();
    }
  }
}
