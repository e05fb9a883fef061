/**
 * Keeps the page's address true: its fragment is a link to what is shown. Another scenario or link that
 * is opened is a step of the browser's history; everything else changes the address in place.
 * Only the page does this: an element within another page never touches the address.
 */
import type { State } from "./core/controller.js";
import type { RaftCluster } from "./element/raft-cluster.js";

/** Browsers refuse more than a few hundred changes of the address in half a minute. */
const DONE_MS = 400;
/** While nothing but time passes, the address follows this often. */
const PLAYING_MS = 1500;
/** A change of any of these is a change of the address. */
const KEPT = [
  "branches",
  "speed",
  "playing",
  "tab",
  "inspected",
  "span",
  "comparison",
  "logs",
  "sight",
  "told",
] as const;

export function keepAddress(cluster: RaftCluster): void {
  const { controller } = cluster;
  const { sharing } = controller;
  /** The fragment as it was written last. */
  let written = "";
  let whole = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let timerMs = 0;
  let writtenMs = 0;
  /** The next world is a step of the history. */
  let step = false;
  /** The browser has gone to another step: the address is that one's already. */
  let following = false;
  /** The address names something that could not be opened: it stays, so that it can be mended. */
  let faulty = false;

  const bare = () => {
    const url = new URL(location.href);
    url.hash = "";
    url.searchParams.delete("scenario");
    url.searchParams.delete("seed");
    return url;
  };
  sharing.base = bare().href;

  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (controller.state.seeking) {
      // What is shown is on its way to what is wanted.
      writtenMs = performance.now();
      soon(DONE_MS);
      return;
    }
    const address = faulty ? undefined : sharing.address();
    if (!address) {
      return;
    }
    writtenMs = performance.now();
    if (whole && !address.whole) {
      controller.say("The address can't hold all that was done any more: save it as a file.");
    }
    whole = address.whole;
    const fragment = address.fragment === undefined ? "" : `#${address.fragment}`;
    if (fragment === written) {
      return;
    }
    written = fragment;
    const url = `${bare().href}${fragment}`;
    if (step) {
      history.pushState(null, "", url);
    } else {
      history.replaceState(null, "", url);
    }
    step = false;
  };
  /** Writes once that much time has passed since the last time, if it is not to be sooner anyway. */
  const soon = (pauseMs: number) => {
    const dueMs = Math.max(performance.now(), writtenMs + pauseMs);
    if (timer === undefined || dueMs < timerMs) {
      clearTimeout(timer);
      timerMs = dueMs;
      timer = setTimeout(write, dueMs - performance.now());
    }
  };

  controller.observe({
    leaving: () => {
      // What was done in the world so far belongs to the step before.
      if (timer !== undefined && !following) {
        write();
      }
      step = !following;
    },
    stateChanged: (before, after) => {
      if (before.run !== after.run && after.run) {
        faulty &&= !step;
        soon(0);
      } else if (actionsIn(before) !== actionsIn(after) && after.run) {
        faulty = false;
        soon(DONE_MS);
      } else if (after.run && KEPT.some((name) => before[name] !== after[name])) {
        soon(after.playing ? PLAYING_MS : DONE_MS);
      }
    },
  });

  /** The address names a world: opens it. */
  const follow = () => {
    if (location.hash === written || location.hash === "") {
      return;
    }
    written = location.hash;
    following = true;
    faulty = !(isLinkText(location.hash) && cluster.open(location.hash));
    following = false;
  };
  window.addEventListener("popstate", follow);
  cluster.addEventListener("raft-error", ({ detail }) => {
    // In the address that the page was opened with.
    const names = detail.code === "link" || detail.code === "scenario";
    faulty ||= names && controller.run === undefined && isLinkText(location.hash);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      write();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    write();
    if (!whole) {
      event.preventDefault();
    }
  });

  if (isLinkText(location.hash)) {
    written = location.hash;
    cluster.scenario = location.hash;
  }
}

/** Like the core's `isLink`, for before it is loaded. */
function isLinkText(hash: string): boolean {
  return hash.startsWith("#run.");
}

function actionsIn({ branches }: State): number {
  return branches?.branches.reduce((sum, { interventions }) => sum + interventions, 0) ?? 0;
}
