/** Scenarios from files: picked, or dropped on the element. */
import type { Host } from "./host.js";

/** The core refuses longer ones too; this spares the reading. */
const FILE_BYTES_MAX = 1 << 20;

/** Runs the scenario in the file, or says what is wrong with it. */
export async function openFile(file: File, host: Host): Promise<void> {
  if (file.size > FILE_BYTES_MAX) {
    host.say(`“${file.name}” is larger than 1 MiB: no scenario is.`);
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
    const file = event.dataTransfer?.files[0];
    if (file) {
      event.preventDefault();
      void openFile(file, host);
    }
  });
}
