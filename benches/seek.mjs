// How long it takes in Chromium to come to another moment of a world that has run for a busy hour.
//
//     cargo xtask build && node benches/seek.mjs
//
//     --against DIR   another build's www/dist, measured after this one, with the same moments
//     --dist DIR      this build's www/dist, if it is not there
//     --minutes N     how long the world has run (60)
//     --count N       how many moments of each kind (100)
//     --json          one JSON object instead of the table
//
// "core" is the time of one call that goes all the way; "page" is the time from the wish to the
// frame that shows the moment, the frames on the way included. A build that has no timeline forgets
// what comes after the moment it goes to: so moments are taken from the latest to the earliest.
//
// Compare columns of one run only: machines differ.

import { loadavg } from "node:os";
import { parseArgs } from "node:util";

import { DIST, launch, quantile, serve } from "./browser.mjs";

const { values: options } = parseArgs({
  options: {
    against: { type: "string" },
    dist: { type: "string", default: DIST },
    minutes: { type: "string", default: "60" },
    count: { type: "string", default: "100" },
    json: { type: "boolean", default: false },
  },
});
const MINUTES = Number(options.minutes);
const COUNT = Number(options.count);

/** The first one of `benches/seek.rs`, which builds of any age understand. */
const SCENARIO = { workload: { clients: 8, operations_per_second: 100 } };

/** In the page: lets the world run to that time, in pieces that the browser can bear. */
async function runInPage({ endUs }) {
  const { simulation } = document.querySelector("raft-cluster");
  const isOver = () => (simulation.dueAt() ?? endUs) >= endUs;
  while (!isOver()) {
    for (let calls = 0; calls < 50 && !isOver(); calls += 1) {
      if (simulation.proceedUntil) {
        simulation.proceedUntil(endUs, 2_000);
      } else {
        for (let events = 0; events < 2_000; events += 1) {
          simulation.proceed();
        }
      }
      simulation.notices();
    }
    await new Promise((next) => setTimeout(next));
  }
  return simulation.events ?? simulation.view().events;
}

/** In the page: goes to each of the moments, and says how many milliseconds that took. */
async function seekInPage({ moments, byPage }) {
  const element = document.querySelector("raft-cluster");
  const { simulation } = element;
  const frame = () => new Promise(requestAnimationFrame);
  const took = [];
  for (const events of moments) {
    const beganMs = performance.now();
    if (byPage) {
      element.controller.goTo(events);
      // The page asked for its frame before.
      do {
        await frame();
      } while (element.snapshot?.view.events !== events);
    } else {
      simulation.rewind(events);
    }
    took.push(performance.now() - beganMs);
    const at = simulation.events ?? simulation.view().events;
    if (at !== events) {
      throw new Error(`it is at event ${at} instead of ${events}`);
    }
    // As the page does between two frames.
    while (simulation.tidy?.()) {}
    await frame();
  }
  return took;
}

/** As many events from `most` down to `least`, spread by a fixed rule. */
function spread(most, least, count) {
  const golden = 0.618034;
  const shares = Array.from({ length: count }, (_, place) => (place * golden) % 1);
  return shares.sort((a, b) => b - a).map((share) => Math.floor(least + share * (most - least)));
}

async function measure(browser, { name, url }) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(0);
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector("raft-cluster")?.snapshot);
  await page.evaluate(async (scenario) => {
    const element = document.querySelector("raft-cluster");
    element.open(scenario, 1);
    element.pause();
    // Until it is the new world that is shown.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }, SCENARIO);
  const beganMs = performance.now();
  const events = await page.evaluate(runInPage, { endUs: MINUTES * 60e6 });
  const ranMs = performance.now() - beganMs;
  const byPage = await page.evaluate(
    () => document.querySelector("raft-cluster").controller?.time !== undefined,
  );
  const minute = Math.floor(events / MINUTES);
  const kinds = {
    "a step back": Array.from({ length: COUNT }, (_, place) => events - 1 - place),
    "within the last minute": spread(events - COUNT - 1, events - minute, COUNT),
    anywhere: spread(events - minute, 0, COUNT),
  };
  const rows = [];
  for (const way of byPage ? ["page", "core"] : ["core"]) {
    for (const [kind, moments] of Object.entries(kinds)) {
      const took = await page.evaluate(seekInPage, { moments, byPage: way === "page" });
      const [p50_ms, p99_ms] = [quantile(took, 0.5), quantile(took, 0.99)];
      rows.push({ build: name, way, kind, p50_ms, p99_ms, most_ms: Math.max(...took) });
    }
    if (way === "page") {
      // To the end again, for the same moments.
      await page.evaluate(seekInPage, { moments: [events], byPage: true });
    }
  }
  await page.close();
  return { rows, events, events_per_second: events / (ranMs / 1000) };
}

const builds = [{ name: "this", folder: options.dist }];
if (options.against) {
  builds.push({ name: "against", folder: options.against });
}
const browser = await launch();
const loads = [loadavg()[0]];
const all = [];
for (const build of builds) {
  const { server, url } = await serve(build.folder);
  all.push({ build: build.name, ...(await measure(browser, { name: build.name, url })) });
  server.close();
}
loads.push(loadavg()[0]);
await browser.close();

if (options.json) {
  console.log(JSON.stringify({ minutes: MINUTES, count: COUNT, loads, all }, null, 2));
} else {
  console.log("| build | to | way | p50 ms | p99 ms | most ms |\n|-|-|-|-|-|-|");
  for (const { build, way, kind, ...row } of all.flatMap(({ rows }) => rows)) {
    const figures = [row.p50_ms, row.p99_ms, row.most_ms].map((ms) => ms.toFixed(1));
    console.log(`| ${[build, kind, way, ...figures].join(" | ")} |`);
  }
  for (const { build, events, events_per_second: rate } of all) {
    console.log(`\n${build}: ${events} events, ${Math.round(rate / 1000)} thousand a second`);
  }
  console.log(`\nLoad of the machine: ${loads.map((load) => load.toFixed(1)).join(", ")}`);
}
