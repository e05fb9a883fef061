/**
 * What was done to a cluster and what came of it, as plain data, for a host that grades or keeps
 * a log: also in the shape of a statement of the Experience API (IEEE 9274.1.1), but for the
 * actor, whom only the host knows.
 */
import type { Action, Answer, Operation } from "../../pkg/raftarium.js";
import type { RunningWorld } from "./world/running-world.js";

/** Who did it: the person at the element, or the page around it by a call. */
export type By = "person" | "host";

export type Did =
  | { readonly opened: { readonly title: string } }
  | { readonly acted: { readonly action: Action } }
  | { readonly asked: { readonly operation: Operation } }
  | { readonly watched: Record<string, never> };

export type CameOfIt =
  | { readonly done: Record<string, never> }
  | { readonly refused: { readonly reason: string } }
  | { readonly answered: { readonly answer: Answer } }
  | { readonly unanswered: { readonly reason: string } }
  | { readonly stopped: { readonly message: string } };

export interface Activity {
  readonly by: By;
  readonly did: Did;
  readonly cameOfIt: CameOfIt;
  /** Where in the run: after how many events, at which virtual time in microseconds. */
  readonly events: number;
  readonly at_us: number;
  readonly scenario: string;
  readonly seed: number | undefined;
  readonly statement: Statement;
}

/** A statement of the Experience API without its actor. */
export interface Statement {
  readonly verb: { readonly id: string; readonly display: { readonly en: string } };
  readonly object: {
    readonly objectType: "Activity";
    readonly id: string;
    readonly definition: {
      readonly type: string;
      readonly name: { readonly en: string };
    };
  };
  readonly result: {
    readonly success: boolean;
    readonly response: string;
    readonly extensions: Readonly<Record<string, unknown>>;
  };
  readonly timestamp: string;
}

const VERBS = {
  opened: ["http://adlnet.gov/expapi/verbs/launched", "launched"],
  acted: ["http://adlnet.gov/expapi/verbs/interacted", "interacted"],
  asked: ["http://adlnet.gov/expapi/verbs/asked", "asked"],
  watched: ["http://adlnet.gov/expapi/verbs/experienced", "experienced"],
} as const;
const SIMULATION = "http://adlnet.gov/expapi/activities/simulation";
/** Identifiers that need no host of ours: names, not addresses. */
const NAMES = "urn:raftarium:";

/** What was done to that world and came of it, now. */
export function activityIn(
  run: RunningWorld | undefined,
  { by, did, cameOfIt }: Pick<Activity, "by" | "did" | "cameOfIt">,
): Activity {
  const told = {
    by,
    did,
    cameOfIt,
    events: run?.look((world) => world.events) ?? 0,
    at_us: run?.look((world) => world.nowUs) ?? 0,
    scenario: run?.scenario.title ?? "",
    seed: run?.seed,
  };
  return withStatement(told, new Date());
}

function withStatement(told: Omit<Activity, "statement">, wall: Date): Activity {
  const [kind, what] = Object.entries(told.did)[0] as [keyof typeof VERBS, unknown];
  const [outcome, detail] = Object.entries(told.cameOfIt)[0] as [string, unknown];
  const [id, display] = VERBS[kind];
  const { by, events, at_us, scenario, seed } = told;
  return {
    ...told,
    statement: {
      verb: { id, display: { en: display } },
      object: {
        objectType: "Activity",
        id: `${NAMES}scenario:${encodeURIComponent(scenario)}`,
        definition: { type: SIMULATION, name: { en: scenario } },
      },
      result: {
        success: outcome === "done" || outcome === "answered",
        response: JSON.stringify({ [outcome]: detail }),
        extensions: {
          [`${NAMES}did`]: { [kind]: what },
          [`${NAMES}run`]: { by, events, at_us, seed },
        },
      },
      timestamp: wall.toISOString(),
    },
  };
}
