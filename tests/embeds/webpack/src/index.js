import { RaftCluster } from "raftarium";

const cluster = document.createElement("raft-cluster");
cluster.scenario = "leader-crash";
cluster.controls = "steps";
cluster.paused = true;
document.body.append(cluster);
console.log(`Raftarium ${RaftCluster.version}`);
