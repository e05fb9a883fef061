/**
 * What runs test files: a wasm file of its own, which nothing else needs, made of the same sources
 * as the core. The page's side of it knows what there is to choose; tables run in workers.
 */
import init, * as core from "../../pkg/table.js";
import { type DeepRequired, loadCore, sourcesOf } from "../core/load.js";

/** The two wasm files of this page are of different versions. */
export class VersionError extends Error {
  override readonly name = "VersionError";
}

export interface TableCore {
  /** For a worker, which needs no address then. */
  module: WebAssembly.Module;
  /** The settings that files are run with if nothing else is chosen. */
  choice: DeepRequired<core.Choice>;
  /** The test files that ship. */
  files: readonly core.CourseFile[];
}

/** Loads it; a failure may be tried again. */
export async function loadTableCore(): Promise<TableCore> {
  const response = await fetch(new URL("../../pkg/table_bg.wasm", import.meta.url));
  if (!response.ok) {
    throw new Error(`the server says ${response.status}`);
  }
  const module = await WebAssembly.compile(await response.arrayBuffer());
  await Promise.all([loadCore(), init({ module_or_path: module })]);
  if (core.sourcesOf() !== sourcesOf()) {
    throw new VersionError();
  }
  return {
    module,
    choice: core.defaultChoice() as DeepRequired<core.Choice>,
    files: core.courseFiles(),
  };
}
