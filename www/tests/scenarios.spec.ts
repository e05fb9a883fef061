/** Scenarios: from the menu, a file, a drop, an address; and those that are none. */
import type { Locator, Page } from "@playwright/test";
import { call, expect, openPage, speedUp, test, view } from "./cluster.js";

const OWN = JSON.stringify({
  title: "Three of my own",
  seed: 77,
  replicas: 3,
  actions: [{ at_us: 400_000, do: { put: 1 } }],
});
const GOOD = OWN.replace('{"put":1}', '{"crash":{"replica":"any"}}');

function pick(cluster: Locator, text: string): Promise<void> {
  const file = { name: "own.json", mimeType: "application/json", buffer: Buffer.from(text) };
  return cluster.locator("input[type=file]").setInputFiles(file);
}

/** Drops a file on the stage as the browser would tell of it. */
async function drop(page: Page, cluster: Locator, text: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "own.json", { type: "application/json" }));
    return transfer;
  }, text);
  const stage = cluster.locator("canvas.front");
  await stage.dispatchEvent("dragover", { dataTransfer });
  await expect(cluster.locator(".cluster")).toHaveClass(/dropping/);
  await stage.dispatchEvent("drop", { dataTransfer });
}

test("the menu runs every scenario that ships", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster, 20);
  const menu = cluster.getByRole("combobox", { name: "Scenario" });
  const names = await menu
    .locator("> option")
    .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
  expect(names.length).toBeGreaterThanOrEqual(8);
  for (const name of names) {
    await menu.selectOption(name);
    await expect.poll(() => call(cluster, (element) => element.scenario)).toBe(name);
    await expect.poll(async () => (await view(cluster)).events).toBeGreaterThan(100);
    await expect(cluster.getByRole("alert")).toHaveCount(0);
  }
});

test("a dropped scenario file runs", async ({ page }) => {
  const cluster = await openPage(page);
  await drop(page, cluster, GOOD);
  await expect(cluster.getByRole("heading", { name: "Three of my own" })).toBeVisible();
  await expect(cluster.getByLabel("Seed")).toHaveValue("77");
  await expect.poll(async () => (await view(cluster)).replicas.length).toBe(3);
  await speedUp(cluster);
  await expect(cluster.getByText(/^R\d crashes\.$/)).toBeVisible();
});

test("a picked file that is no scenario says what is wrong and where", async ({ page }) => {
  const cluster = await openPage(page);
  await call(cluster, (element) => {
    Object.assign(window, { errors_: [] });
    element.addEventListener("raft-error", ({ detail }) => {
      (window as unknown as { errors_: unknown[] }).errors_.push(detail);
    });
  });
  const before = await view(cluster);
  await pick(cluster, OWN);
  await expect(cluster.getByRole("alert")).toContainText("actions[0].do");
  // The running cluster goes on, and is the same.
  await expect.poll(async () => (await view(cluster)).events).toBeGreaterThan(before.events);
  expect((await view(cluster)).replicas).toHaveLength(5);
  expect(await call(cluster, (element) => element.scenario)).toBe("first-election");

  await pick(cluster, '{ "replicas": 5, ');
  await expect(cluster.getByRole("alert")).toContainText("line 1");
  await pick(cluster, '{ "replicas": 52 }');
  await expect(cluster.getByRole("alert")).toContainText("replicas");
  const errors = await page.evaluate(
    () => (window as unknown as { errors_: { code: string; path: string }[] }).errors_,
  );
  expect(errors.map(({ code }) => code)).toEqual(["scenario", "scenario", "scenario"]);
  expect(errors[0]?.path).toContain("actions[0].do");

  // A good one takes the message away.
  await pick(cluster, GOOD);
  await expect(cluster.getByRole("alert")).toHaveCount(0);
  await expect.poll(async () => (await view(cluster)).replicas.length).toBe(3);
});

test("the seed box and the dice begin the same scenario anew", async ({ page }) => {
  const cluster = await openPage(page);
  const seed = cluster.getByLabel("Seed");
  await expect(seed).toHaveValue("1");
  await seed.fill("4242");
  await seed.press("Enter");
  await expect.poll(() => call(cluster, (element) => element.simulation?.seed)).toBe(4242);
  await seed.fill("nonsense");
  await seed.press("Enter");
  await expect(cluster.getByText("A seed is a whole number")).toBeVisible();
  await expect(seed).toHaveValue("4242");
  await cluster.getByRole("button", { name: "New seed" }).click();
  await expect.poll(() => call(cluster, (element) => element.simulation?.seed)).not.toBe(4242);
  const drawn = await call(cluster, (element) => element.seed);
  await expect(seed).toHaveValue(String(drawn));
});

test("the page's address chooses scenario and seed", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash&seed=99");
  expect(await call(cluster, (element) => element.seed)).toBe(99);
  const title = await call(cluster, (element) => element.simulation?.scenario().title);
  await expect(cluster.getByRole("heading", { name: title ?? "?" })).toBeVisible();
});

test("an address that names no scenario says so, and the first one runs", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=nowhere");
  await expect(cluster.getByRole("alert")).toContainText("nowhere");
  await expect.poll(async () => (await view(cluster)).events).toBeGreaterThan(10);
});
