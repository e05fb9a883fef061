/** Files that are handed to the person. */
import type { Recording } from "../../../pkg/raftarium.js";

/** Hands a recording to the person as a file, which can be opened again. */
export function saveRecording(recording: Recording): void {
  const name = `raftarium-seed-${recording.seed}.json`;
  download(name, "application/json", JSON.stringify(recording, null, 2));
}

/** Hands a text to the person as a file. */
export function download(name: string, type: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
