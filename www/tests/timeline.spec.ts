/** Time as something to move in: the scrubber, branches, marks that stay, two branches side by side. */
import AxeBuilder from "@axe-core/playwright";
import type { Locator } from "@playwright/test";
import { call, expect, leaderOf, openPage, replica, speedUp, test, view } from "./cluster.js";

const digestOf = (cluster: Locator) => call(cluster, (element) => element.simulation?.digest());
const branchesOf = (cluster: Locator) => call(cluster, (element) => element.simulation?.branches());
const tree = (cluster: Locator) => cluster.getByRole("tree", { name: "Branches" });

/** Goes to a moment, and waits until it is shown. */
async function goTo(cluster: Locator, events: number): Promise<void> {
  await cluster.evaluate((element, events) => {
    (element as unknown as { goTo(events: number): void }).goTo(events);
  }, events);
  await expect.poll(async () => (await view(cluster)).events).toBe(events);
  await expect
    .poll(() => call(cluster, (element) => element.controller.state.seeking))
    .toBe(undefined);
}

/** A paused world with a leader, and a branch: R2 was crashed at an earlier moment. */
async function fork(cluster: Locator) {
  await speedUp(cluster, 3);
  await leaderOf(cluster);
  await call(cluster, (element) => element.pause());
  const end = (await view(cluster)).events;
  const before = { events: end, digest: await digestOf(cluster) };
  await goTo(cluster, Math.floor(end / 2));
  await call(cluster, (element) => element.apply({ crash: { replica: 2 } }));
  await speedUp(cluster, 3);
  await call(cluster, (element) => element.play());
  await expect.poll(async () => (await view(cluster)).events).toBeGreaterThan(end);
  await call(cluster, (element) => element.pause());
  return before;
}

test("a crash in the past starts a branch, and the old one is found as it was", async ({
  page,
}) => {
  const cluster = await openPage(page);
  const before = await fork(cluster);
  await expect(replica(cluster, 2)).toHaveAccessibleName(/crashed/);
  await expect(tree(cluster).getByRole("treeitem")).toHaveCount(2);
  await expect(tree(cluster).getByRole("treeitem", { name: /R2 crashes.*shown/ })).toBeVisible();

  await tree(cluster)
    .getByRole("treeitem", { name: /^First run/ })
    .click();
  await cluster.getByRole("button", { name: "Show", exact: true }).click();
  await expect.poll(async () => (await branchesOf(cluster))?.shown).toBe(0);
  await goTo(cluster, before.events);
  expect(await digestOf(cluster)).toBe(before.digest);
  await expect(replica(cluster, 2)).toHaveAccessibleName(/^R2, (?!crashed)/);
});

test("going on from the past follows what was done there", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster, 3);
  await leaderOf(cluster);
  await call(cluster, (element) => {
    element.pause();
    element.apply({ crash: { replica: 2 } });
  });
  const { events } = await view(cluster);
  const digest = await digestOf(cluster);
  await goTo(cluster, events - 20);
  await expect(replica(cluster, 2)).toHaveAccessibleName(/^R2, (?!crashed)/);
  for (let step = 0; step < 20; step += 1) {
    await cluster.getByRole("button", { name: "One event", exact: true }).click();
  }
  await expect.poll(async () => (await view(cluster)).events).toBe(events);
  expect(await digestOf(cluster)).toBe(digest);
  expect((await branchesOf(cluster))?.branches).toHaveLength(1);
});

test("branches are named, deleted, and brought back", async ({ page }) => {
  const cluster = await openPage(page);
  await fork(cluster);
  const branch = tree(cluster).getByRole("treeitem", { name: /R2 crashes/ });
  await branch.focus();
  await page.keyboard.press("F2");
  await cluster.getByRole("textbox", { name: "Name of the branch" }).fill("without R2");
  await page.keyboard.press("Enter");
  const named = tree(cluster).getByRole("treeitem", { name: /without R2/ });
  await expect(named).toBeFocused();
  await page.keyboard.press("Delete");
  await expect(tree(cluster).getByRole("treeitem")).toHaveCount(1);
  expect((await branchesOf(cluster))?.shown).toBe(0);
  await cluster.getByRole("button", { name: "Undo the deletion" }).click();
  await expect(named).toBeVisible();
});

test("two branches are compared side by side", async ({ page }) => {
  const cluster = await openPage(page);
  await fork(cluster);
  await tree(cluster)
    .getByRole("treeitem", { name: /^First run/ })
    .click();
  await cluster.getByRole("button", { name: "Compare with the shown one" }).click();
  const dialog = cluster.getByRole("dialog", { name: "Two branches side by side" });
  await expect(dialog.getByText(/They are the same up to .* event/)).toBeVisible();
  await expect(dialog.getByRole("table", { name: "R2" })).toContainText("crashed");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("the scrubber is a slider for keys and for a finger", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster, 3);
  await leaderOf(cluster);
  await call(cluster, (element) => element.pause());
  const slider = cluster.getByRole("slider", { name: "Virtual time" });
  await slider.focus();
  await page.keyboard.press("Home");
  await expect.poll(async () => (await view(cluster)).now_us).toBe(0);
  await expect(slider).toHaveAttribute(
    "aria-valuetext",
    /^0\.000 s of .*, event 0, term 0, no leader$/,
  );
  await page.keyboard.press("End");
  await expect(slider).toHaveAttribute("aria-valuetext", /led by R\d$/);
  const box = await slider.boundingBox();
  expect(box?.height).toBeGreaterThanOrEqual(44);
  const before = (await view(cluster)).now_us;
  await slider.click({ position: { x: 20, y: 40 } });
  await expect.poll(async () => (await view(cluster)).now_us).toBeLessThan(before / 2);
  // To the first election, before which there is none.
  await page.keyboard.press("Home");
  await expect.poll(async () => (await view(cluster)).now_us).toBe(0);
  await page.keyboard.press("]");
  await expect.poll(async () => (await view(cluster)).now_us).toBeGreaterThan(0);
  const { events } = await view(cluster);
  await page.keyboard.press("[");
  await expect(cluster.getByText("There is none.")).toBeVisible();
  expect((await view(cluster)).events).toBe(events);
});

test("what flashes up stays while paused, and comes back with its moment", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=stale-lease");
  await speedUp(cluster, 2);
  await expect
    .poll(() =>
      call(
        cluster,
        (element) => element.snapshot?.recent.some(({ what }) => "stale_read" in what) ?? false,
      ),
    )
    .toBe(true);
  await call(cluster, (element) => element.pause());
  const { events } = await view(cluster);
  const pixels = () =>
    cluster.locator("canvas.front").evaluate(async (canvas) => {
      for (let frame = 0; frame < 3; frame += 1) {
        await new Promise(requestAnimationFrame);
      }
      const { width, height } = canvas as HTMLCanvasElement;
      const ctx = (canvas as HTMLCanvasElement).getContext("2d");
      const { data } = ctx?.getImageData(0, 0, width, height) ?? new ImageData(1, 1);
      return data.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 7);
    });
  await goTo(cluster, events);
  const before = await pixels();
  await page.waitForTimeout(3000);
  expect(await pixels()).toBe(before);
  await goTo(cluster, events - 200);
  expect(await pixels()).not.toBe(before);
  await goTo(cluster, events);
  expect(await pixels()).toBe(before);
});

test("on a phone nothing is wider than the screen", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const cluster = await openPage(page);
  await fork(cluster);
  await expect(tree(cluster)).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
});
