/** What of the cluster a host wants to show: the attributes `controls` and `parts`. */

/** How much a person can do beside acting on the cluster itself; each has all that those before have. */
export const CONTROLS = ["none", "play", "steps", "all"] as const;
export type Controls = (typeof CONTROLS)[number];

/** What is shown of the cluster. Names may be added; none is taken away. */
export const PARTS = ["ring", "logs", "stores", "story", "narration", "form"] as const;
export type PartName = (typeof PARTS)[number];

/** Those on the canvas. */
const STAGE: readonly PartName[] = ["ring", "logs", "stores"];

/** Anything else than a name means all, as does `full`, the older name. */
export function controlsIn(text: string | null | undefined): Controls {
  return CONTROLS.find((name) => name === text?.trim().toLowerCase()) ?? "all";
}

/**
 * The parts that are named, with spaces or commas between; unknown names, which a later version may
 * know, are passed over. Without a known one it is everything with all controls, and otherwise the
 * stage alone.
 */
export function partsIn(text: string | null | undefined, controls: Controls): Set<PartName> {
  const names = (text ?? "").toLowerCase().split(/[\s,]+/);
  const known = PARTS.filter((part) => names.includes(part));
  if (known.length > 0) {
    return new Set(known);
  }
  return new Set(controls === "all" ? PARTS : STAGE);
}

/** Whether there is anything for the canvas to show. */
export function hasStage(parts: ReadonlySet<PartName>): boolean {
  return STAGE.some((part) => parts.has(part));
}
