/**
 * The npm package: makes `<raft-cluster>` known where there is a page, and does nothing on a
 * server, where it can be imported all the same.
 */
import { RaftCluster } from "../element/raft-cluster.js";

export type {
  Action,
  Answer,
  Notice,
  Operation,
  ReadMode,
  Recording,
  Scenario,
  Simulation,
  View,
} from "../../pkg/raftarium.js";
export type { Activity, By, CameOfIt, Did, Statement } from "../core/activity.js";
export type { Failure, RaftClusterEventMap } from "../core/events.js";
export { CoreError, NoWorldError } from "../core/world/load.js";
export { RaftCluster };

if (typeof customElements !== "undefined" && typeof document !== "undefined") {
  RaftCluster.define();
}
