// The world in wasm, driven over the boundary as the page drives it.
//
//     cargo xtask build && node benches/wasm.mjs
//
// Prints world events per second, and what a frame costs at the size that the
// page must bear: 51 replicas and 1,000 messages in flight. Compare with
// `cargo bench --bench world` in the same sitting: machines differ, ratios less.

import { readFile } from "node:fs/promises";
import { Due, initSync, MessageField, Simulation } from "../www/pkg/raftarium.js";

initSync({ module: await readFile(new URL("../www/pkg/raftarium_bg.wasm", import.meta.url)) });

const SECOND_US = 1_000_000;

/** Makes everything happen that is due up to `untilUs`; returns how many events that were. */
function drive(simulation, untilUs) {
  let events = 0;
  for (; ; events++) {
    switch (simulation.nextDue(untilUs)) {
      case Due.None:
        return events;
      case Due.Tick:
        simulation.tick(simulation.dueSubject());
        break;
      case Due.Delivery:
        simulation.deliver(simulation.dueSubject());
        break;
      default:
        simulation.proceed();
    }
  }
}

/** The median of `runs` timings of `measure`, which returns a number. */
function median(runs, measure) {
  const results = Array.from({ length: runs }, measure).sort((a, b) => a - b);
  return results[Math.floor(runs / 2)];
}

function eventsPerSecond(scenario, virtualSeconds) {
  return median(5, () => {
    const simulation = new Simulation(scenario, 1);
    const start = performance.now();
    const events = drive(simulation, virtualSeconds * SECOND_US);
    const perSecond = (events / (performance.now() - start)) * 1000;
    simulation.free();
    return perSecond;
  });
}

function frame() {
  // Slow links and many clients, so that a thousand messages are on their way.
  const simulation = new Simulation(
    {
      replicas: 51,
      network: { latency: { fixed: { us: 900_000 } } },
      client_network: { latency: { fixed: { us: 900_000 } } },
      timing: { election_timeout_ticks_min: 400, election_timeout_ticks_max: 800 },
    },
    1,
  );
  let now = 0;
  while (simulation.messages().length / MessageField.Stride < 1_000) {
    now += SECOND_US / 10;
    drive(simulation, now);
    if (now > 120 * SECOND_US) throw new Error("there were never a thousand messages in flight");
  }
  const messages = simulation.messages().length / MessageField.Stride;
  const micros = median(200, () => {
    const start = performance.now();
    simulation.view();
    simulation.messages();
    return (performance.now() - start) * 1000;
  });
  simulation.free();
  return { messages, micros };
}

const workload = { clients: 8, operations_per_second: 200 };
const format = (number) => Math.round(number).toLocaleString("en");
console.log(`5 replicas:  ${format(eventsPerSecond({ replicas: 5, workload }, 120))} events/s`);
console.log(`51 replicas: ${format(eventsPerSecond({ replicas: 51, workload }, 12))} events/s`);
const { messages, micros } = frame();
console.log(`view() and messages(), 51 replicas, ${messages} messages: ${format(micros)} µs a frame`);
