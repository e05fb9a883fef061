/** Virtual time: pause, step, back, speed; and stillness where nobody looks. */
import { call, expect, leaderOf, openPage, speedUp, test, view } from "./cluster.js";

test("steps forth and back to the very same world", async ({ page }) => {
  const cluster = await openPage(page);
  await leaderOf(cluster);
  await cluster.getByRole("button", { name: "Pause" }).click();
  const { events } = await view(cluster);
  const digest = () => call(cluster, (element) => element.simulation?.digest());
  const before = await digest();

  await cluster.getByRole("button", { name: "One event", exact: true }).click();
  await expect.poll(async () => (await view(cluster)).events).toBe(events + 1);
  const after = await digest();
  expect(after).not.toBe(before);
  await cluster.getByRole("button", { name: "One event back" }).click();
  await expect.poll(async () => (await view(cluster)).events).toBe(events);
  expect(await digest()).toBe(before);
  await cluster.getByRole("button", { name: "One event", exact: true }).click();
  await expect.poll(async () => (await view(cluster)).events).toBe(events + 1);
  expect(await digest()).toBe(after);
});

test("goes back to a moment of the narration", async ({ page }) => {
  const cluster = await openPage(page);
  await leaderOf(cluster);
  const narration = cluster.locator("raft-narration");
  const line = narration.getByRole("listitem").filter({ hasText: "stands for election" }).first();
  await line.getByRole("button").click();
  await expect.poll(async () => (await view(cluster)).leader).toBe(undefined);
  await expect(
    narration.getByRole("listitem").filter({ hasText: "is elected leader" }),
  ).toHaveCount(0);
  const candidates = (await view(cluster)).replicas.filter(({ role }) => role === "candidate");
  expect(candidates).toHaveLength(1);
});

test("is still when paused, and asks for no frames", async ({ page }) => {
  await page.addInitScript(() => {
    const request = window.requestAnimationFrame.bind(window);
    Object.assign(window, { frames_: 0 });
    window.requestAnimationFrame = (callback) => {
      (window as unknown as { frames_: number }).frames_ += 1;
      return request(callback);
    };
  });
  const cluster = await openPage(page);
  await call(cluster, (element) => element.pause());
  const frames = () => page.evaluate(() => (window as unknown as { frames_: number }).frames_);
  const { now_us } = await view(cluster);
  // Flashes fade for a moment; then all is still.
  await expect(async () => {
    const before = await frames();
    await page.waitForTimeout(500);
    expect(await frames()).toBe(before);
  }).toPass();
  expect((await view(cluster)).now_us).toBe(now_us);
});

test("is still out of sight, and in a hidden tab", async ({ page }) => {
  const cluster = await openPage(page);
  const nowUs = async () => (await view(cluster)).now_us;
  const moves = async () => {
    const before = await nowUs();
    await expect.poll(nowUs).toBeGreaterThan(before);
  };
  // The browser tells of what is seen a frame or two later.
  const rests = () =>
    expect(async () => {
      const before = await nowUs();
      await page.waitForTimeout(400);
      expect(await nowUs()).toBe(before);
    }).toPass();
  await moves();
  await call(cluster, (element) => {
    element.style.marginBlockStart = "300vh";
  });
  await rests();
  await call(cluster, (element) => element.scrollIntoView());
  await moves();

  const setVisibility = (state: string) =>
    page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await setVisibility("hidden");
  await rests();
  await setVisibility("visible");
  await moves();
});

test("starts paused where less motion is wanted", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const cluster = await openPage(page);
  await expect(cluster.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await page.waitForTimeout(300);
  expect((await view(cluster)).now_us).toBe(0);
});

test("the speed slider goes from 1/100 to 100×", async ({ page }) => {
  const cluster = await openPage(page);
  const slider = cluster.getByRole("slider", { name: "Speed" });
  await slider.press("Home");
  await expect(cluster.getByText("1/100×")).toBeVisible();
  expect(await call(cluster, (element) => element.speed)).toBe(0.01);
  await slider.press("End");
  await expect(slider).toHaveAttribute("aria-valuetext", "100× of real time");
  await expect.poll(async () => (await view(cluster)).now_us).toBeGreaterThan(5e6);
});

test("a large cluster at full speed slips rather than freezes", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=big-cluster");
  await call(cluster, (element) =>
    element.apply({ set_workload: { workload: { operations_per_second: 2000, clients: 8 } } }),
  );
  await speedUp(cluster, 100);
  const before = (await view(cluster)).now_us;
  // Without a budget, each of these frames would take as long as ten seconds of this world.
  await page.evaluate(async () => {
    for (let frames = 0; frames < 20; frames += 1) {
      await new Promise(requestAnimationFrame);
    }
  });
  expect((await view(cluster)).now_us).toBeGreaterThan(before);
  await expect(cluster.getByText("as fast as this machine can")).toBeVisible();
});
