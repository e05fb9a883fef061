/** Failures, and what is lost by them, in sentences. */

import type { Failure } from "../core/events.js";
import { CoreError, errorText, isSimulationError, NoWorldError } from "../core/world/load.js";
import type { Checkpoint, RunningWorld } from "../core/world/running-world.js";
import { flawText } from "./flaws.js";
import { count, plural } from "./names.js";

/** An error as a host and a person are told of it. */
export function failureOf(error: unknown): Failure {
  const message = errorText(error);
  if (isSimulationError(error)) {
    return { message, code: error.code, path: error.path };
  }
  if (error instanceof NoWorldError) {
    return { message, code: "refused" };
  }
  return { message, code: error instanceof CoreError ? "core" : "page" };
}

/** Why the core could not be loaded, and what the page's author can do about it. */
export function loadingText(error: unknown): string {
  if (typeof WebAssembly !== "object") {
    return "This browser has no WebAssembly, or has it switched off.";
  }
  const text = errorText(error);
  return /Content Security Policy|blocked by CSP|unsafe-eval/i.test(text)
    ? `This page's content security policy forbids WebAssembly: it needs script-src 'wasm-unsafe-eval'. ${text}`
    : text;
}

/** A rule that is broken on purpose explains what correct Raft would never do. */
export function blame({ scenario: { flaw } }: RunningWorld): string {
  return flaw === undefined ? "" : `${flawText(flaw)}. `;
}

/** How far a world was played again. */
export function howFar(run: RunningWorld, { events }: Checkpoint): string {
  return run.events < events
    ? `The cluster was played again up to event ${count(run.events)}; the ${plural(events - run.events, "event")} after it are given up: to play them again would take too long.`
    : "The cluster was played again up to that moment.";
}

/** The losses when a world comes back as the last frame saw it; a sentence for each. */
export function givenUp({ touches, waiting }: RunningWorld): string {
  const lost = [];
  if (touches > 0) {
    lost.push(` What was done after it is given up: ${plural(touches, "intervention")}.`);
  }
  if (waiting > 0) {
    lost.push(` ${plural(waiting, "request")} will not be answered.`);
  }
  return lost.join("");
}
