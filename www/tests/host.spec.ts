/** The element as a host sees it: properties, methods, events, several on a page, coming and going. */
import type { RaftCluster } from "../src/element/raft-cluster.js";
import {
  call,
  choose,
  clickOnStage,
  expect,
  openPage,
  ready,
  speedUp,
  test,
  view,
} from "./cluster.js";

test("answers to properties, methods and events", async ({ page }) => {
  const cluster = await openPage(page);
  const told = await call(cluster, async (element) => {
    const notices: string[] = [];
    const selections: unknown[] = [];
    element.addEventListener("raft-notice", ({ detail }) => {
      notices.push(...Object.keys(detail.what));
    });
    element.addEventListener("raft-select", ({ detail }) => selections.push(detail));
    const again = new Promise<void>((resolve) => {
      element.addEventListener("raft-ready", () => resolve(), { once: true });
    });
    element.scenario = { replicas: 3, title: "From the host" };
    element.seed = 12;
    element.speed = 5;
    await again;
    const seed = element.simulation?.seed;
    const written = await element.put("a", "1");
    const read = await element.get("a");
    const gone = await element.delete("a");
    element.pause();
    const before = element.simulation?.view().events ?? 0;
    element.step();
    const after = element.simulation?.view().events ?? 0;
    element.apply({ crash: { replica: 2 } });
    const status = element.simulation?.view().replicas[1]?.status;
    element.inspect({ kind: "replica", id: 2 });
    element.play();
    return {
      seed,
      title: element.simulation?.scenario().title,
      written,
      read,
      gone,
      stepped: after - before,
      status,
      notices: [...new Set(notices)],
      selections,
      playing: element.playing,
      paused: element.paused,
    };
  });
  expect(told).toMatchObject({
    seed: 12,
    title: "From the host",
    written: "written",
    read: { value: { value: "1" } },
    gone: { deleted: { existed: true } },
    stepped: 1,
    status: "crashed",
    playing: true,
    paused: false,
  });
  expect(told.notices).toEqual(
    expect.arrayContaining(["election_started", "leader_elected", "committed", "answered", "done"]),
  );
  expect(told.selections).toHaveLength(1);
  expect(told.selections).toMatchObject([{ inspected: { kind: "replica", id: 2 } }]);
});

test("a refused action throws to the host, and is told to the person", async ({ page }) => {
  const cluster = await openPage(page);
  await call(cluster, (element) => element.pause());
  const refused = await call(cluster, (element) => {
    const caught: unknown[] = [];
    const tries: (() => void)[] = [
      () => element.apply({ restart: { replica: 1 } }),
      () => element.apply({ crash: { replica: 9 } }),
      () => element.apply({ crush: { replica: 1 } } as never),
    ];
    const digest = element.simulation?.digest();
    for (const attempt of tries) {
      try {
        attempt();
      } catch (error) {
        const { name, code, path } = error as { name: string; code: string; path?: string };
        caught.push({ name, code, path: path ?? "" });
      }
    }
    return { caught, same: element.simulation?.digest() === digest };
  });
  expect(refused.caught).toMatchObject([
    { name: "SimulationError", code: "refused" },
    { name: "SimulationError" },
    { name: "SimulationError", code: "action" },
  ]);
  expect(refused.same).toBe(true);

  // Ignored answers that never come are no unhandled rejections: the page would complain.
  await call(cluster, (element) => {
    void element.put("", "an empty key is refused");
    void element.put("left", "behind");
    element.scenario = "leader-crash";
  });
  await page.waitForTimeout(200);
  expect(await call(cluster, (element) => element.attempt({ restart: { replica: 1 } }))).toBe(
    false,
  );
  await expect(cluster.locator(".status")).not.toBeEmpty();
});

