/** Test files of the course: the table in the page, and a run on the stage. */
import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { call, expect, openPage, test, view } from "./cluster.js";

/** The output of the command line, and the files that it was given. */
const pinned = (name: string) =>
  readFileSync(new URL(`../../tests/course/${name}`, import.meta.url), "utf8");

async function openCourse(page: Page): Promise<{ cluster: Locator; course: Locator }> {
  const cluster = await openPage(page);
  const course = page.locator("raft-course");
  await expect(course.getByRole("button", { name: "Choose files" })).toBeVisible();
  return { cluster, course };
}

function done(course: Locator) {
  return expect(course.getByRole("status")).toHaveText(/^Done: /, { timeout: 60_000 });
}

async function runShipped(course: Locator): Promise<void> {
  await course.getByRole("button", { name: "Run the files that ship" }).click();
  await done(course);
}

function row(course: Locator, name: string): Locator {
  return course.getByRole("row").filter({ has: course.page().getByText(name, { exact: true }) });
}

async function saved(page: Page, course: Locator, button: string): Promise<string> {
  const download = page.waitForEvent("download");
  await course.getByRole("button", { name: button }).click();
  return readFileSync(await (await download).path(), "utf8");
}

async function drop(page: Page, target: Locator, files: Record<string, string>): Promise<void> {
  const dataTransfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const [name, text] of Object.entries(files)) {
      transfer.items.add(new File([text], name, { type: "application/json" }));
    }
    return transfer;
  }, files);
  await target.dispatchEvent("dragover", { dataTransfer });
  await expect(page.locator("body.dropping")).toHaveCount(1);
  await target.dispatchEvent("drop", { dataTransfer });
  await expect(page.locator("body.dropping")).toHaveCount(0);
}

const FEW = "few-messages.json";
const THREE = Object.fromEntries(
  [FEW, "storm.json", "malformed.json"].map((name) => [name, pinned(name)]),
);

test("the table of what ships is the command line's", async ({ page }) => {
  const { course } = await openCourse(page);
  await runShipped(course);
  await expect(course.getByRole("status")).toHaveText("Done: 16 passed, 0 failed.");
  expect(await saved(page, course, "Save as Markdown")).toBe(pinned("shipped.md"));
  expect(await saved(page, course, "Save as CSV")).toBe(pinned("shipped.csv"));
  // The table shows the same.
  const reads = row(course, "simple-reads");
  await expect(reads.getByRole("cell")).toHaveText([
    "yes",
    /988\s+bonus/,
    /0\s+bonus/,
    /0\s+bonus/,
    /0\.300 ms\s+bonus/,
  ]);
});

test("other settings are shown beside ours, and a malformed file says what is wrong", async ({
  page,
}) => {
  const { course } = await openCourse(page);
  await course.getByRole("combobox", { name: "Replication" }).selectOption("eager");
  await course.getByRole("combobox", { name: "Reads" }).selectOption("log");
  for (const [label, value] of [
    ["Heartbeat, ms", "100"],
    ["Election after, ms", "300"],
    ["Entries a message", "1"],
    ["Runs of each file", "2"],
  ] as const) {
    await course.getByRole("spinbutton", { name: label }).fill(value);
  }
  // Anywhere: on a heading far from the table.
  await drop(page, page.getByRole("heading", { name: "Raftarium" }), THREE);
  await done(course);
  expect(await saved(page, course, "Save as Markdown")).toBe(pinned("compared.md"));
  expect(await saved(page, course, "Save as CSV")).toBe(pinned("compared.csv"));
  await expect(row(course, "storm")).toHaveCount(2);
  await expect(row(course, "storm").last()).toContainText("bonus below 0.300 ms");
  await expect(course.getByText("malformed", { exact: true }).last()).toBeVisible();
  await expect(course.getByText("lifetime: must be 5 to 600, not 4")).toBeVisible();

  // With our own again there is nothing to compare.
  await course.getByRole("button", { name: "Our settings" }).click();
  await course.getByRole("button", { name: "Run again" }).click();
  await done(course);
  await expect(row(course, "storm")).toHaveCount(1);
  await expect(course.getByRole("columnheader", { name: "settings" })).toHaveCount(0);
  await course.getByRole("spinbutton", { name: "Heartbeat, ms" }).fill("1200");
  await course.getByRole("button", { name: "Run again" }).click();
  await expect(course.getByRole("alert")).toContainText("heartbeat_ms: must be less than");
});

