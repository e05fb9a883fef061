/**
 * The frame page: puts what its address asks for into the element, has a switch for the theme,
 * and takes files that are dropped anywhere.
 */

import { openFile } from "./controls/scenario-file.js";
import { isTestFile, loadCore } from "./core/load.js";
import { readFiles } from "./course/files.js";
import { RaftCourse } from "./course/raft-course.js";
import { RaftCluster } from "./element/raft-cluster.js";

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

// Half a minute of a test file is nothing to be watched in slow motion.
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

/** One scenario goes on the stage; everything else is for the course's table. */
async function take(files: readonly File[]): Promise<void> {
  const [first, ...others] = files;
  try {
    await loadCore();
  } catch {
    // The element says so.
    return;
  }
  if (first && others.length === 0 && cluster && !(await isForCourse(first))) {
    await openFile(first, cluster);
  } else if (course) {
    course.run(await readFiles(files));
    course.scrollIntoView();
  }
}

async function isForCourse(file: File): Promise<boolean> {
  const [read] = await readFiles([file]);
  return read !== undefined && "text" in read && isTestFile(read.text);
}