test("attributes work, and without controls there is the stage alone", async ({ page }) => {
  await openPage(page);
  await page.evaluate(() => {
    document.body.innerHTML = `<main style="width: 640px">
      <raft-cluster scenario="replicated-put" seed="5" speed="2" controls="none" paused></raft-cluster>
    </main>`;
  });
  const cluster = page.locator("raft-cluster");
  await ready(cluster);
  const { seed, speed, playing, title } = await call(cluster, (element) => ({
    seed: element.seed,
    speed: element.speed,
    playing: element.playing,
    title: element.simulation?.scenario().title,
  }));
  expect({ seed, speed, playing }).toEqual({ seed: 5, speed: 2, playing: false });
  expect(title).toBe("A put is replicated");
  await expect(cluster.locator("raft-stage")).toBeVisible();
  await expect(cluster.locator("raft-transport, raft-side-panel, raft-client-form")).toHaveCount(0);
  // The hands are there all the same.
  await clickOnStage(cluster, 3);
  await choose(cluster, "Crash");
  await expect.poll(async () => (await view(cluster)).replicas[2]?.status).toBe("crashed");
});

test("two on one page share nothing", async ({ page }) => {
  await openPage(page);
  await page.evaluate(() => {
    const second = document.createElement("raft-cluster");
    second.id = "second";
    document.querySelector("main")?.append(second);
    // Soon enough: the core is not asked before the page has said what it wants.
    second.seed = 8;
  });
  const [first, second] = [page.locator("raft-cluster").first(), page.locator("#second")];
  await ready(second);
  await speedUp(first);
  await second.evaluate((element) => {
    (element as RaftCluster).pause();
    element.scrollIntoView();
  });
  expect(await call(second, (element) => element.seed)).toBe(8);
  await clickOnStage(second, 1);
  await choose(second, "Crash");
  await expect.poll(async () => (await view(second)).replicas[0]?.status).toBe("crashed");
  expect((await view(first)).replicas[0]?.status).toBe("running");
  const { now_us } = await view(second);

  await first.evaluate((element) => element.scrollIntoView());
  const answer = await call(first, (element) => element.put("mine", "1"));
  expect(answer).toBe("written");
  expect((await view(second)).now_us).toBe(now_us);

  // One goes, the other stays.
  await second.evaluate((element) => element.remove());
  expect(await call(first, (element) => element.get("mine"))).toEqual({ value: { value: "1" } });
});

test("taken out and put back, it goes on where it was", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  expect(await call(cluster, (element) => element.put("kept", "yes"))).toBe("written");
  await call(cluster, (element) => {
    element.pause();
    element.apply({ crash: { replica: "leader" } });
  });
  const { events } = await call(cluster, (element) => element.simulation?.view() ?? { events: 0 });
  await expect.poll(async () => (await view(cluster)).events).toBe(events);
  const moved = await page.evaluate(async () => {
    const element = document.querySelector("raft-cluster");
    const simulation = element?.simulation;
    if (!element || !simulation) {
      throw new Error("there is no cluster");
    }
    const before = simulation.digest();
    const lost = element.put("lost", "on the way").then(
      () => "answered",
      (error: Error) => error.message,
    );
    // Some events lie between the last intervention and the farewell.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    element.step();
    element.step();
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const asked = simulation.digest();
    element.remove();
    const without = element.simulation;
    let freed = false;
    try {
      simulation.view();
    } catch {
      freed = true;
    }
    const ready = new Promise((resolve) => element.addEventListener("raft-ready", resolve));
    document.querySelector("main")?.append(element);
    await ready;
    const after = element.simulation?.digest();
    return { before, asked, after, freed, without, lost: await lost };
  });
  expect(moved.asked).not.toBe(moved.before);
  expect(moved.after).toBe(moved.asked);
  expect(moved).toMatchObject({ freed: true, lost: "The cluster was left before it answered." });
  expect(moved.without).toBe(undefined);

  await call(cluster, (element) => element.play());
  expect(await call(cluster, (element) => element.get("kept"))).toEqual({
    value: { value: "yes" },
  });
});
