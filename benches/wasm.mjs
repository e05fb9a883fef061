// The world in wasm, driven over the boundary as the page drives it.
//
//     cargo xtask build && node benches/wasm.mjs
//
//     --against DIR   the www/pkg of another build, measured in turn with this one
//     --native        in turn with the same worlds natively (benches/events.rs), and the ratios
//     --rounds N      how often each is measured (5); the table has the medians
//     --json          one JSON object instead of the table
//
// Prints events in a second, in one call for 500 of them as at the page's higher speeds, and with
// every tick and delivery made by JavaScript as in slow motion; and what a frame costs at
// the size that the page must bear: 51 replicas and 1,000 messages in flight. Seconds are those of
// the processor where the system tells them (Linux), else of the clock. Machines differ, ratios of
// one run less.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    against: { type: "string" },
    native: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const ROUNDS = Number(options.rounds);

const SECOND_US = 1_000_000;
/** As the page does: the world keeps the notices of its newest 1,000 events. */
const EVENTS_BETWEEN_NOTICES = 500;
/** Worlds, and how many virtual seconds of them take about a second. */
const WORLDS = [
  { replicas: 5, seconds: 200 },
  { replicas: 51, seconds: 10 },
];

/** What the main thread has used of the processor, in milliseconds; or the clock. */
function processorMs() {
  try {
    return Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

async function load(folder) {
  const base = resolve(folder);
  const core = await import(pathToFileURL(join(base, "raftarium.js")));
  core.initSync({ module: await readFile(join(base, "raftarium_bg.wasm")) });
  return core;
}

function scenario(replicas) {
  return { replicas, workload: { clients: 8, operations_per_second: 200 } };
}

/** Every tick and every delivery by a call of its own. */
function driveSingly({ Due }, simulation, untilUs) {
  for (let events = 1; ; events += 1) {
    switch (simulation.nextDue(untilUs)) {
      case Due.None:
        return;
      case Due.Tick:
        simulation.tick(simulation.dueSubject());
        break;
      case Due.Delivery:
        simulation.deliver(simulation.dueSubject());
        break;
      default:
        simulation.proceed();
    }
    if (events % EVENTS_BETWEEN_NOTICES === 0) {
      simulation.notices();
    }
  }
}

/** As many events in a call as may be, if the build knows how. */
function driveAtOnce(core, simulation, untilUs) {
  if (!simulation.proceedUntil) {
    driveSingly(core, simulation, untilUs);
    return;
  }
  while (simulation.proceedUntil(untilUs, EVENTS_BETWEEN_NOTICES) === EVENTS_BETWEEN_NOTICES) {
    simulation.notices();
  }
}

function eventsPerSecond(core, drive, { replicas, seconds }) {
  const simulation = new core.Simulation(scenario(replicas), 1);
  const start = processorMs();
  drive(core, simulation, seconds * SECOND_US);
  const perSecond = (simulation.events / (processorMs() - start)) * 1000;
  simulation.free();
  return perSecond;
}

function natively({ replicas, seconds }) {
  const bench = ["bench", "--quiet", "--bench", "events", "--", String(replicas), String(seconds)];
  const told = execFileSync("cargo", bench, { cwd: root, encoding: "utf8" });
  const { events, seconds: took } = JSON.parse(told);
  return events / took;
}

/** Microseconds for what a frame asks for, with a thousand messages in flight. */
function frame(core) {
  // Slow links and many clients, so that a thousand messages are on their way.
  const simulation = new core.Simulation(
    {
      replicas: 51,
      network: { latency: { fixed: { us: 900_000 } } },
      client_network: { latency: { fixed: { us: 900_000 } } },
      timing: { election_timeout_ticks_min: 400, election_timeout_ticks_max: 800 },
    },
    1,
  );
  for (let now = 0; simulation.messages().length / core.MessageField.Stride < 1_000; ) {
    now += SECOND_US / 10;
    driveSingly(core, simulation, now);
    if (now > 120 * SECOND_US) throw new Error("there were never a thousand messages in flight");
  }
  const micros = median(
    Array.from({ length: 200 }, () => {
      const start = performance.now();
      simulation.view();
      simulation.messages();
      return (performance.now() - start) * 1000;
    }),
  );
  simulation.free();
  return micros;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

const builds = [["this", await load(join(root, "www/pkg"))]];
if (options.against) {
  builds.push(["against", await load(options.against)]);
}
const measures = builds.flatMap(([build, core]) => [
  ...WORLDS.flatMap((world) => [
    {
      what: `${world.replicas} replicas, events/s, at once`,
      build,
      take: () => eventsPerSecond(core, driveAtOnce, world),
      world,
    },
    {
      what: `${world.replicas} replicas, events/s, singly`,
      build,
      take: () => eventsPerSecond(core, driveSingly, world),
      world,
    },
  ]),
  { what: "view() and messages(), µs", build, take: () => frame(core) },
]);
if (options.native) {
  for (const world of WORLDS) {
    const what = `${world.replicas} replicas, events/s, natively`;
    measures.push({ what, build: "native", take: () => natively(world), world });
  }
}

const results = measures.map(() => []);
for (let round = 0; round < ROUNDS; round += 1) {
  // In turn, and each round the other way round.
  const order = [...measures.keys()];
  for (const place of round % 2 === 0 ? order : order.reverse()) {
    results[place].push(measures[place].take());
  }
}
const rows = measures.map(({ what, build, world }, place) => {
  const native = measures.findIndex((it) => it.build === "native" && it.world === world);
  const value = median(results[place]);
  const ofNative = world && native >= 0 ? value / median(results[native]) : undefined;
  return { what, build, value, of_native: ofNative };
});

if (options.json) {
  console.log(JSON.stringify({ rounds: ROUNDS, rows }, null, 2));
} else {
  for (const { what, build, value, of_native: share } of rows) {
    const number = Math.round(value).toLocaleString("en");
    const ofNative = share === undefined ? "" : `, ${share.toFixed(2)} of native`;
    console.log(`${build.padEnd(8)} ${what}: ${number}${ofNative}`);
  }
}
