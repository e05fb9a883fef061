/**
 * Hosts that do with several clusters whatever they like: what ends for one goes on for the
 * others, and who asked hears why there is no answer.
 */
import type { Page } from "@playwright/test";
import type { RaftCluster } from "../src/element/raft-cluster.js";
import { anyHost } from "./any-host.mjs";
import { call, expect, openPage, ready, speedUp, test, view } from "./cluster.js";

declare global {
  interface Window {
    other: RaftCluster;
    asker: RaftCluster;
    /** The answer to the asker, or why there is none. */
    outcome(answer: Promise<unknown> | undefined): Promise<string>;
  }
}

/** A page with an asker in sight and another cluster, whose very world must go on. */
async function openTwo(page: Page): Promise<() => Promise<void>> {
  await openPage(page, "?scenario=first-election&seed=3");
  await page.evaluate(async () => {
    const make = async (id: string) => {
      const element = document.createElement("raft-cluster");
      element.id = id;
      element.seed = 5;
      const there = new Promise((resolve) => element.addEventListener("raft-ready", resolve));
      document.body.prepend(element);
      await there;
      return element;
    };
    window.other = await make("other");
    window.asker = await make("asker");
    window.asker.speed = 5;
    window.outcome = async (answer) => {
      const silence = new Promise((resolve) => setTimeout(() => resolve("silence"), 5_000));
      return Promise.race([answer, silence]).then(
        (told) => JSON.stringify(told),
        ({ name, message }: Error) => `${name}: ${message}`,
      );
    };
  });
  const world = await page.evaluateHandle(() => window.other.simulation);
  return async () => {
    expect(await page.evaluate((world) => window.other.simulation === world, world)).toBe(true);
    await expect(page.locator("#other").getByRole("alert")).toHaveCount(0);
  };
}

for (const seed of [1, 2, 3]) {
  test(`any sequence of calls leaves the other clusters alone, seed ${seed}`, async ({ page }) => {
    await openPage(page, "?scenario=first-election");
    const told = await page.evaluate(anyHost, { seed, steps: 300 });
    expect(told.faults).toEqual([]);
    expect(told.settled).toBe(told.asked);
    expect(told.counts.answered).toBeGreaterThan(0);
    expect(told.counts.NoWorldError).toBeGreaterThan(20);
  });
}

test("a request by an element that leaves at once is rejected with the reason", async ({
  page,
}) => {
  const otherGoesOn = await openTwo(page);
  const told = await page.evaluate(async () => {
    const { asker, outcome } = window;
    const there = () =>
      new Promise((resolve) => asker.addEventListener("raft-ready", resolve, { once: true }));
    const left = async (leave: () => void) => {
      const answer = asker.put("x", "1");
      leave();
      const heard = await outcome(answer);
      if (!asker.isConnected) {
        const back = there();
        document.body.prepend(asker);
        await back;
      }
      return heard;
    };
    const moved = there();
    const told = {
      move: await left(() => document.querySelector("main")?.prepend(asker)).then(async (heard) => {
        await moved;
        return heard;
      }),
      remove: await left(() => asker.remove()),
      open: await left(() => asker.open("replicated-put")),
      restart: await left(() => asker.open(asker.scenario, asker.seed)),
      scenario: await left(() => {
        asker.scenario = "first-election";
      }),
      back: await left(() => asker.rewind(0)),
      dropped: await left(() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['{"replicas": 3}'], "mine.json"));
        const frame = asker.renderRoot.querySelector(".cluster");
        frame?.dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
      }),
    };
    asker.remove();
    return { ...told, gone: await outcome(asker.put("too", "late")) };
  });
  const left = "NoWorldError: The cluster was left before it answered.";
  expect(told).toEqual({
    move: left,
    remove: left,
    open: left,
    restart: left,
    scenario: left,
    back: "NoWorldError: The moment of the request was left before its answer.",
    dropped: left,
    gone: "NoWorldError: The cluster was taken out of the page.",
  });
  await otherGoesOn();
});

test("a world that is held after its end says so, and can't be given back", async ({ page }) => {
  const otherGoesOn = await openTwo(page);
  const told = await page.evaluate(() => {
    const { asker, other } = window;
    const said = (act: () => unknown) => {
      try {
        return String(act());
      } catch (error) {
        const { name, message } = error as Error;
        return `${name}: ${message}`;
      }
    };
    const held = asker.simulation;
    const free = said(() => other.simulation?.free());
    const before = said(() => document.createElement("raft-cluster").apply({ heal_all: {} }));
    asker.remove();
    return {
      free,
      before,
      view: said(() => held?.view()),
      seed: said(() => held?.seed),
      proceed: said(() => held?.proceed()),
      rewind: said(() => held?.rewind(0)),
      apply: said(() => asker.apply({ heal_all: {} })),
    };
  });
  const left = "NoWorldError: The cluster was left before it answered.";
  expect(told).toEqual({
    free: "TypeError: The element owns this world: take the element out of the page.",
    before: "NoWorldError: The cluster is not there yet: wait for raft-ready.",
    view: left,
    seed: left,
    proceed: left,
    rewind: left,
    apply: "NoWorldError: The cluster was taken out of the page.",
  });
  await otherGoesOn();
});

