/** The same for Node, which does not fetch files. */
import { readFile } from "node:fs/promises";
import init from "../../pkg/raftarium.js";

export * from "../../pkg/raftarium.js";

/** Loads the core: the file beside this one, or other bytes of it. */
export async function ready(bytes?: BufferSource): Promise<void> {
  const wasm = bytes ?? (await readFile(new URL("./raftarium_bg.wasm", import.meta.url)));
  await init({ module_or_path: wasm });
}
