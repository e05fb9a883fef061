// What a frame of the page costs, in Chromium: how long the element's frame callback takes, in
// processor time and by the clock, how far apart frames are, and how much of the virtual time
// that was asked for goes by. Processor time is what the callback costs even on a machine that has
// other work; the rest needs an idle one, so the load is printed too.
//
//     cargo xtask build && node benches/frames.mjs
//
//     --against DIR   another build's www/dist, measured in turn with this one
//     --dist DIR      this build's www/dist, if it is not there
//     --seconds N     how long each measurement takes (8)
//     --rounds N      how often each is taken (3); the table has the medians
//     --only TEXT     only the worlds whose name has it, such as "51, 10x"
//     --slow N        how many times slower the processor is made in the second half (4; 1: never)
//     --paced         each frame is told that a sixtieth of a second has passed, however long it took:
//                     what a frame costs on a machine that keeps up, measured on one that does not
//     --json          one JSON object instead of the table
//
// Compare columns of one run only: machines differ.

import { loadavg } from "node:os";
import { parseArgs } from "node:util";

import { DIST, launch, quantile, serve } from "./browser.mjs";

const { values: options } = parseArgs({
  options: {
    against: { type: "string" },
    dist: { type: "string", default: DIST },
    seconds: { type: "string", default: "8" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    slow: { type: "string", default: "4" },
    paced: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const SECONDS = Number(options.seconds);
const ROUNDS = Number(options.rounds);
const SLOW = Number(options.slow);

/** The virtual time that a world is given to find its leader and fill its logs. */
const SETTLED_US = 3_000_000;

/** Worlds with 200 operations a second, and the speed at which they are shown. */
const WORLDS = [5, 21, 51].flatMap((replicas) =>
  [0.1, 1, 10].map((speed) => ({ name: `${replicas}, ${speed}x`, replicas, speed })),
);

/** The scenario of such a world: large clusters need patience to elect anybody. */
function scenario(replicas) {
  const patience = { election_timeout_ticks_min: 30, election_timeout_ticks_max: 120 };
  return {
    replicas,
    workload: { clients: 8, operations_per_second: 200 },
    ...(replicas > 9 ? { timing: patience } : {}),
  };
}

/** Before any script of the page: each frame callback is timed, and may be told another time. */
function timeFrames({ paced }) {
  const request = window.requestAnimationFrame.bind(window);
  const frames = { callbacks: [], at: [] };
  let paceMs = 0;
  window.requestAnimationFrame = (callback) =>
    request((nowMs) => {
      paceMs += 1000 / 60;
      const beganMs = performance.now();
      callback(paced ? paceMs : nowMs);
      frames.callbacks.push(performance.now() - beganMs);
      frames.at.push(nowMs);
    });
  window.frames_ = frames;
}

/** In the page: measures for some seconds. */
async function measureInPage({ seconds, paced }) {
  const element = document.querySelector("raft-cluster");
  const { frames_: frames } = window;
  const nowUs = () => element.snapshot.nowUs;
  const started = { ms: performance.now(), us: nowUs() };
  frames.callbacks.length = 0;
  frames.at.length = 0;
  await new Promise((over) => setTimeout(over, seconds * 1000));
  const [callbacks, at] = [frames.callbacks.slice(), frames.at.slice()];
  const wallUs = paced ? (at.length * 1e6) / 60 : (performance.now() - started.ms) * 1000;
  return { callbacks, at, kept: (nowUs() - started.us) / (wallUs * element.speed) };
}

/** Processor time of each frame callback in milliseconds, while `during` lasts. */
async function traceFrames(browser, during) {
  const session = await browser.newBrowserCDPSession();
  const spent = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    for (const { name, tdur } of value) {
      if (name === "FireAnimationFrame" && tdur !== undefined) {
        spent.push(tdur / 1000);
      }
    }
  });
  const traceConfig = { includedCategories: ["devtools.timeline"], excludedCategories: ["*"] };
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  const result = await during();
  const complete = new Promise((done) => session.once("Tracing.tracingComplete", done));
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  return { ...result, spent };
}

/** In the page: how often the frame loop calls into the core in each frame. */
async function countInPage() {
  const element = document.querySelector("raft-cluster");
  const prototype = Object.getPrototypeOf(element.simulation);
  const before = Object.getOwnPropertyDescriptors(prototype);
  let calls = 0;
  for (const [name, { value, get }] of Object.entries(before)) {
    if (name !== "constructor" && typeof value === "function") {
      prototype[name] = function (...args) {
        calls += 1;
        return value.apply(this, args);
      };
    } else if (get) {
      Object.defineProperty(prototype, name, {
        ...before[name],
        get() {
          calls += 1;
          return get.call(this);
        },
      });
    }
  }
  const from = window.frames_.at.length;
  await new Promise((over) => setTimeout(over, 1000));
  const perFrame = calls / Math.max(1, window.frames_.at.length - from);
  Object.defineProperties(prototype, before);
  return perFrame;
}

async function measure(browser, url, { replicas, speed }, slow) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  try {
    const { paced } = options;
    await page.addInitScript(timeFrames, { paced });
    const query = new URLSearchParams({ scenario: JSON.stringify(scenario(replicas)), seed: "1" });
    await page.goto(`${url}?${query}`);
    await page.waitForFunction(
      (settledUs) => {
        const element = document.querySelector("raft-cluster");
        if (element?.snapshot) element.speed = 10;
        return element?.snapshot?.view.leader > 0 && element.snapshot.nowUs > settledUs;
      },
      SETTLED_US,
      { timeout: 120_000 },
    );
    if (slow > 1) {
      const session = await page.context().newCDPSession(page);
      await session.send("Emulation.setCPUThrottlingRate", { rate: slow });
    }
    await page.evaluate((speed) => {
      document.querySelector("raft-cluster").speed = speed;
    }, speed);
    // What comes before is compiled by now.
    await page.waitForTimeout(1500);
    const { callbacks, at, kept, spent } = await traceFrames(browser, () =>
      page.evaluate(measureInPage, { seconds: SECONDS, paced }),
    );
    const crossings = await page.evaluate(countInPage);
    const apart = at.slice(1).map((ms, place) => ms - at[place]);
    return {
      processor_p50_ms: quantile(spent, 0.5),
      processor_p95_ms: quantile(spent, 0.95),
      processor_p99_ms: quantile(spent, 0.99),
      callback_p50_ms: quantile(callbacks, 0.5),
      callback_p95_ms: quantile(callbacks, 0.95),
      callback_p99_ms: quantile(callbacks, 0.99),
      frame_p50_ms: quantile(apart, 0.5),
      frame_p95_ms: quantile(apart, 0.95),
      kept,
      crossings,
    };
  } finally {
    await page.close();
  }
}

function medians(results) {
  return Object.fromEntries(
    Object.keys(results[0]).map((key) => [key, quantile(results.map((it) => it[key]), 0.5)]),
  );
}

const builds = [{ name: "this", folder: options.dist }];
if (options.against) {
  builds.push({ name: "against", folder: options.against });
}
for (const build of builds) {
  Object.assign(build, await serve(build.folder));
}
const browser = await launch();

const rows = [];
const loads = [loadavg()[0]];
for (const slow of SLOW > 1 ? [1, SLOW] : [1]) {
  for (const world of WORLDS.filter(({ name }) => name.includes(options.only))) {
    const results = new Map(builds.map(({ name }) => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      // In turn, and each round the other way round.
      for (const { name, url } of round % 2 === 0 ? builds : builds.toReversed()) {
        results.get(name).push(await measure(browser, url, world, slow));
      }
    }
    for (const [build, measured] of results) {
      rows.push({ world: world.name, slowed: slow, build, ...medians(measured) });
    }
  }
}
loads.push(loadavg()[0]);
await browser.close();
for (const { server } of builds) {
  server.close();
}

if (options.json) {
  console.log(JSON.stringify({ seconds: SECONDS, rounds: ROUNDS, paced: options.paced, loads, rows }, null, 2));
} else {
  const ms = (number) => number.toFixed(1);
  console.log(
    "| replicas, speed | processor | build | callback, processor time: p50 / p95 / p99 ms | by the clock | frames apart: p50 / p95 ms | virtual time kept | calls into the core a frame |",
  );
  console.log("|-|-|-|-|-|-|-|-|");
  for (const row of rows) {
    const spent = [row.processor_p50_ms, row.processor_p95_ms, row.processor_p99_ms].map(ms);
    const callback = [row.callback_p50_ms, row.callback_p95_ms, row.callback_p99_ms].map(ms);
    const frame = [row.frame_p50_ms, row.frame_p95_ms].map(ms);
    const processor = row.slowed > 1 ? `${row.slowed} times slower` : "as it is";
    const kept = `${(row.kept * 100).toFixed(1)} %`;
    const cells = [row.world, processor, row.build, spent.join(" / "), callback.join(" / ")];
    cells.push(frame.join(" / "), kept, row.crossings.toFixed(1));
    console.log(`| ${cells.join(" | ")} |`);
  }
  console.log(`\nLoad of the machine: ${loads.map((load) => load.toFixed(1)).join(", ")}`);
}
