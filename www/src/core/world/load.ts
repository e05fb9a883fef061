/**
 * The core compiled to WebAssembly: loaded once for all elements of a page, which
 * share nothing else. A core that has failed is replaced by a fresh one, and nothing but
 * a failure of the core itself may do that: it costs the worlds of all elements.
 */
import init, * as core from "../../../pkg/raftarium.js";
import { wasmSource } from "./wasm-source.js";

/**
 * Data from the core: a field with a default may be left out on the way in, but is always
 * present on the way out.
 */
export type DeepRequired<T> = T extends readonly (infer Item)[]
  ? DeepRequired<Item>[]
  : T extends object
    ? { [Name in keyof T]-?: DeepRequired<T[Name]> }
    : T;

/** No world to ask: not yet, or no longer. The message says which. */
export class NoWorldError extends Error {
  override readonly name = "NoWorldError";
}

/** The core failed during the call, which is a fault of this program. */
export class CoreError extends Error {
  override readonly name = "CoreError";

  constructor(cause: unknown) {
    super(`The core failed: ${errorText(cause)}.`, { cause });
  }
}

let loading: Promise<void> | undefined;

/** Resolves when the core can be used. A failure may be tried again. */
export function loadCore(): Promise<void> {
  loading ??= start().then(
    () => undefined,
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

async function start(): Promise<void> {
  const source = await wasmSource();
  await init(source === undefined ? undefined : { module_or_path: source });
}

/** How often the core has been begun anew. */
let life = 0;
/** Whether a fresh core is needed, and could not be had yet. */
let torn = false;

/** Which life of the core a world belongs to: nothing of an earlier one may be used. */
export function coreLife(): number {
  return life;
}

/**
 * A core that failed in that life is replaced by a fresh one: whatever the failure left
 * behind, a full memory or a torn one, is gone, and so are the worlds of all elements.
 * Each finds out at its next call.
 */
export function renewCore(failed: number): void {
  if (failed === life) {
    life += 1;
    torn = true;
    beginAnew();
  }
}

/** Throws if there is no room for another core. */
function beginAnew(): void {
  core.__wbg_reset_state();
  torn = false;
}

/**
 * Whether the core itself failed: it panicked, ran out of memory, or did what WebAssembly
 * forbids. No other error says so: an object that is gone, one that is in use, and a fault
 * of the page's or the host's own code are errors too, and leave the core as it was.
 */
export function isTrap(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError;
}

/**
 * Calls into the core. If it fails, a fresh one takes its place at once, so that nobody
 * uses what is left of it; what is thrown is then a `CoreError`.
 */
export function enterCore<T>(call: () => T): T {
  const entered = life;
  try {
    if (torn) {
      beginAnew();
    }
    return call();
  } catch (error) {
    if (!torn && !isTrap(error)) {
      throw error;
    }
    console.error(error);
    try {
      renewCore(entered);
    } catch {
      // It is tried again at the next call.
    }
    throw new CoreError(error);
  }
}

/** This many nested calls need more of the stack than any call into the core. */
const ROOM = 2_000;

/**
 * Throws what a full stack throws if it is nearly full. For calls from a host's code, which may
 * have called itself without end: in the middle of the core that would tear it.
 */
export function needRoom(): void {
  descend(ROOM);
}

function descend(levels: number): number {
  return levels === 0 ? 0 : descend(levels - 1) + 1;
}

/** A call that needs no world: a fresh core can answer it as well, if this one fails. */
function ask<T>(call: () => T): T {
  try {
    return enterCore(call);
  } catch (error) {
    if (!(error instanceof CoreError)) {
      throw error;
    }
    return enterCore(call);
  }
}

export const courseFiles = () => ask(core.courseFiles);
export const defaultChoice = () => ask(core.defaultChoice);
export const flawedScenarios = () => ask(core.flawedScenarios);
export const flaws = () => ask(core.flaws);
export const freshSeed = () => ask(core.freshSeed);
export const isLink = (text: string) => ask(() => core.isLink(text));
export const isTestFile = (text: string) => ask(() => core.isTestFile(text));
export const messageKinds = () => ask(core.messageKinds);
export const openLink = (text: string) => ask(() => core.openLink(text));
export const shippedScenarios = () => ask(core.shippedScenarios);

/**
 * A value on its way into the core. Data becomes its JSON text here, so that code of the
 * host, such as a `toJSON`, never runs in the middle of a call into the core, where it could
 * pull away what the call works on. What has no JSON becomes something for which the core
 * has the right words.
 */
export function plain(value: unknown): unknown {
  if (typeof value === "function") {
    return Symbol("a function is no data");
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  try {
    return JSON.stringify(value) ?? Symbol("this has no JSON");
  } catch {
    return 0n;
  }
}

/**
 * Whether the error is an answer of the boundary: the call was refused, and nothing was
 * changed.
 */
export function isSimulationError(error: unknown): error is Error & core.SimulationError {
  return error instanceof Error && error.name === "SimulationError";
}

/** The error as a sentence; a `SimulationError` names the field that is wrong. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
