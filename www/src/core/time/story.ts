/**
 * How far the story has come, and when each of its steps came: those that are still to come are
 * known where the branch has been that far before.
 */
import type { StoryMoment, StoryStep } from "../../../pkg/raftarium.js";
import type { DeepRequired } from "../world/load.js";
import type { RunningWorld } from "../world/running-world.js";

type Step = DeepRequired<StoryStep>;

export interface StoryNow {
  readonly steps: readonly Step[];
  /** How many of them have come. */
  readonly came: number;
  /** When; none: it is not known yet. */
  readonly moments: readonly (StoryMoment | undefined)[];
}

/** What is known of worlds that have been further. */
const known = new WeakMap<RunningWorld, Map<number, readonly StoryMoment[]>>();

/**
 * The seed that the story was written for, where the world runs with another: then who leads, and when,
 * may be other than it says.
 */
export function storySeed(run: RunningWorld): number | undefined {
  const { seed, story } = run.scenario;
  return story.length > 0 && seed !== run.seed ? seed : undefined;
}

/** None: the story is a text, or there is none. */
export function storyNow(run: RunningWorld, branch: number | undefined): StoryNow | undefined {
  const { story } = run.scenario;
  if (typeof story === "string") {
    return undefined;
  }
  const came = run.look((world) => world.story()) ?? [];
  const ofWorld = known.get(run) ?? new Map<number, readonly StoryMoment[]>();
  known.set(run, ofWorld);
  const before = ofWorld.get(branch ?? 0) ?? [];
  const all = came.length >= before.length ? came : [...came, ...before.slice(came.length)];
  ofWorld.set(branch ?? 0, all);
  return { steps: story, came: came.length, moments: story.map((_, at) => all[at]) };
}
