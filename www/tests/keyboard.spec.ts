/** The whole page by keyboard alone, and what a screen reader is told. */
import type { Locator, Page } from "@playwright/test";
import { call, expect, leaderOf, openPage, replica, speedUp, test, view } from "./cluster.js";

async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await target.evaluate((element) => element.matches(":focus"))) {
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error("the Tab key does not lead there");
}

test("asks, breaks and mends by keyboard alone", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  const leader = await leaderOf(cluster);

  // A put.
  const key = cluster.getByLabel("key", { exact: true });
  await tabTo(page, key);
  await page.keyboard.press("Control+A");
  await page.keyboard.type("pet");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("cat");
  await page.keyboard.press("Enter");
  await expect(cluster.locator("output", { hasText: "put pet = cat → written" })).toBeVisible();

  // On the stage, along the replicas to the leader; its menu; the crash.
  await page.locator("body").evaluate(() => (document.activeElement as HTMLElement).blur());
  await tabTo(page, replica(cluster, 1));
  for (let at = 1; at < leader; at += 1) {
    await page.keyboard.press("ArrowRight");
  }
  await expect(replica(cluster, leader)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(cluster.getByRole("menuitem", { name: "Crash" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(cluster.getByRole("menuitem", { name: "Pause" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(cluster.getByRole("menuitem")).toHaveCount(0);
  await expect(replica(cluster, leader)).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(replica(cluster, leader)).toHaveAccessibleName(/crashed/);
  await expect(replica(cluster, leader)).toBeFocused();
  await expect.poll(async () => (await view(cluster)).leader ?? leader).not.toBe(leader);

  // Select and part with the rest, then heal.
  await page.keyboard.press("s");
  await expect(replica(cluster, leader)).toHaveAccessibleName(/selected/);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("s");
  await tabTo(page, cluster.getByRole("button", { name: /^Partition/ }));
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await view(cluster)).cuts.length).toBe(12);
  await tabTo(page, cluster.getByRole("button", { name: "Heal all links" }));
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await view(cluster)).cuts.length).toBe(0);
});

test("plays, pauses, steps and goes faster with keys on the stage", async ({ page }) => {
  const cluster = await openPage(page);
  await replica(cluster, 1).focus();
  await page.keyboard.press("Space");
  await expect.poll(() => call(cluster, (element) => element.playing)).toBe(false);
  await expect(cluster.getByRole("menuitem")).toHaveCount(0);
  const { events } = await view(cluster);
  await page.keyboard.press(".");
  await expect.poll(async () => (await view(cluster)).events).toBe(events + 1);
  await page.keyboard.press(",");
  await expect.poll(async () => (await view(cluster)).events).toBe(events);
  await page.keyboard.press("+");
  expect(await call(cluster, (element) => element.speed)).toBe(1 / 5);
  await page.keyboard.press("-");
  await page.keyboard.press("-");
  expect(await call(cluster, (element) => element.speed)).toBe(1 / 20);
  await page.keyboard.press("Space");
  await expect.poll(() => call(cluster, (element) => element.playing)).toBe(true);

  await page.keyboard.press("?");
  const help = cluster.getByRole("dialog", { name: "What you can do" });
  await expect(help).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
});

test("steps through links and messages", async ({ page }) => {
  const cluster = await openPage(page);
  await leaderOf(cluster);
  await replica(cluster, 1).focus();
  await page.keyboard.press("ArrowDown");
  const link = cluster.getByRole("button", { name: "Link R1 – R2" });
  await expect(link).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(cluster.getByRole("button", { name: "Link R1 – R2, cut to R2" })).toBeFocused();
  await page.keyboard.press("h");
  await expect(link).toBeFocused();

  // Messages can only be stepped through while they stand still.
  await expect
    .poll(async () => {
      await page.keyboard.press(">");
      return call(cluster, (element) => element.simulation?.messages().length ?? 0);
    })
    .toBeGreaterThan(10);
  await page.keyboard.press("ArrowDown");
  const focused = () =>
    cluster.locator("raft-stage-a11y button:focus").getAttribute("aria-label", { timeout: 1000 });
  await expect.poll(focused).toMatch(/ from .* to /);
  const first = await focused();
  await page.keyboard.press("ArrowRight");
  await expect.poll(focused).not.toBe(first);
  await page.keyboard.press("Enter");
  await expect(cluster.getByRole("menuitem", { name: "Drop" })).toBeFocused();
  await page.keyboard.press("Enter");
  // The message that had the focus is gone, and the focus is on another one.
  await expect(cluster.getByRole("menuitem")).toHaveCount(0);
  await expect.poll(focused).toMatch(/ from .* to /);
});

test("the events that matter are announced, not all of them", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  const announced = cluster.locator("raft-narration [role=status]");
  await announced.evaluate((region) => {
    Object.assign(window, { told_: [] });
    new MutationObserver(() => {
      (window as unknown as { told_: string[] }).told_.push(region.textContent ?? "");
    }).observe(region, { childList: true, characterData: true, subtree: true });
  });
  // So slow that no announcement has more to say than its three sentences, on any machine.
  await speedUp(cluster, 0.25);
  const told = () =>
    page.evaluate(() => (window as unknown as { told_: string[] }).told_.join(" "));
  await expect.poll(told).toMatch(/is elected leader of term/);
  await expect.poll(told).toMatch(/R\d crashes/);
  expect(await told()).not.toMatch(/has committed|is lost/);
  const changes = await page.evaluate(
    () => (window as unknown as { told_: string[] }).told_.length,
  );
  expect(changes).toBeLessThan(8);
});
