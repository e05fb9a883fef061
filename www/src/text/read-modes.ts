/** The ways to serve a read (thesis §6.4), by names for menus. */
import type { ReadMode } from "../../pkg/raftarium.js";
import { match } from "../core/match.js";

export const READ_MODES = {
  log: "through the log",
  read_index: "read index",
  followers: "read index, at any replica",
  lease: "lease",
} as const;

export type ReadModeName = keyof typeof READ_MODES;

/** How far two clocks may differ unless the settings say otherwise: one per cent. */
const DRIFT_PPM = 10_000;

export function readModeName(mode: ReadMode): ReadModeName {
  return match<ReadMode, ReadModeName>(mode, {
    log: () => "log",
    read_index: ({ followers }) => (followers ? "followers" : "read_index"),
    lease: () => "lease",
  });
}

/** How far clocks may drift apart for a lease in this mode, in parts per million. */
export function driftOf(mode: ReadMode): number {
  return "lease" in mode ? mode.lease.drift_ppm : DRIFT_PPM;
}

export function readModeOf(name: ReadModeName, drift_ppm: number): ReadMode {
  switch (name) {
    case "log":
      return { log: {} };
    case "read_index":
      return { read_index: { followers: false } };
    case "followers":
      return { read_index: { followers: true } };
    case "lease":
      return { lease: { drift_ppm } };
  }
}