test("a host's code that runs amid a call can't pull the world away from it", async ({ page }) => {
  const otherGoesOn = await openTwo(page);
  const told = await page.evaluate(async () => {
    const { asker, outcome } = window;
    const there = () =>
      new Promise((resolve) => asker.addEventListener("raft-ready", resolve, { once: true }));
    const names: string[] = [];
    const leave = (): number => {
      asker.remove();
      return 1;
    };
    const tries: (() => unknown)[] = [
      () => asker.apply({ toJSON: leave } as never),
      () => asker.simulation?.tick({ valueOf: leave } as never),
      () => asker.simulation?.apply({ toJSON: leave } as never),
      () => asker.simulation?.replica({ toString: leave } as never, 5),
    ];
    for (const attempt of tries) {
      try {
        attempt();
        names.push("done");
      } catch (error) {
        names.push((error as Error).name);
      }
      if (!asker.isConnected) {
        const back = there();
        document.body.prepend(asker);
        await back;
      }
    }
    // A host that never comes back from calling itself.
    const deeper = (): void => {
      asker.simulation?.view();
      deeper();
    };
    for (let times = 0; times < 5; times += 1) {
      try {
        deeper();
      } catch (error) {
        names.push((error as Error).name);
      }
    }
    asker.play();
    return { names, answer: await outcome(asker.put("still", "there")) };
  });
  expect(told.names.slice(0, 4)).toEqual([
    "NoWorldError",
    "SimulationError",
    "NoWorldError",
    "SimulationError",
  ]);
  expect(told.names.slice(4)).toEqual(Array(5).fill("RangeError"));
  expect(told.answer).toBe('"written"');
  await otherGoesOn();
});

test("a listener may leave, open another, or bring about what it listens to", async ({ page }) => {
  const otherGoesOn = await openTwo(page);
  page.on("console", (message) => expect(message.text()).not.toContain("core"));
  const told = await page.evaluate(async () => {
    const { asker } = window;
    const turns = (count: number) => new Promise((resolve) => setTimeout(resolve, count));
    const back = async () => {
      if (!asker.isConnected) {
        const there = new Promise((resolve) => {
          asker.addEventListener("raft-ready", resolve, { once: true });
        });
        document.body.prepend(asker);
        await there;
      }
    };
    for (const name of ["raft-notice", "raft-select", "raft-ready", "raft-error"] as const) {
      asker.play();
      asker.addEventListener(name, () => asker.remove(), { once: true });
      asker.inspect({ kind: "replica", id: 1 });
      asker.inspect(undefined);
      asker.open("replicated-put");
      asker.open('{"replicas": 52}');
      await turns(400);
      await back();
    }
    // The inner wish is the later one.
    asker.addEventListener("raft-ready", () => asker.open("leader-crash"), { once: true });
    asker.open("replicated-put");
    const scenario = asker.scenario;
    const title = asker.simulation?.scenario().title;
    let errors = 0;
    const again = () => {
      errors += 1;
      asker.open('{"replicas": 52}');
    };
    asker.addEventListener("raft-error", again);
    asker.open('{"replicas": 52}');
    asker.removeEventListener("raft-error", again);
    return { scenario, title, errors, still: asker.simulation !== undefined };
  });
  expect(told).toMatchObject({ scenario: "leader-crash", still: true });
  expect(told.title).toMatch(/leader/i);
  expect(told.errors).toBeLessThan(50);
  await otherGoesOn();
});

test("an answer resolves its request, whoever takes the notices", async ({ page }) => {
  const otherGoesOn = await openTwo(page);
  const told = await page.evaluate(async () => {
    const { asker, outcome } = window;
    asker.pause();
    const answer = asker.put("a", "1");
    let notices = 0;
    for (let events = 0; events < 3_000; events += 1) {
      asker.simulation?.proceed();
      notices += asker.simulation?.notices().length ?? 0;
    }
    const taken = await outcome(answer);

    // More happens at once than the world keeps in mind; and then some of it never did.
    const late = asker.put("b", "2");
    const events = asker.simulation?.view().events ?? 0;
    asker.goTo(events + 20_000);
    const skipped = await outcome(late);
    const stepped = asker.put("c", "3");
    for (let ticks = 0; ticks < 400; ticks += 1) {
      asker.step();
    }
    asker.rewind((asker.simulation?.view().events ?? 0) - 1);
    return { notices, taken, skipped, stepped: await outcome(stepped) };
  });
  expect(told).toMatchObject({ taken: '"written"', skipped: '"written"', stepped: '"written"' });
  await otherGoesOn();
});

