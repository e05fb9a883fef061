/**
 * The core compiled to WebAssembly: loaded once for all elements of a page, which
 * share nothing else.
 */
import init, { type SimulationError } from "../pkg/raftarium.js";

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
