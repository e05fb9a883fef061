/** The rules that are broken on purpose, in words. */
import type { Flaw, FlawStory } from "../../pkg/raftarium.js";
import { flaws } from "../core/world/load.js";

let known: readonly FlawStory[] | undefined;

/** The story of a flaw. The core must be loaded. */
export function flawStory(flaw: Flaw): FlawStory | undefined {
  known ??= flaws();
  return known.find(({ name }) => name === flaw);
}

/** "Flawed on purpose: commits-older-term". */
export function flawText(flaw: Flaw): string {
  return `Flawed on purpose: ${flaw}`;
}