test("what was asked for out of the page is what begins in it", async ({ page }) => {
  await openTwo(page);
  const told = await page.evaluate(async () => {
    const { asker } = window;
    const titles: (string | undefined)[] = [];
    const back = async () => {
      const there = new Promise((resolve) => {
        asker.addEventListener("raft-ready", resolve, { once: true });
      });
      document.body.prepend(asker);
      await there;
      titles.push(asker.simulation?.scenario().title);
    };
    asker.scenario = { replicas: 3, title: "first" };
    asker.remove();
    await back();
    asker.remove();
    asker.open({ replicas: 3, title: "second" });
    await back();
    // The interventions are not lost, though no frame has shown them.
    asker.apply({ crash: { replica: 2 } });
    const digest = asker.simulation?.digest();
    asker.remove();
    await back();
    return { titles, same: asker.simulation?.digest() === digest };
  });
  expect(told).toEqual({ titles: ["first", "second", "second"], same: true });
});

test("a recording that can't be followed pauses its own cluster only", async ({ page }) => {
  const otherGoesOn = await openTwo(page);
  await page.evaluate(() => {
    const wrong = { after_events: 7, at_us: 0, action: { restart: { replica: 1 } } };
    window.asker.open({ scenario: { replicas: 3 }, seed: 5, interventions: [wrong] } as never);
    window.asker.play();
  });
  const asker = page.locator("#asker");
  await expect(asker.getByRole("alert")).toContainText("The recording can't be followed");
  await otherGoesOn();
  // It goes on without; out of the page and back, too.
  await speedUp(asker);
  await call(asker, (element) => element.play());
  await expect.poll(async () => (await view(asker)).events).toBeGreaterThan(20);
  await page.evaluate(() => document.querySelector("main")?.prepend(window.asker));
  await ready(asker);
  expect((await view(asker)).events).toBeGreaterThan(20);
  await otherGoesOn();
});

test("a fault of the page's own in drawing is no fault of the core", async ({
  page,
  complaints,
}) => {
  const otherGoesOn = await openTwo(page);
  await page.evaluate(() => {
    const { asker } = window;
    const stage = asker.renderRoot.querySelector("raft-stage");
    if (stage) {
      stage.drawFrame = () => {
        throw new TypeError("no brush");
      };
    }
    asker.play();
  });
  const alert = page.locator("#asker").getByRole("alert");
  await expect(alert).toContainText("The page could not show the cluster: no brush.");
  await expect(alert.getByRole("button", { name: "Save what was done" })).toHaveCount(0);
  expect(complaints.splice(0).join()).toContain("no brush");
  await otherGoesOn();
});

test("copies, frames and a hundred comings and goings are nothing special", async ({ page }) => {
  const otherGoesOn = await openTwo(page);
  const told = await page.evaluate(async () => {
    const { asker, outcome } = window;
    const there = (element: RaftCluster) =>
      new Promise((resolve) => element.addEventListener("raft-ready", resolve, { once: true }));
    const copy = asker.cloneNode(true) as RaftCluster;
    const early = copy.put("before", "it is anywhere");
    copy.speed = 20;
    document.body.prepend(copy);
    copy.play();
    const copied = await outcome(early);
    copy.remove();

    const frame = document.createElement("iframe");
    frame.style.cssText = "position: fixed; inset: 0; width: 900px; height: 600px";
    document.body.append(frame);
    const answer = asker.put("lost", "on the way");
    frame.contentDocument?.body.append(asker);
    const lost = await outcome(answer);
    asker.speed = 20;
    asker.play();
    const framed = await outcome(asker.put("in", "a frame"));
    asker.inspect({ kind: "replica", id: 1 });
    await new Promise(requestAnimationFrame);
    const inFrame = getComputedStyle(asker.renderRoot.querySelector(".cluster") as Element).display;
    const back = there(asker);
    document.body.prepend(asker);
    frame.remove();
    await back;
    const atHome = getComputedStyle(asker.renderRoot.querySelector(".cluster") as Element).display;

    for (let times = 0; times < 100; times += 1) {
      const element = document.createElement("raft-cluster");
      // In sight, or no world would begin.
      document.body.prepend(element);
      if (times % 2 === 0) {
        await there(element);
      }
      void element.put("x", "1");
      element.remove();
      document.body.prepend(element);
      element.remove();
    }
    return { copied, lost, framed, inFrame, atHome };
  });
  expect(told).toEqual({
    copied: '"written"',
    lost: "NoWorldError: The cluster was left before it answered.",
    framed: '"written"',
    inFrame: "flex",
    atHome: "grid",
  });
  await otherGoesOn();
});

test("without a core, a request is rejected with the reason", async ({ page, complaints }) => {
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto("./");
  const cluster = page.locator("raft-cluster");
  await expect(cluster.getByRole("alert")).toContainText("The core could not be loaded.");
  const said = await call(cluster, (element) =>
    element.put("x", "1").catch(({ name, message }: Error) => `${name}: ${message}`),
  );
  expect(said).toContain("NoWorldError: The core could not be loaded.");
  complaints.splice(0);
});
