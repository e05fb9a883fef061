/** Settings that a person changes while the world runs, and how each change is undone. */
import type { Action, DiskSettings, LinkQuality, View } from "../../pkg/raftarium.js";
import type { DeepRequired } from "./world/load.js";
import type { RunningWorld } from "./world/running-world.js";

/** What brings back what a setting was before; none: the action changes no setting for all. */
export function inverseOf(action: Action, run: RunningWorld, view: View): Action | undefined {
  if ("set_workload" in action) {
    return { set_workload: { workload: view.workload } };
  }
  if ("set_protocol" in action && action.set_protocol.replica === undefined) {
    return { set_protocol: { replica: undefined, protocol: view.protocol } };
  }
  if ("set_timing" in action && action.set_timing.replica === undefined) {
    return { set_timing: { replica: undefined, timing: view.timing } };
  }
  if ("set_snapshots" in action) {
    return { set_snapshots: { snapshots: view.snapshots } };
  }
  if ("set_network" in action) {
    return { set_network: { quality: networkAndDisk(run, view.now_us).quality } };
  }
  if ("set_disk" in action && action.set_disk.replica === undefined) {
    return { set_disk: { replica: undefined, disk: networkAndDisk(run, view.now_us).disk } };
  }
  return undefined;
}

/** The view does not tell these settings: they follow from what was done so far. */
export function networkAndDisk(run: RunningWorld, nowUs: number) {
  const quality = run.latest(nowUs, (action) =>
    "set_network" in action ? (action.set_network.quality as DeepRequired<LinkQuality>) : undefined,
  );
  const disk = run.latest(nowUs, (action) =>
    "set_disk" in action && action.set_disk.replica === undefined
      ? (action.set_disk.disk as DeepRequired<DiskSettings>)
      : undefined,
  );
  return { quality: quality ?? run.scenario.network, disk: disk ?? run.scenario.disk };
}
