/** Chances: ratios of whole numbers in the core, percents on the page. */
import type { Ratio } from "../../pkg/raftarium.js";

/** A percentage with at most two decimals as a ratio. */
export function ratioOf(percent: number): Ratio {
  const hundredths = Math.round(Math.min(Math.max(percent, 0), 100) * 100);
  return `${hundredths}/10000`;
}

export function percentOf(ratio: Ratio): number {
  if (typeof ratio === "number") {
    return ratio * 100;
  }
  const [numerator = 0, denominator = 1] = ratio.split("/").map(Number);
  return Math.round((numerator / denominator) * 10_000) / 100;
}