test("a row is watched on the stage, as it was run", async ({ page }) => {
  const { cluster, course } = await openCourse(page);
  await runShipped(course);
  const button = course.getByRole("button", { name: "Watch crash-leader", exact: true });
  await button.focus();
  await page.keyboard.press("Enter");
  await expect(cluster.getByRole("heading", { name: "crash-leader" })).toBeVisible();
  await expect(row(course, "crash-leader")).toHaveAttribute("aria-current", "true");
  await expect(page.getByRole("main")).toBeFocused();
  await expect.poll(async () => (await view(cluster)).clients.length).toBe(9);

  // The interventions are listed, and one can go to each, and back.
  const crash = cluster
    .locator("raft-story li")
    .filter({ hasText: /^\s*15\.000 s\s+R\d crashes\./ });
  await crash.getByRole("button").click();
  await expect.poll(async () => (await view(cluster)).now_us).toBeGreaterThan(14_900_000);
  const before = await view(cluster);
  await cluster.getByRole("button", { name: "One event", exact: true }).click();
  await expect(cluster.locator("raft-narration li").getByText(/^R\d crashes\.$/)).toBeVisible();
  expect((await view(cluster)).replicas.filter(({ status }) => status === "crashed")).toHaveLength(
    1,
  );
  await crash.getByRole("button").click();
  await expect.poll(async () => (await view(cluster)).events).toBe(before.events);

  // A long story does not make the page longer.
  const heights = () =>
    page.evaluate(() => document.documentElement.scrollHeight - document.body.offsetHeight);
  expect(await heights()).toBeLessThanOrEqual(1);

  // At its end the world has sent as many messages as the table says.
  const messages = await call(cluster, ({ simulation }) => {
    while (simulation && simulation.nextDue(37_000_000) !== 0) {
      simulation.proceed();
    }
    return simulation?.view().counters.replica_messages;
  });
  await expect(row(course, "crash-leader")).toContainText(`${messages} bonus`);

  // From the start again, with what was done to it.
  await cluster.getByRole("button", { name: "Start again" }).click();
  await expect(crash).toBeVisible();
  await expect.poll(async () => (await view(cluster)).now_us).toBeLessThan(14_000_000);

  // A hand changes what is to come: the rest of the recording is not done any more. That is
  // seen in a pause as well, where no frame follows by itself.
  await call(cluster, (element) => element.pause());
  await call(cluster, (element) => element.apply({ crash: { replica: 2 } }));
  await expect(crash).toHaveCount(0);
  await expect(cluster.locator("raft-story")).toContainText("R2 crashes.");
});

test("a click anywhere in a row watches it", async ({ page }) => {
  const { cluster, course } = await openCourse(page);
  await drop(page, page.locator("canvas.front"), { [FEW]: pinned(FEW) });
  await done(course);
  await row(course, "few-messages").getByRole("cell").nth(2).click();
  await expect(cluster.getByRole("heading", { name: "few-messages" })).toBeVisible();
});

test("a table can be stopped, and the cluster does not mind", async ({ page }) => {
  const { cluster, course } = await openCourse(page);
  await course.getByRole("spinbutton", { name: "Runs of each file" }).fill("100");
  await course.getByRole("button", { name: "Run the files that ship" }).click();
  await expect(course.getByRole("progressbar")).toBeVisible();
  await expect(course.getByText(/^[1-9]\d* of 1,600 runs: simple-reads/)).toBeVisible();
  const { events } = await view(cluster);
  await expect.poll(async () => (await view(cluster)).events).toBeGreaterThan(events);
  await course.getByRole("button", { name: "Stop" }).click();
  await expect(course.getByRole("status")).toHaveText(/^Stopped: /);
  await expect(course.getByRole("progressbar")).toHaveCount(0);
  await expect(row(course, "advanced-all")).toContainText("not run");
  expect(await saved(page, course, "Save as CSV")).toContain("advanced-all,default,not run,");
  await course.getByRole("button", { name: "Watch simple-reads", exact: true }).click();
  await expect(cluster.getByRole("heading", { name: "simple-reads" })).toBeVisible();
});

test("a worker that can't begin says so, and the next one may", async ({ page, complaints }) => {
  const { course } = await openCourse(page);
  await page.route("**/*.wasm", (route) => route.abort());
  await course.getByRole("button", { name: "Run the files that ship" }).click();
  await expect(course.getByRole("alert")).toBeVisible();
  complaints.splice(0);
  await page.unroute("**/*.wasm");
  await runShipped(course);
  await expect(course.getByRole("alert")).toHaveCount(0);
});

test("a test file and a recording are opened like a scenario", async ({ page }) => {
  const { cluster } = await openCourse(page);
  const open = (name: string, text: string) =>
    cluster.locator("input[type=file]").setInputFiles({
      name,
      mimeType: "application/json",
      buffer: Buffer.from(text),
    });
  await open(FEW, pinned(FEW));
  await expect(cluster.getByRole("heading", { name: "A test file of the course" })).toBeVisible();
  await expect(cluster.locator("raft-story")).toContainText("The leader crashes.");

  const crash = { after_events: 0, at_us: 0, action: { crash: { replica: 2 } } };
  const recording = { scenario: { title: "Kept" }, seed: 5, interventions: [crash] };
  await open(
    "kept.json",
    JSON.stringify({ failure: null, end: { events: 9, at_us: 9, rest: null }, recording }),
  );
  await expect(cluster.getByRole("heading", { name: "Kept" })).toBeVisible();
  await expect(cluster.getByLabel("Seed")).toHaveValue("5");
  await expect.poll(async () => (await view(cluster)).replicas[1]?.status).toBe("crashed");
  // With another seed it would be something else.
  await cluster.getByLabel("Seed").fill("6");
  await cluster.getByLabel("Seed").press("Enter");
  await expect(cluster.getByRole("alert")).toContainText("the recording is of seed 5, not 6");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing wrong in the table, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 360, height: 800 });
    const { course } = await openCourse(page);
    await course.getByRole("combobox", { name: "Reads" }).selectOption("log");
    await drop(page, page.getByRole("heading", { name: "Raftarium" }), THREE);
    await done(course);
    await course.getByRole("button", { name: /^Watch storm, reads/ }).click();
    await expect(course.locator("tr[aria-current]")).toHaveCount(1);
    const { violations } = await new AxeBuilder({ page }).include("raft-course").analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(360);
  });
}
