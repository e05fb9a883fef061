/**
 * `raftarium.js`: one classic script with the core inside. It makes `<raft-cluster>` known and does
 * nothing else. Of two on a page the first one counts.
 */
import { RaftCluster } from "../element/raft-cluster.js";

const there = customElements.get("raft-cluster") as typeof RaftCluster | undefined;
if (there) {
  console.warn(
    `<raft-cluster> is here already, of Raftarium ${there.version}: the script of ${RaftCluster.version} is passed over.`,
  );
} else {
  RaftCluster.define();
}
