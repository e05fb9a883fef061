/** Runs test files of the course beside the page, and can be stopped between two slices. */
import init, { CourseTable } from "../../pkg/raftarium.js";
import { errorText, isTrap } from "../core/world/load.js";
import type { FromWorker, Order, ToWorker } from "./protocol.js";

/** How often the page is told how far the table is, and can say something itself. */
const SLICE_MS = 50;
/** This many events are run before the clock is read again: a few milliseconds. */
const EVENTS = 2_000;

let table: CourseTable | undefined;
let stopped = false;

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.kind) {
    case "begin":
      void begin(data.core, data.order);
      break;
    case "stop":
      stopped = true;
      break;
    case "watch":
      guard(() => {
        const recording = table?.recording(data.row);
        tell({ kind: "recording", row: data.row, recording });
      });
  }
};

async function begin(core: string | BufferSource, { files, choices, seeds }: Order): Promise<void> {
  try {
    await init({ module_or_path: core });
  } catch (error) {
    failed(error);
    return;
  }
  guard(() => {
    const begun = new CourseTable([...choices], seeds);
    for (const file of files) {
      if ("text" in file) {
        begun.add(file.name, file.text);
      } else {
        begun.refuse(file.name, file.fault);
      }
    }
    table = begun;
    tell({ kind: "progress", progress: begun.progress(), rows: begun.rows() });
    slice(begun, -1);
  });
}

/** Goes on for a while, and then lets the page speak. */
function slice(table: CourseTable, told: number): void {
  const endMs = performance.now() + SLICE_MS;
  let more = !stopped;
  while (more && performance.now() < endMs) {
    more = table.advance(EVENTS);
  }
  if (!more) {
    const [rows, csv, markdown] = [table.rows(), table.csv(), table.markdown()];
    tell({ kind: "end", stopped, rows, csv, markdown });
    return;
  }
  const progress = table.progress();
  const rows = progress.runs_done === told ? undefined : table.rows();
  tell({ kind: "progress", progress, rows });
  setTimeout(() => guard(() => slice(table, progress.runs_done)));
}

function guard(work: () => void): void {
  try {
    work();
  } catch (error) {
    failed(error);
  }
}

function failed(error: unknown): void {
  const message = errorText(error);
  if (!isTrap(error)) {
    tell({ kind: "failed", message });
    return;
  }
  // Nothing of a core that failed may be used any more.
  table = undefined;
  tell({
    kind: "failed",
    message: `The core failed: ${message}. That is a fault of this program, not of Raft. The rows so far are as they were, the rest was not run.`,
  });
}

function tell(message: FromWorker): void {
  self.postMessage(message);
}
