/** A stretch of a run as a file for other tools: each format is downloaded, and read. */
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import type { ExportFormat } from "../pkg/raftarium.js";
import { call, expect, openPage, test } from "./cluster.js";

/** What a person may type that means something in one format or another. */
const HOSTILE = "</svg><script>\"'&;#%%\n\u2028\u202e🦀";

/** A paused world at two seconds, with hostile data in it. */
async function twoSeconds(page: Page, query = "?scenario=replicated-put"): Promise<Locator> {
  const cluster = await openPage(page, query);
  await call(cluster, (element) => element.pause());
  await cluster.evaluate(async (element, hostile) => {
    const { simulation } = element as unknown as {
      simulation: import("../pkg/raftarium.js").Simulation;
    };
    simulation.proceedUntil(500_000, 99_999);
    simulation.apply({ request: { operation: { put: { key: hostile, value: hostile } } } });
    simulation.proceedUntil(2_000_000, 99_999);
    // Who drives the world asks for a frame.
    const host = element as unknown as { rewind(events: number): void };
    host.rewind(simulation.events);
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }, HOSTILE);
  return cluster;
}

function dialogOf(cluster: Locator): Locator {
  return cluster.getByRole("dialog", { name: "Export what happened" });
}

async function download(page: Page, cluster: Locator, format: ExportFormat) {
  await cluster.getByRole("button", { name: "Export" }).click();
  const dialog = dialogOf(cluster);
  await dialog.getByLabel("Format").selectOption(format);
  const coming = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Save the file" }).click();
  const file = await coming;
  await expect(dialog).toBeHidden();
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

test("each format is downloaded, and is what its readers read", async ({ page }) => {
  const cluster = await twoSeconds(page);

  const lines = await download(page, cluster, "jsonl");
  expect(lines.name).toBe("raftarium-seed-2.jsonl");
  const values = lines.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(values[0]).toMatchObject({ format: "raftarium-trace", version: 1, seed: 2, from_us: 0 });
  const puts = values.filter(({ what }) => what?.asked?.operation.put?.key === HOSTILE);
  expect(puts).toHaveLength(1);

  const chrome = await download(page, cluster, "chrome");
  const { traceEvents } = JSON.parse(chrome.text) as {
    traceEvents: { ph: string; id?: number; tid: number }[];
  };
  const ends = (ph: string) => traceEvents.filter((event) => event.ph === ph).map(({ id }) => id);
  expect(ends("s").length).toBeGreaterThan(20);
  expect(ends("s")).toEqual(ends("f"));

  const shiviz = await download(page, cluster, "shiviz");
  const own = new Map<string, number>();
  const left = shiviz.text.replaceAll(
    // As the dialog tells it.
    /(?<host>\S*) (?<clock>{.*})\n(?<event>.*)/g,
    (_all, host: string, clock: string, event: string) => {
      own.set(host, (own.get(host) ?? 0) + 1);
      expect(JSON.parse(clock)[host]).toBe(own.get(host));
      expect(event).not.toBe("");
      return "";
    },
  );
  expect(left.trim()).toBe("");
  expect([...own.keys()].sort()).toEqual(["C1", "R1", "R2", "R3", "R4", "R5"]);

  const mermaid = await download(page, cluster, "mermaid");
  expect(mermaid.name).toBe("raftarium-seed-2.mmd");
  expect(mermaid.text).toMatch(/^sequenceDiagram\n {4}participant R1\n/);
  expect(mermaid.text).toContain("told of put #60;/svg#62;#60;script#62;");

  for (const [format, ground] of [
    ["svg", "#ffffff"],
    ["svg_dark", "#0f141a"],
  ] as const) {
    const { text } = await download(page, cluster, format);
    const seen = await page.evaluate((text) => {
      const { documentElement } = new DOMParser().parseFromString(text, "image/svg+xml");
      return {
        name: documentElement.nodeName,
        scripts: documentElement.querySelectorAll("script").length,
        faults: documentElement.querySelectorAll("parsererror").length,
        lines: documentElement.querySelectorAll("line").length,
      };
    }, text);
    expect(seen).toMatchObject({ name: "svg", scripts: 0, faults: 0 });
    expect(seen.lines).toBeGreaterThan(20);
    expect(text).toContain(`fill="${ground}"`);
  }

  const tla = await download(page, cluster, "tla");
  expect(tla.name).toBe("RaftariumTrace.tla");
  expect(tla.text).toMatch(/^---- MODULE RaftariumTrace ----\n/);
  expect(tla.text).toContain('[action |-> "BecomeLeader"');
  expect(tla.text).toMatch(/\n====\n$/);

  const history = await download(page, cluster, "history");
  const events = history.text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events[0]).toEqual({ initial: null });
  const types = events.map(({ type }) => type);
  expect(types.filter((type) => type === "ok").length).toBeGreaterThan(1);
  expect(types.filter((type) => type === "invoke").length).toBeGreaterThan(1);
});

