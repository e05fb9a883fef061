/** What the parts of the element may ask of the whole. */
import type { Action, Answer, Operation, ReadMode, View } from "../../pkg/raftarium.js";
import type { RunningWorld, WorldSource } from "./running-world.js";
import type { Subject } from "./subject.js";

/** The world as the last frame saw it. */
export interface Frame {
  view: View;
  /** See `in-flight.ts`. */
  messages: Float64Array;
  nowUs: number;
}

/** Everything that a hand on one of the parts can lead to. Nothing here throws. */
export interface Host {
  readonly run: RunningWorld | undefined;
  readonly snapshot: Frame | undefined;
  readonly playing: boolean;
  speed: number;
  play(): void;
  pause(): void;
  /** One event. */
  step(): void;
  /** On to the next event that is more than a tick of a clock. */
  stepOverTicks(): void;
  /** To the moment after that many events; what came later is forgotten. */
  rewind(events: number): void;
  /** To the moment after that many events, back or on. */
  goTo(events: number): void;
  /** Does it, or says why not in the status line. Answers whether it was done. */
  attempt(action: Action): boolean;
  /**
   * Asks the cluster as client 1, a read to be served as `reads` says, or else the
   * protocol; rejects with a reason that can be shown.
   */
  ask(operation: Operation, reads?: ReadMode): Promise<Answer>;
  /** Runs another scenario or recording, or says what is wrong with it and leaves the running one alone. */
  open(scenario: WorldSource, seed?: number): boolean;
  /** Shows it in the inspector. */
  inspect(subject: Subject | undefined): void;
  readonly inspected: Subject | undefined;
  readonly selected: readonly number[];
  select(replicas: readonly number[]): void;
  /** Puts a sentence into the status line. */
  say(text: string): void;
  showHelp(): void;
}
