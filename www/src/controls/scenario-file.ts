/** Scenarios and recordings from files, picked or dropped on the element; and what is saved as one. */
import type { Recording } from "../../pkg/raftarium.js";
import type { Host } from "../core/controller.js";

/** The core refuses longer ones too; this spares the reading. */
const FILE_BYTES_MAX = 64 << 20;

/** Runs the scenario or the recording in the file, or says what is wrong with it. */
export async function openFile(file: File, host: Host): Promise<void> {
  if (file.size > FILE_BYTES_MAX) {
    host.say(`“${file.name}” is larger than 64 MiB: no scenario or recording is.`);
    return;
  }
  let text: string;
  try {
    text = await file.text();
  } catch {
    host.say(`“${file.name}” can't be read.`);
    return;
  }
  host.open(text);
}

/** Lets files be dropped on an element; the class `dropping` tells that one hovers. */
export function acceptDrops(target: HTMLElement, host: Host): void {
  target.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) {
      event.preventDefault();
      target.classList.add("dropping");
    }
  });
  target.addEventListener("dragleave", (event) => {
    if (!(event.relatedTarget instanceof Node && target.contains(event.relatedTarget))) {
      target.classList.remove("dropping");
    }
  });
  target.addEventListener("drop", (event) => {
    target.classList.remove("dropping");
    if (event.defaultPrevented) {
      // The page around it has taken the files.
      return;
    }
    const file = event.dataTransfer?.files[0];
    if (file) {
      event.preventDefault();
      void openFile(file, host);
    }
  });
}

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