test("the window is that of the scrubber, and what can't be is told", async ({ page }) => {
  const cluster = await twoSeconds(page);
  const open = cluster.getByRole("button", { name: "Export" });
  await open.click();
  const dialog = dialogOf(cluster);
  await expect(dialog.getByLabel("From, s")).toHaveValue("0");
  // The last event before two seconds.
  await expect(dialog.getByLabel("To, s")).toHaveValue(/^1\.9\d+$/);

  // The keyboard alone.
  await expect(dialog.getByLabel("Format")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(open).toBeFocused();

  await cluster.getByRole("button", { name: "Zoom in" }).click();
  await open.click();
  const from = Number(await dialog.getByLabel("From, s").inputValue());
  expect(from).toBeGreaterThan(0.1);
  await dialog.getByLabel("To, s").fill("0.05");
  await dialog.getByLabel("To, s").blur();
  await dialog.getByRole("button", { name: "Save the file" }).click();
  await expect(dialog.getByRole("status")).toContainText("later than the beginning");

  // A history has no beginning but the run's.
  await dialog.getByLabel("Format").selectOption("history");
  await expect(dialog.getByLabel("From, s")).toBeHidden();
  await expect(dialog.getByRole("status")).toHaveText("");
});

test("the dialog fits a phone", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  const cluster = await twoSeconds(page);
  await cluster.getByRole("button", { name: "Export" }).click();
  const box = await dialogOf(cluster).boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(360);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(360);
});

test("a program exports too, and is told what is wrong", async ({ page }) => {
  const cluster = await twoSeconds(page);
  const told = await call(cluster, ({ simulation }) => {
    if (!simulation) {
      throw new Error("no world");
    }
    const fault = (call: () => unknown) => {
      try {
        return call();
      } catch (error) {
        const { name, code, path } = error as { name: string; code: string; path: string };
        return `${name} ${code} ${path}`;
      }
    };
    const { shown } = simulation.branches();
    const all = () => simulation.export(shown, 0, 2_000_000);
    return {
      before: simulation.digest(),
      nothing: fault(() => simulation.exported("svg")),
      branch: fault(() => simulation.export(99, 0, 1)),
      span: fault(() => simulation.export(shown, 5, 5)),
      fraction: fault(() => simulation.export(shown, 0.5, 5)),
      events: [all(), fault(() => simulation.exportOn(1e9))][1],
      unknown: [all(), fault(() => simulation.exported("pdf" as "svg"))][1],
      noText: [all(), fault(() => simulation.exported(7 as unknown as "svg"))][1],
      late: [simulation.export(shown, 1, 5), fault(() => simulation.exported("history"))][1],
      right: [all(), simulation.exportOn(100_000), simulation.exported("history")][2]?.toString(),
      after: simulation.digest(),
    };
  });
  expect(told).toMatchObject({
    nothing: "SimulationError argument export",
    branch: "SimulationError argument branch",
    span: "SimulationError argument to_us",
    fraction: "SimulationError argument from_us",
    events: "SimulationError argument events",
    unknown: "SimulationError argument format",
    noText: "SimulationError argument format",
    late: "SimulationError argument from_us",
  });
  expect(told.right).toContain('"initial":null');
  expect(told.after).toBe(told.before);
});
