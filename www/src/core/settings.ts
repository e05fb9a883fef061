/** Settings that a person changes while the world runs, and how each change is undone. */
import type { Action, DiskSettings, LinkQuality, View } from "../../pkg/raftarium.js";
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
  // The view does not tell these: they follow from what was done so far.
  if ("set_network" in action) {
    const quality = run.latest<LinkQuality>(view.now_us, (done) =>
      "set_network" in done ? done.set_network.quality : undefined,
    );
    return { set_network: { quality: quality ?? run.scenario.network } };
  }
  if ("set_disk" in action && action.set_disk.replica === undefined) {
    const disk = run.latest<DiskSettings>(view.now_us, (done) =>
      "set_disk" in done && done.set_disk.replica === undefined ? done.set_disk.disk : undefined,
    );
    return { set_disk: { replica: undefined, disk: disk ?? run.scenario.disk } };
  }
  return undefined;
}
