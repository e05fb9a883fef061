/**
 * The events that the element sends to its host. A listener may do whatever it likes: leave,
 * open another world, or bring about what it listens to, which ends some levels deep.
 */
import type { Notice, Recording, Simulation } from "../../pkg/raftarium.js";
import type { Subject } from "../core/subject.js";
import type { Activity } from "./activity.js";

/** A failure, for a host that wants to know. */
export interface Failure {
  /** A sentence for a person. */
  message: string;
  /**
   * Which kind: see `SimulationError`; `core`: the core failed or could not be loaded;
   * `page`: the page could not show the cluster, which itself goes on.
   */
  code: "scenario" | "link" | "action" | "refused" | "stopped" | "argument" | "core" | "page";
  /** The field that is at fault, such as `actions[2].do.crash.replica`. */
  path?: string | undefined;
  /** If something of the world was given up: all that is needed to see what was done to it. */
  recording?: Recording | undefined;
}

export interface RaftClusterEventMap {
  /** A world is there: at first, and each time that another one begins. */
  "raft-ready": CustomEvent<{ simulation: Simulation }>;
  /** Something happened in the world. */
  "raft-notice": CustomEvent<Notice>;
  /** Something else is inspected or selected. */
  "raft-select": CustomEvent<{ inspected: Subject | undefined; selected: readonly number[] }>;
  /** Something was done to the cluster, or asked of it, and this came of it: plain data. */
  "raft-activity": CustomEvent<Activity>;
  /** Something that was asked for can't be done. */
  "raft-error": CustomEvent<Failure>;
}
