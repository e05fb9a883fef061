/**
 * The page's end of the worker that runs its test files. A worker has one table and a core of
 * its own: whatever happens to it, the cluster on the stage goes on.
 */
import { errorText } from "../core/world/load.js";
import { wasmSource } from "../core/world/wasm-source.js";
import type { FromWorker, Order, ToWorker } from "./protocol.js";
import CourseWorker from "./worker.js?worker&inline";

/** A table that is being run, or was; its worker lives until it is closed. */
export class CourseJob {
  readonly #worker = new CourseWorker();

  constructor(order: Order, hear: (message: FromWorker) => void) {
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      hear({ kind: "failed", message: event.message || "The worker could not be started." });
    };
    void this.#begin(order, hear);
  }

  async #begin(order: Order, hear: (message: FromWorker) => void): Promise<void> {
    try {
      // A worker from a blob has no address that others could be found from.
      const address: URL | undefined = new URL("../../pkg/raftarium_bg.wasm", import.meta.url);
      const core = (await wasmSource()) ?? address?.href;
      this.#tell({ kind: "begin", core, order });
    } catch (error) {
      hear({ kind: "failed", message: errorText(error) });
    }
  }

  /** Stops; files that have not been run yet are not run. */
  stop(): void {
    this.#tell({ kind: "stop" });
  }

  /** Asks for the recording of a row. */
  watch(row: number): void {
    this.#tell({ kind: "watch", row });
  }

  close(): void {
    this.#worker.terminate();
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
