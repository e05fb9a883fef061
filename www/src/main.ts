/**
 * The page around the element: passes the address' parameters on to it, switches the theme,
 * and takes files that are dropped anywhere.
 */
import { keepAddress } from "./address.js";
import { textOf } from "./controls/scenario-file.js";
import { isTestFile, loadCore } from "./core/world/load.js";
import { inputOf, readFiles } from "./course/files.js";
import type { CourseInput } from "./course/protocol.js";
import { RaftCourse } from "./course/raft-course.js";
import { RaftCluster } from "./element/raft-cluster.js";
import { listenEverywhere } from "./keys.js";

RaftCluster.define();
RaftCourse.define();

const cluster = document.querySelector("raft-cluster");
const course = document.querySelector("raft-course");
const stage = document.querySelector("main");
const wanted = new URLSearchParams(location.search);
for (const name of ["scenario", "seed"] as const) {
  const value = wanted.get(name);
  if (value !== null) {
    cluster?.setAttribute(name, value);
  }
}

if (cluster) {
  keepAddress(cluster);
  listenEverywhere(cluster);
}

const theme = document.querySelector<HTMLSelectElement>("#theme");
theme?.addEventListener("change", () => {
  const { value } = theme;
  document.documentElement.dataset.theme = value;
  for (const element of [cluster, course]) {
    if (value === "system") {
      element?.removeAttribute("theme");
    } else {
      element?.setAttribute("theme", value);
    }
  }
});

// Half a minute of a test file is too long to watch in slow motion.
course?.addEventListener("raft-watch", ({ detail: recording }) => {
  if (cluster?.open(recording)) {
    cluster.speed = Math.max(cluster.speed, 1);
    stage?.scrollIntoView();
    stage?.focus({ preventScroll: true });
  }
});

document.addEventListener("dragover", (event) => {
  if (event.dataTransfer?.types.includes("Files")) {
    event.preventDefault();
    document.body.classList.add("dropping");
  }
});
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) {
    document.body.classList.remove("dropping");
  }
});
// Before the element on the stage takes a test file for a scenario.
document.addEventListener(
  "drop",
  (event) => {
    document.body.classList.remove("dropping");
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      void take(files);
    }
  },
  { capture: true },
);

/** A single scenario goes on the stage; everything else goes to the course's table. */
async function take(files: readonly File[]): Promise<void> {
  const [first, ...others] = files;
  try {
    await loadCore();
  } catch {
    // The element says so.
    return;
  }
  if (!first || others.length > 0 || !cluster) {
    grade(await readFiles(files));
    return;
  }
  const text = await textOf(first, cluster);
  if (text !== undefined && isTestFile(text)) {
    grade([inputOf(first, text)]);
  } else if (text !== undefined) {
    cluster.open(text);
  }
}

function grade(files: readonly CourseInput[]): void {
  course?.run(files);
  course?.scrollIntoView();
}
