/** The address and links: what one did is in them, whole. */
import type { Locator, Page } from "@playwright/test";
import { call, expect, leaderOf, openPage, ready, speedUp, test, view } from "./cluster.js";

const stateOf = (cluster: Locator) =>
  call(cluster, (element) => ({
    digest: element.simulation?.digest(),
    events: element.simulation?.events,
    tree: element.simulation
      ?.branches()
      .branches.map(({ name, parent, end }) => ({ name, parent, end })),
    shown: element.simulation?.branches().shown,
  }));

/** A paused world with two branches. */
async function play(page: Page): Promise<Locator> {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await speedUp(cluster, 3);
  await leaderOf(cluster);
  await call(cluster, (element) => {
    element.pause();
    element.apply({ crash: { replica: 2 } });
    element.goTo(element.snapshot ? element.snapshot.view.events - 40 : 0);
  });
  await expect
    .poll(() => call(cluster, (element) => element.controller.state.seeking))
    .toBe(undefined);
  await call(cluster, (element) => {
    element.apply({ crash: { replica: 3 } });
    element.controller.time.rename(1, "other");
  });
  await expect.poll(() => call(cluster, (element) => element.playing)).toBe(false);
  return cluster;
}

async function settled(page: Page): Promise<void> {
  let before = "";
  await expect(async () => {
    const now = page.url();
    const same = now === before && now.includes("#run.");
    before = now;
    await page.waitForTimeout(600);
    expect(same).toBe(true);
  }).toPass();
}

test("where the clipboard is denied, the link is there to be copied by hand", async ({ page }) => {
  const cluster = await play(page);
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true });
  });
  await cluster.getByRole("button", { name: "Copy link" }).click();
  const field = cluster.getByRole("textbox", { name: "Link" });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue(/#run\./);
  expect(
    await field.evaluate((input) => {
      const { selectionStart, selectionEnd, value } = input as HTMLInputElement;
      return selectionStart === 0 && selectionEnd === value.length;
    }),
  ).toBe(true);
});

test("another scenario is a step of the history, and its link opens it", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await settled(page);
  await cluster.getByRole("combobox", { name: "Scenario" }).selectOption("bridge");
  await call(cluster, (element) => element.pause());
  await settled(page);
  const title = () => call(cluster, (element) => element.simulation?.scenario().title);
  const bridge = await title();
  const { hash } = new URL(page.url());
  await page.goBack();
  await expect.poll(title).not.toBe(bridge);
  await page.goForward();
  await expect.poll(title).toBe(bridge);

  // The fragment wins over what else the address says.
  await page.goto("about:blank");
  await page.goto(`./?scenario=leader-crash${hash}`);
  await ready(cluster);
  expect(await title()).toBe(bridge);
});

test("a damaged link is told, and left in the address to be mended", async ({ page }) => {
  const cluster = await openPage(page);
  await call(cluster, (element) => element.pause());
  await settled(page);
  const damaged = new URL(page.url()).hash.slice(0, -9);
  await page.goto("about:blank");
  await page.goto(`./${damaged}`);
  await ready(cluster);
  await expect(cluster.getByRole("alert")).toContainText(/link/i);
  await page.waitForTimeout(2000);
  expect(new URL(page.url()).hash).toBe(damaged);
});

test("a saved file is opened with its branches", async ({ page }) => {
  const cluster = await play(page);
  const state = await stateOf(cluster);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    cluster.getByRole("button", { name: "Save", exact: true }).click(),
  ]);
  await cluster.getByRole("combobox", { name: "Scenario" }).selectOption("bridge");
  await expect.poll(async () => (await stateOf(cluster)).tree?.length).toBe(1);
  await cluster.locator("input[type=file]").setInputFiles(await download.path());
  await expect.poll(() => stateOf(cluster)).toEqual(state);
});

test("an element within another page leaves its address alone", async ({ page }) => {
  const cluster = await openPage(page);
  // The page's own cluster is gone: what is left is a host with an element.
  await page.evaluate(() => {
    document.querySelector("raft-cluster")?.remove();
    history.replaceState(null, "", "#mine");
    document.querySelector("main")?.append(document.createElement("raft-cluster"));
  });
  await ready(cluster);
  await call(cluster, (element) => element.apply({ crash: { replica: 1 } }));
  await page.waitForTimeout(2500);
  expect(new URL(page.url()).hash).toBe("#mine");
  expect((await view(cluster)).events).toBeGreaterThan(0);
});
