/** Accessible by the book (axe-core), and whole at every width. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { call, choose, clickOnStage, expect, leaderOf, openPage, test } from "./cluster.js";

async function violations(page: Page): Promise<string[]> {
  const { violations, passes } = await new AxeBuilder({ page }).analyze();
  // Were the element's inside out of its sight, axe would find nothing wrong in it either.
  expect(passes.some(({ nodes }) => nodes.some(({ target }) => target.flat().length > 1))).toBe(
    true,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target }) => `${id}: ${target.join(" ")}`),
  );
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds no violations, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    const cluster = await openPage(page, "?scenario=leader-crash");
    const leader = await leaderOf(cluster);
    await call(cluster, (element) => element.pause());
    await cluster.getByLabel("Operation", { exact: true }).selectOption("get");
    expect(await violations(page)).toEqual([]);
    for (const tab of ["Inspect", "Table", "Settings", "Legend"]) {
      await cluster.getByRole("tab", { name: tab }).click();
      expect(await violations(page), tab).toEqual([]);
    }
    await cluster.getByRole("tab", { name: "Story" }).click();
    await clickOnStage(cluster, leader);
    await expect(cluster.getByRole("menuitem", { name: "Crash" })).toBeVisible();
    expect(await violations(page), "a replica's menu and facts").toEqual([]);
    await choose(cluster, "Select for a partition");
    await call(cluster, (element) => element.open("{"));
    await cluster.getByRole("checkbox", { name: "everything" }).check();
    expect(await violations(page), "a selection and a message").toEqual([]);
    await cluster.getByRole("button", { name: "Help" }).click();
    expect(await violations(page), "the help").toEqual([]);
  });
}

for (const width of [360, 480, 768, 1024, 1280, 1920, 2560]) {
  test(`no sideways scrolling at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    const cluster = await openPage(page, "?scenario=leader-crash");
    for (const tab of ["Story", "Inspect", "Table", "Settings", "Legend"]) {
      await cluster.getByRole("tab", { name: tab }).click();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, tab).toBeLessThanOrEqual(width);
      const panel = await cluster
        .getByRole("tabpanel")
        .evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
      expect(panel, tab).toBeLessThanOrEqual(0);
    }
  });
}

test("stage, transport and form are in sight at 1280 × 800", async ({ page }) => {
  const cluster = await openPage(page);
  for (const part of [
    "raft-stage",
    "raft-transport",
    "raft-client-form",
    "raft-side-panel",
    "raft-narration",
  ]) {
    await expect(cluster.locator(part)).toBeInViewport({ ratio: 1 });
  }
  const stage = await cluster.locator("raft-stage").boundingBox();
  expect((stage?.width ?? 0) * (stage?.height ?? 0)).toBeGreaterThan((1280 * 800) / 3);
});

test("fingers find targets of 40 pixels", async ({ browser, baseURL }) => {
  const context = await browser.newContext({
    baseURL: baseURL ?? "",
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  const page = await context.newPage();
  const cluster = await openPage(page);
  const small = await cluster
    .locator("raft-scenario-bar, raft-transport, raft-client-form, raft-side-panel")
    .locator("button, select, input:not(.unseen)")
    .evaluateAll((controls) =>
      controls
        .map((control) => ({ control, box: control.getBoundingClientRect() }))
        .filter(({ box }) => box.height < 40 || box.width < 40)
        .map(({ control, box }) => `${control.outerHTML} ${box.width} × ${box.height}`),
    );
  expect(small).toEqual([]);

  // A tap opens the actions, a long press selects.
  const box = await cluster.locator("raft-stage-a11y [data-subject='replica 2']").boundingBox();
  const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2];
  await page.touchscreen.tap(x, y);
  await expect(cluster.getByRole("menuitem", { name: "Crash" })).toBeVisible();
  await cluster.getByRole("button", { name: "Close the menu" }).tap();
  await expect(cluster.getByRole("menuitem")).toHaveCount(0);
  const touch = { pointerType: "touch", pointerId: 7, clientX: x, clientY: y, bubbles: true };
  const canvas = cluster.locator("raft-stage canvas.front");
  await canvas.dispatchEvent("pointerdown", touch);
  await expect.poll(() => call(cluster, (element) => element.selected)).toEqual([2]);
  await canvas.dispatchEvent("pointerup", touch);
  await context.close();
});

test("the theme switch and the element's attribute overrule the system", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  const cluster = await openPage(page);
  const ground = () =>
    cluster.locator("canvas.back").evaluate((canvas) => {
      const ctx = (canvas as HTMLCanvasElement).getContext("2d");
      return ctx?.getImageData(2, 2, 1, 1).data[0] ?? -1;
    });
  await expect.poll(ground).toBeGreaterThan(200);
  await page.getByLabel("Theme").selectOption("dark");
  await expect.poll(ground).toBeLessThan(60);
  await page.getByLabel("Theme").selectOption("system");
  await expect.poll(ground).toBeGreaterThan(200);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(ground).toBeLessThan(60);
});
