/**
 * The page's end of the worker that runs its test files. A worker has one table and a core of
 * its own: whatever happens to it, the cluster on the stage goes on.
 */
import type { FromWorker, Order, ToWorker } from "./protocol.js";
import CourseWorker from "./worker.js?worker&inline";

/** A table that is being run, or was; its worker lives until it is closed. */
export class CourseJob {
  readonly #worker = new CourseWorker();

  constructor(core: WebAssembly.Module, order: Order, hear: (message: FromWorker) => void) {
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      hear({ kind: "failed", message: event.message || "The worker could not be started." });
    };
    this.#tell({ kind: "begin", core, order });
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
