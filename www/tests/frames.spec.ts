/**
 * What a frame costs, as counts: calls into the core, and draws on the canvas behind. How long a
 * frame takes is for `benches/frames.mjs`, since machines differ.
 */
import type { Locator, Page } from "@playwright/test";
import { call, expect, leaderOf, openPage, speedUp, test, view } from "./cluster.js";

/** Counts the calls into the core by name, and frames, for half a second. */
function countCalls(cluster: Locator): Promise<{ calls: Record<string, number>; frames: number }> {
  return call(cluster, async (element) => {
    const prototype = Object.getPrototypeOf(element.simulation);
    const before = Object.getOwnPropertyDescriptors(prototype);
    const calls: Record<string, number> = {};
    for (const [name, { value }] of Object.entries(before)) {
      if (typeof value === "function" && name !== "constructor") {
        prototype[name] = function (this: unknown, ...args: unknown[]) {
          calls[name] = (calls[name] ?? 0) + 1;
          return value.apply(this, args);
        };
      }
    }
    const endMs = performance.now() + 500;
    while (performance.now() < endMs) {
      await new Promise(requestAnimationFrame);
    }
    Object.defineProperties(prototype, before);
    return { calls, frames: calls.view ?? 0 };
  });
}

const sum = (numbers: number[]) => numbers.reduce((all, number) => all + number, 0);

test("a frame calls into the core a few times, however much happens in it", async ({ page }) => {
  const cluster = await openPage(page);
  await call(cluster, (element) =>
    element.apply({ set_workload: { workload: { operations_per_second: 500, clients: 8 } } }),
  );
  await speedUp(cluster, 10);
  await leaderOf(cluster);
  const before = (await view(cluster)).events;
  const { calls, frames } = await countCalls(cluster);
  const events = (await view(cluster)).events - before;
  expect(frames).toBeGreaterThan(2);
  expect(events).toBeGreaterThan(50 * frames);
  // For each 500 events two calls, five stores that may have changed, and of the logs where they
  // differ, what is in up to three windows, and what the leader knows.
  expect(sum(Object.values(calls)) / frames).toBeLessThan(17 + (2 * events) / 500 / frames);
  expect([calls.tick, calls.deliver, calls.nextDue]).toEqual([undefined, undefined, undefined]);
});

test("in slow motion JavaScript makes every tick and delivery happen", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster, 10);
  await leaderOf(cluster);
  await speedUp(cluster, 0.5);
  const { calls } = await countCalls(cluster);
  expect(calls.tick).toBeGreaterThan(0);
  expect(calls.deliver).toBeGreaterThan(0);
  expect(calls.proceedUntil).toBe(undefined);
});

interface Draws {
  back: number;
  front: number;
}

/** From now on, counts what is drawn on the canvas behind, and how often the one in front is cleared. */
async function countDraws(page: Page): Promise<() => Promise<Draws>> {
  await page.evaluate(() => {
    const draws: Draws = { back: 0, front: 0 };
    const prototype = CanvasRenderingContext2D.prototype;
    for (const name of ["fillRect", "fillText", "stroke", "fill", "drawImage"] as const) {
      const draw = prototype[name] as (...args: unknown[]) => void;
      Object.assign(prototype, {
        [name](this: CanvasRenderingContext2D, ...args: unknown[]) {
          draws.back += this.canvas.className === "back" ? 1 : 0;
          draw.apply(this, args);
        },
      });
    }
    const clear = prototype.clearRect;
    prototype.clearRect = function (...args) {
      draws.front += this.canvas.className === "front" ? 1 : 0;
      clear.apply(this, args);
    };
    Object.assign(window, { draws_: draws });
  });
  return () => page.evaluate(() => ({ ...(window as never as { draws_: Draws }).draws_ }));
}

test("while paused, frames draw nothing on the canvas behind", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  await leaderOf(cluster);
  await call(cluster, (element) => element.pause());
  await page.waitForTimeout(100);
  const draws = await countDraws(page);
  await call(cluster, async (element) => {
    for (let frame = 0; frame < 20; frame += 1) {
      element.controller.redraw();
      await new Promise(requestAnimationFrame);
    }
  });
  const { back, front } = await draws();
  expect(front).toBeGreaterThan(10);
  expect(back).toBe(0);

  // What has changed is drawn: the row of a replica that is selected, and no other.
  await call(cluster, (element) => element.select([2]));
  await expect.poll(async () => (await draws()).back).toBeGreaterThan(0);
  const row = (await draws()).back;
  await call(cluster, (element) => element.refreshTheme());
  await expect.poll(async () => (await draws()).back).toBeGreaterThan(3 * row);
});
