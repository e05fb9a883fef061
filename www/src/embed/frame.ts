/**
 * `embed.html`: an element in an iframe. The query has its attributes, the fragment is a link. With
 * `origin=` in the query, the page of that origin, and no other, can ask by messages what it could
 * ask of the element itself, and is told its events. `docs/src/embedding.md` has the protocol.
 */
import type { RaftCluster } from "../element/raft-cluster.js";

/** A message has this as `raftarium`. A later version answers to the earlier ones too. */
const PROTOCOL = 1;
const ATTRIBUTES = ["scenario", "seed", "speed", "paused", "controls", "parts", "theme"];
const CALLS = [
  "play",
  "pause",
  "step",
  "stepOverTicks",
  "goTo",
  "put",
  "get",
  "delete",
  "ask",
  "apply",
  "attempt",
  "open",
  "inspect",
  "select",
  "say",
] as const;
const SET = ["scenario", "seed", "speed", "playing", "controls", "parts", "theme", "link"] as const;
const READ = [...SET, "view"] as const;
const EVENTS = ["raft-ready", "raft-notice", "raft-select", "raft-activity", "raft-error"] as const;

interface Question {
  readonly id?: unknown;
  readonly call?: unknown;
  readonly args?: unknown;
  readonly set?: unknown;
  readonly read?: unknown;
}

const wanted = new URLSearchParams(location.search);

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  html, body { height: 100%; margin: 0; }
  raft-cluster { height: 100%; }
  button { position: absolute; z-index: 9; inset: 4px auto auto 4px; padding: 8px; font: 14px system-ui; }
  button:not(:focus) { width: 1px; height: 1px; padding: 0; overflow: hidden; clip-path: inset(50%); }
`);
document.adoptedStyleSheets = [sheet];

const cluster = document.createElement("raft-cluster");
for (const name of ATTRIBUTES) {
  const value = wanted.get(name);
  if (value !== null && !(name === "paused" && ["false", "0"].includes(value))) {
    cluster.setAttribute(name, value);
  }
}
const follow = () => {
  if (location.hash.startsWith("#run.")) {
    cluster.setAttribute("link", location.hash);
  }
};
follow();
window.addEventListener("hashchange", follow);

// A way past the cluster for the keyboard: from the end the next Tab leaves the frame.
const past = document.createElement("button");
past.textContent = "Skip the cluster";
const end = document.createElement("span");
end.tabIndex = -1;
past.addEventListener("click", () => end.focus());
document.body.append(past, cluster, end);

const origin = wanted.get("origin");
if (origin !== null && window.parent !== window) {
  serve(origin);
}

/** Answers the page around, if it is of that origin; `null` is the one of files and sandboxes. */
function serve(origin: string): void {
  const tell = (message: Record<string, unknown>) => {
    // An opaque origin can't be addressed; the parent is the only one who hears this anyway.
    window.parent.postMessage(
      { raftarium: PROTOCOL, ...message },
      origin === "null" ? "*" : origin,
    );
  };
  window.addEventListener("message", ({ source, origin: from, data }) => {
    if (source !== window.parent || from !== origin || data?.raftarium !== PROTOCOL) {
      return;
    }
    const question = data as Question;
    answer(question).then(
      (result) => tell({ id: question.id, result }),
      (error: unknown) => tell({ id: question.id, error: plainError(error) }),
    );
  });
  for (const name of EVENTS) {
    cluster.addEventListener(name, ({ detail }) => {
      // The simulation itself can't leave the frame.
      const told = name === "raft-ready" ? { seed: cluster.seed, events: events() } : plain(detail);
      tell({ event: name, detail: told });
    });
  }
  // The keyboard may leave for the page around at once.
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.shiftKey) {
      tell({ event: "raft-leave", detail: {} });
    }
  });
}

async function answer({ call, args, set, read }: Question): Promise<unknown> {
  const called = CALLS.find((name) => name === call);
  if (called) {
    const method = cluster[called] as (...args: unknown[]) => unknown;
    return plain(await method.apply(cluster, Array.isArray(args) ? args : []));
  }
  if (typeof set === "object" && set !== null) {
    for (const name of SET) {
      if (name in set) {
        Object.assign(cluster, { [name]: (set as Record<string, unknown>)[name] });
      }
    }
    return undefined;
  }
  const asked = READ.find((name) => name === read);
  if (asked) {
    return plain(asked === "view" ? cluster.snapshot?.view : cluster[asked as keyof RaftCluster]);
  }
  throw new Error("A message has a `call` of the element, a `set`, or a `read`.");
}

function events(): number {
  return cluster.simulation?.events ?? 0;
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function plainError(error: unknown): Record<string, unknown> {
  const { name, message, code, path } = error as Error & { code?: string; path?: string };
  return { name, message: message ?? String(error), code, path };
}
