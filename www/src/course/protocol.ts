/** The messages between a page and the worker that runs its test files. */
import type { Choice, Progress, Recording, Row } from "../../pkg/raftarium.js";

/** A file's name and text; or why it has none. */
export type CourseInput = { name: string; text: string } | { name: string; fault: string };

export interface Order {
  files: readonly CourseInput[];
  choices: readonly Choice[];
  /** With how many seeds each file is run; `undefined`: once, with its own. */
  seeds: number | undefined;
}

export type ToWorker =
  | { kind: "begin"; core: string | BufferSource; order: Order }
  | { kind: "stop" }
  | { kind: "watch"; row: number };

export type FromWorker =
  | { kind: "progress"; progress: Progress; rows: Row[] | undefined }
  | { kind: "end"; stopped: boolean; rows: Row[]; csv: string; markdown: string }
  | { kind: "recording"; row: number; recording: Recording | undefined }
  | { kind: "failed"; message: string };
