/**
 * A core that traps: its memory is full, so that the next allocation fails. Nothing of it
 * can be used any more, and the world goes on in a fresh one.
 */
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { call, expect, openPage, ready, speedUp, test, view } from "./cluster.js";

declare global {
  interface Window {
    memories: WebAssembly.Memory[];
    /** Leaves the core no memory to grow into: 65,536 pages are all there can be. */
    fillMemory(): void;
  }
}

/**
 * Keeps the memory of each core that begins. A test that needs the fault at a call of its own
 * fills it in the task of that call: anything else on the page may meet the fault first.
 */
async function watchMemories(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.memories = [];
    window.fillMemory = () => {
      const memory = window.memories.at(-1);
      memory?.grow(65_536 - memory.buffer.byteLength / 65_536);
    };
    const keep = ({ exports }: WebAssembly.Instance) => {
      window.memories.push(exports.memory as WebAssembly.Memory);
    };
    const { Instance, instantiateStreaming } = WebAssembly;
    WebAssembly.instantiateStreaming = async (...args) => {
      const result = await instantiateStreaming(...args);
      keep(result.instance);
      return result;
    };
    WebAssembly.Instance = new Proxy(Instance, {
      construct(target, args: [WebAssembly.Module]) {
        const instance = new target(...args);
        keep(instance);
        return instance;
      },
    });
  });
}

