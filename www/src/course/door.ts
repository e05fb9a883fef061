/**
 * The way to the course's table: it is loaded when somebody comes to it, code and core, and until
 * then stands in the page as a sentence. Whatever goes wrong, the cluster on the stage goes on.
 */
import { errorText } from "../core/load.js";
import type { RaftCourse } from "./raft-course.js";

const LOADING = "What runs test files is being loaded …";

let opening: Promise<RaftCourse | undefined> | undefined;

/** Opens the table when its place comes into sight. */
export function openWhenSeen(place: RaftCourse): void {
  const sight = new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) {
      sight.disconnect();
      void openTable(place);
    }
  });
  tell(place, LOADING);
  sight.observe(place);
}

/** Opens the table; `undefined`: it can't be loaded, and the page says so. */
export function openTable(place: RaftCourse): Promise<RaftCourse | undefined> {
  opening ??= load(place);
  return opening;
}

async function load(place: RaftCourse): Promise<RaftCourse | undefined> {
  tell(place, LOADING);
  try {
    const [{ RaftCourse }, { loadTableCore }] = await Promise.all([
      import("./raft-course.js"),
      import("./table-core.js"),
    ]);
    RaftCourse.define(await loadTableCore());
    place.replaceChildren();
    return place;
  } catch (error) {
    opening = undefined;
    const isOther = error instanceof Error && error.name === "VersionError";
    tell(
      place,
      isOther
        ? "What runs test files is of another version than this page by now. Reload the page."
        : `What runs test files could not be loaded: ${errorText(error)}. The cluster above goes on.`,
    );
    const again = document.createElement("button");
    again.textContent = "Try again";
    again.addEventListener("click", () => void openTable(place));
    place.append(again);
    return undefined;
  }
}

/** Before the element is defined, what stands in it is shown. */
function tell(place: HTMLElement, text: string): void {
  const sentence = document.createElement("p");
  sentence.setAttribute("role", "status");
  sentence.textContent = text;
  place.replaceChildren(sentence);
}
