/** Files on their way into a table. */
import type { CourseInput } from "./protocol.js";

/** The core refuses longer ones, and says so in their row: this spares the reading. */
const FILE_BYTES_MAX = 256 * 1024 + 1;

/** Reads files; one that can't be read says why. */
export function readFiles(files: Iterable<File>): Promise<CourseInput[]> {
  return Promise.all([...files].map(readFile));
}

async function readFile(file: File): Promise<CourseInput> {
  const name = nameOf(file);
  try {
    return { name, text: await file.slice(0, FILE_BYTES_MAX).text() };
  } catch {
    return { name, fault: "the file can't be read" };
  }
}

/** A file that has been read already. */
export function inputOf(file: File, text: string): CourseInput {
  return { name: nameOf(file), text: text.slice(0, FILE_BYTES_MAX) };
}

function nameOf({ name }: File): string {
  return name.replace(/\.json$/i, "");
}