test("a core without memory left is replaced, and the world played again", async ({
  page,
  complaints,
}) => {
  await watchMemories(page);
  const cluster = await openPage(page, "?scenario=replicated-put");
  await speedUp(cluster);
  expect(await call(cluster, (element) => element.put("before", "the fault"))).toBe("written");
  const { seed } = await call(cluster, (element) => ({ seed: element.seed }));
  await page.evaluate(() => window.fillMemory());
  await speedUp(cluster, 100);
  await expect(cluster.getByRole("alert")).toContainText("fault of this program");
  await expect(cluster.getByRole("alert")).toContainText("was played again up to that moment");
  await expect(cluster.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  expect(complaints.splice(0).join()).toContain("unreachable");
  expect(await page.evaluate(() => window.memories.length)).toBe(2);

  await speedUp(cluster);
  await call(cluster, (element) => element.play());
  expect(await call(cluster, (element) => element.get("before"))).toEqual({
    value: { value: "the fault" },
  });
  expect(await call(cluster, (element) => element.seed)).toBe(seed);
});

test("a trap while another scenario is opened costs nothing", async ({ page, complaints }) => {
  await watchMemories(page);
  const cluster = await openPage(page);
  await speedUp(cluster);
  await expect.poll(async () => (await view(cluster)).leader).toBeGreaterThan(0);
  await call(cluster, (element) => element.pause());
  const { events } = await view(cluster);
  const opened = await call(cluster, async (element) => {
    const failed = new Promise<string>((resolve) =>
      element.addEventListener("raft-error", ({ detail }) => resolve(detail.code)),
    );
    const { scenario } = element;
    window.fillMemory();
    // More text than the core has taken so far, and given back.
    element.open({ story: "Long. ".repeat(2_000_000) });
    return { code: await failed, same: element.scenario === scenario };
  });
  expect(opened).toEqual({ code: "core", same: true });
  expect(complaints.splice(0).join()).not.toBe("");
  expect((await view(cluster)).events).toBe(events);
  expect(await call(cluster, (element) => element.open("big-cluster"))).toBe(true);
  await ready(cluster);
  expect((await view(cluster)).replicas.length).toBeGreaterThan(5);
});

test("two on a page share the fault, and both recover", async ({ page, complaints }) => {
  await watchMemories(page);
  const first = (await openPage(page)).first();
  await page.evaluate(() => {
    const second = document.createElement("raft-cluster");
    second.id = "second";
    second.paused = true;
    second.seed = 8;
    document.querySelector("main")?.append(second);
  });
  const second = page.locator("#second");
  await second.scrollIntoViewIfNeeded();
  await ready(second);
  await call(second, (element) => element.apply({ crash: { replica: 2 } }));
  await expect.poll(async () => (await view(second)).replicas[1]?.status).toBe("crashed");
  const { events } = await view(second);

  await first.scrollIntoViewIfNeeded();
  await page.evaluate(() => window.fillMemory());
  await speedUp(first, 100);
  await expect(first.getByRole("alert")).toContainText("was played again");
  complaints.splice(0);
  await second.scrollIntoViewIfNeeded();
  await call(second, (element) => element.step());
  await expect(second.getByRole("alert")).toContainText("in another cluster of this page");
  // If it was drawn before that, it had recovered already, and has taken the step.
  expect([events, events + 1]).toContain((await view(second)).events);
  expect((await view(second)).replicas[1]?.status).toBe("crashed");
  expect(await page.evaluate(() => window.memories.length)).toBe(2);
});

test("a trap tells what was given up, and offers what was done as a file", async ({
  page,
  complaints,
}) => {
  await watchMemories(page);
  const cluster = await openPage(page, "?scenario=first-election&seed=9");
  await speedUp(cluster);
  await call(cluster, (element) => element.put("kept", "yes"));
  await call(cluster, (element) => {
    element.pause();
    element.apply({ crash: { replica: 2 } });
  });
  await expect.poll(async () => (await view(cluster)).replicas[1]?.status).toBe("crashed");
  const { events } = await view(cluster);

  const told = await call(cluster, async (element) => {
    window.fillMemory();
    const failed = new Promise<boolean>((resolve) =>
      element.addEventListener("raft-error", ({ detail }) => {
        resolve(detail.code === "core" && detail.recording?.seed === 9);
      }),
    );
    // No frame has seen these, and none will.
    const lost = element
      .put("lost", "1")
      .catch(({ name, message }: Error) => `${name}: ${message}`);
    element.apply({ crash: { replica: 3 } });
    let thrown = "";
    let later = "";
    const { simulation } = element;
    try {
      for (;;) {
        simulation?.proceed();
      }
    } catch (error) {
      thrown = (error as Error).name;
    }
    try {
      simulation?.view();
    } catch (error) {
      later = (error as Error).name;
    }
    return { failed: await failed, lost: await lost, thrown, later };
  });
  expect(told).toEqual({
    failed: true,
    lost: "NoWorldError: The core failed before the cluster answered.",
    thrown: "CoreError",
    later: "NoWorldError",
  });
  expect(complaints.splice(0).join()).toContain("unreachable");
  const alert = cluster.getByRole("alert");
  await expect(alert).toContainText("was played again up to that moment");
  await expect(alert).toContainText("What was done after it is given up: 2 interventions.");
  await expect(alert).toContainText("1 request will not be answered.");
  const again = await view(cluster);
  expect(again.events).toBe(events);
  expect(again.replicas.map(({ status }) => status).join()).toContain("running,crashed,running");

  const downloading = page.waitForEvent("download");
  await alert.getByRole("button", { name: "Save what was done" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("raftarium-seed-9.json");
  const text = await readFile(await download.path(), "utf8");
  const { interventions } = JSON.parse(text);
  expect(interventions).toHaveLength(2);
  expect(interventions[1].action).toEqual({ crash: { replica: 2 } });
  await cluster.evaluate((element, text) => {
    (element as import("../src/element/raft-cluster.js").RaftCluster).open(text);
  }, text);
  await ready(cluster);
  await expect(alert).toHaveCount(0);
  await call(cluster, (element) =>
    element.goTo(JSON.parse(String(element.scenario)).interventions[1].after_events + 1),
  );
  await expect.poll(async () => (await view(cluster)).replicas[1]?.status).toBe("crashed");
});

test("what only looks, or needs no world, recovers from a trap too", async ({
  page,
  complaints,
}) => {
  await watchMemories(page);
  const first = (await openPage(page)).first();
  await page.evaluate(async () => {
    const second = document.createElement("raft-cluster");
    second.id = "second";
    second.pause();
    document.querySelector("main")?.append(second);
  });
  const second = page.locator("#second");
  await second.scrollIntoViewIfNeeded();
  await ready(second);
  await call(second, (element) => element.apply({ crash: { replica: 2 } }));
  await expect.poll(async () => (await view(second)).replicas[1]?.status).toBe("crashed");
  await page.evaluate(() => window.fillMemory());
  await speedUp(first, 100);
  await first.scrollIntoViewIfNeeded();
  await expect(first.getByRole("alert")).toContainText("was played again");
  complaints.splice(0);
  // Paused, it draws no frames: a panel that looks into its world finds out.
  await second.evaluate((element) => {
    (element as import("../src/element/raft-cluster.js").RaftCluster).inspect({
      kind: "replica",
      id: 2,
    });
  });
  await expect(second.getByRole("alert")).toContainText("in another cluster of this page");
  await expect.poll(async () => (await view(second)).replicas[1]?.status).toBe("crashed");
  expect(await page.evaluate(() => window.memories.length)).toBe(2);
});
