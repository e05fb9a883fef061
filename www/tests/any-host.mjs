/**
 * A host that does whatever comes to its mind with several `<raft-cluster>`s, in an order
 * drawn from a seed. It is sent into the page by the tests of both browsers, so it stands
 * alone.
 *
 * @typedef {import("../src/element/raft-cluster.js").RaftCluster} RaftCluster
 * @typedef {import("../pkg/raftarium.js").Simulation} Simulation
 */

/**
 * Answers what went otherwise than it must, how many requests were made and settled, and
 * how often what came about.
 *
 * @param {{ seed: number, steps: number }} wish
 */
export async function anyHost({ seed, steps }) {
  /** @type {string[]} */
  const faults = [];
  /** @type {Record<string, number>} */
  const counts = {};
  const note = (/** @type {string} */ name) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  // Marsaglia's xorshift, with 32 bits: the same in every engine.
  let state = seed * 2_654_435_769 + 1;
  const random = (/** @type {number} */ below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  /** @template T @param {readonly T[]} items @returns {T} */
  const pick = (items) => /** @type {T} */ (items[random(items.length)]);

  let trail = "";
  const frowned = /null pointer|recursive|rust|unreachable|stale object|undefined|not a function/i;
  const usual = ["NoWorldError", "SimulationError"];
  const judge = (/** @type {unknown} */ error, /** @type {string} */ doing) => {
    const { name, message } = /** @type {Error} */ (error);
    note(name);
    if (!usual.includes(name) || frowned.test(message)) {
      faults.push(`${doing} gave ${name}: ${message} (${trail})`);
    }
  };
  const onRejection = (/** @type {PromiseRejectionEvent} */ event) => {
    faults.push(`nobody took ${event.reason} (${trail})`);
  };
  window.addEventListener("unhandledrejection", onRejection);

  const yard = document.body.appendChild(document.createElement("section"));
  // All are in sight, or nothing would move.
  yard.style.cssText =
    "position: fixed; inset: 0; z-index: 9; display: grid; grid-template-columns: repeat(6, 1fr); overflow: hidden";
  const shed = yard.appendChild(document.createElement("div"));
  const make = (/** @type {string} */ id) => {
    const element = document.createElement("raft-cluster");
    element.id = id;
    element.scenario = { replicas: 3, seed: 1 + random(99), title: id };
    element.speed = 20;
    element.play();
    element.addEventListener("raft-error", ({ detail }) => {
      note(`raft-error ${detail.code}`);
      if (detail.code === "core" || detail.code === "page") {
        faults.push(`${id} was told: ${detail.message} (${trail})`);
      }
    });
    return element;
  };
  const ready = (/** @type {RaftCluster} */ element) =>
    new Promise((resolve) => element.addEventListener("raft-ready", resolve, { once: true }));

  const bystanders = [make("bystander-1"), make("bystander-2")];
  const there = bystanders.map(ready);
  yard.append(...bystanders);
  await Promise.all(there);
  const worlds = bystanders.map((element) => element.simulation);
  const guests = ["guest-1", "guest-2", "guest-3"].map(make);
  yard.append(...guests);
  const elements = [...bystanders, ...guests];
  // One has its panels hidden, and one looks closely.
  if (guests[0]) guests[0].controls = "none";

  /** @type {Simulation[]} Worlds that may be long gone. */
  const held = [];
  let asked = 0;
  let settled = 0;
  const ask = (/** @type {Promise<unknown>} */ answer) => {
    asked += 1;
    answer.then(
      () => {
        settled += 1;
        note("answered");
      },
      (error) => {
        settled += 1;
        judge(error, "a request");
      },
    );
  };
  const openables = () =>
    /** @type {import("../src/core/world/running-world.js").WorldSource[]} */ ([
      "first-election",
      "replicated-put",
      '{"replicas": 3, "seed": 4}',
      { replicas: 5, seed: 2 },
      "no-such-scenario",
      '{"replicas": 52}',
      {
        scenario: { replicas: 3 },
        seed: 5,
        interventions: [{ after_events: 7, at_us: 0, action: { restart: { replica: 1 } } }],
      },
      // The past of another.
      pick(elements).simulation?.recording() ?? "first-election",
    ]);
  const put = () => pick(["x", "y", ""]);
  /** @type {Record<string, (guest: RaftCluster) => unknown>} */
  const deeds = {
    put: (guest) => ask(guest.put(put(), "1")),
    get: (guest) => ask(guest.get("x")),
    "put and leave": (guest) => {
      ask(guest.put("x", "2"));
      guest.remove();
    },
    "put and move": (guest) => {
      ask(guest.put("x", "3"));
      shed.append(guest);
    },
    "put and open": (guest) => {
      ask(guest.put("x", "4"));
      guest.open(pick(openables()));
    },
    "put and go back": (guest) => {
      ask(guest.put("x", "5"));
      guest.rewind(random((guest.snapshot?.view.events ?? 0) + 2));
    },
    leave: (guest) => guest.remove(),
    come: (guest) => yard.append(guest),
    "come and leave": (guest) => {
      yard.append(guest);
      guest.remove();
    },
    "leave and come": (guest) => {
      guest.remove();
      yard.prepend(guest);
    },
    ask: (guest) => {
      guest.scenario = pick(openables());
    },
    reseed: (guest) => {
      guest.seed = random(9);
    },
    restart: (guest) => guest.open(guest.scenario, guest.seed),
    open: (guest) => guest.open(pick(openables())),
    apply: (guest) => guest.apply({ crash: { replica: 1 + random(3) } }),
    attempt: (guest) => guest.attempt({ restart: { replica: 1 + random(5) } }),
    step: (guest) => guest.step(),
    "step over ticks": (guest) => guest.stepOverTicks(),
    "go to": (guest) => guest.goTo(random(400)),
    inspect: (guest) => guest.inspect({ kind: "replica", id: 1 + random(5) }),
    closer: (guest) => {
      guest.controller.showTab(pick(["story", "inspect", "table", "settings", "legend"]));
    },
    play: (guest) => guest.play(),
    "play all": () => {
      for (const guest of guests) guest.play();
    },
    pause: (guest) => guest.pause(),
    hold: (guest) => guest.simulation && held.push(guest.simulation),
    "use what was held": () => held.length > 0 && pick(held).view(),
    "do to what was held": () => held.length > 0 && pick(held).proceed(),
    "ask of what was held": () =>
      held.length > 0 && pick(held).request({ get: { key: "x" } }, 1, undefined),
    "take the notices": (guest) => guest.simulation?.notices(),
    "leave in the middle": (guest) =>
      guest.apply(
        /** @type {any} */ ({
          toJSON: () => {
            guest.remove();
            return { heal_all: {} };
          },
        }),
      ),
    "open in the middle": (guest) =>
      guest.simulation?.tick(
        /** @type {any} */ ({
          valueOf: () => {
            guest.open("first-election");
            return 1;
          },
        }),
      ),
    "leave when told": (guest) => {
      const name = pick(["raft-ready", "raft-notice", "raft-error", "raft-select"]);
      guest.addEventListener(name, () => guest.remove(), { once: true });
    },
    "open when told": (guest) => {
      const name = pick(["raft-ready", "raft-notice", "raft-error", "raft-select"]);
      guest.addEventListener(name, () => guest.open(pick(openables())), { once: true });
    },
    "copy and drop": (guest) => {
      const copy = /** @type {RaftCluster} */ (guest.cloneNode(true));
      yard.append(copy);
      ask(copy.put("x", "6"));
      copy.remove();
    },
  };

  // Else all would be out of the page, or paused, most of the time.
  const often = ["come", "come", "come", "come", "play all", "play all", "put", "get", "get"];
  const names = [...Object.keys(deeds), ...often];
  for (let step = 0; step < steps; step += 1) {
    const guest = pick(guests);
    const name = pick(names);
    trail = `seed ${seed}, step ${step}: ${guest.id}, ${name}`;
    const others = elements.filter((element) => element !== guest);
    const before = others.map((element) => element.simulation);
    try {
      deeds[name]?.(guest);
    } catch (error) {
      judge(error, name);
    }
    others.forEach((element, place) => {
      if (element.simulation !== before[place]) {
        faults.push(`${element.id} lost its world (${trail})`);
      }
    });
    switch (random(4)) {
      case 0:
        await undefined;
        break;
      case 1:
        await new Promise(requestAnimationFrame);
        break;
      case 2:
        await new Promise((resolve) => setTimeout(resolve, random(30)));
    }
    if (bystanders.some((element, place) => element.simulation !== worlds[place])) {
      faults.push(`a bystander lost its world (${trail})`);
      break;
    }
  }
  trail = `seed ${seed}, at the end`;
  for (const guest of guests) {
    guest.remove();
    ask(guest.put("too", "late"));
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const element of bystanders) {
    const alert = element.renderRoot.querySelector("[role=alert]");
    if (alert) faults.push(`${element.id} says: ${alert.textContent}`);
    element.remove();
  }
  yard.remove();
  window.removeEventListener("unhandledrejection", onRejection);
  return { faults, asked, settled, counts };
}
