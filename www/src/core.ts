/**
 * The core compiled to WebAssembly: loaded once for all elements of a page, which
 * share nothing else.
 */
import init, { __wbg_reset_state as reset, type SimulationError } from "../pkg/raftarium.js";

/**
 * What the core hands out: it may be left out on the way in, but is always there on
 * the way out.
 */
export type Whole<T> = T extends readonly (infer Item)[]
  ? Whole<Item>[]
  : T extends object
    ? { [Name in keyof T]-?: Whole<T[Name]> }
    : T;

let loading: Promise<void> | undefined;

/** Resolves when the core can be used. A failure may be tried again. */
export function loadCore(): Promise<void> {
  loading ??= init().then(
    () => undefined,
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/** How often the core has been begun anew. */
let life = 0;

/** Which life of the core a world belongs to: nothing of an earlier one may be used. */
export function coreLife(): number {
  return life;
}

/**
 * A core that failed in that life is replaced by a fresh one: whatever the failure left
 * behind, a full memory or a torn one, is gone, and so are the worlds of all elements.
 * Each finds out at its next call, and then only the first of them gets here in time.
 */
export function renewCore(failed: number): void {
  if (failed === life) {
    reset();
    life += 1;
  }
}

/**
 * Whether the error is an answer of the boundary. Anything else that a call into
 * the core throws is a fault of ours: the instance must not be used any more.
 */
export function isSimulationError(error: unknown): error is Error & SimulationError {
  return error instanceof Error && error.name === "SimulationError";
}

/** The error as a sentence; a `SimulationError` names the field that is wrong. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
