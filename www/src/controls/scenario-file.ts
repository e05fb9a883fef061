/** Scenarios and recordings from files, picked or dropped on the element. */
import type { WorldSource } from "../core/world/running-world.js";

/** The core refuses longer ones too; this spares the reading. */
const FILE_BYTES_MAX = 64 << 20;

/** Runs worlds from files. */
export interface FileTaker {
  open(source: WorldSource): boolean;
  say(text: string): void;
}

/** Runs the scenario or the recording in the file, or says what is wrong with it. */
export async function openFile(file: File, taker: FileTaker): Promise<void> {
  const text = await textOf(file, taker);
  if (text !== undefined) {
    taker.open(text);
  }
}

/** The text of a file; if it can't be read, says why. */
export async function textOf(file: File, taker: FileTaker): Promise<string | undefined> {
  if (file.size > FILE_BYTES_MAX) {
    taker.say(`“${file.name}” is larger than 64 MiB, the most that can be opened.`);
    return undefined;
  }
  try {
    return await file.text();
  } catch {
    taker.say(`“${file.name}” can't be read.`);
    return undefined;
  }
}

/** Lets files be dropped on an element; the class `dropping` tells that one hovers. */
export function acceptDrops(target: HTMLElement, taker: FileTaker): void {
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
      void openFile(file, taker);
    }
  });
}
