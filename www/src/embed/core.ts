/**
 * The simulation without an element: `await ready()`, then `new Simulation(scenario, seed)`. What
 * each function does is in its type's documentation.
 */
import init from "../../pkg/raftarium.js";

export * from "../../pkg/raftarium.js";

/** Loads the core: the file beside this one, or other bytes of it. */
export async function ready(bytes?: BufferSource | Response | Promise<Response>): Promise<void> {
  await init(bytes === undefined ? undefined : { module_or_path: bytes });
}
