/** A rule that is broken on purpose: said wherever such a world is shown. */
import { readFileSync } from "node:fs";
import { call, expect, openPage, speedUp, test, view } from "./cluster.js";

const FLAWED = { title: "Figure 8", story: "Watch.", replicas: 3, flaw: "commits-older-term" };

test("a flawed scenario says so over the stage, in the menu, the story and the narration", async ({
  page,
}) => {
  const cluster = await openPage(page);
  const text = "Flawed on purpose: commits-older-term";
  await expect(cluster.getByRole("note")).toHaveCount(0);
  const panels = cluster.locator("raft-stage, raft-side-panel, raft-narration");
  await expect(panels.getByText(text)).toHaveCount(0);

  await cluster.evaluate((element, scenario) => {
    (element as HTMLElementTagNameMap["raft-cluster"]).scenario = JSON.stringify(scenario);
  }, FLAWED);
  await expect(cluster.getByRole("note")).toHaveText(text);
  const chosen = cluster.getByRole("combobox", { name: "Scenario" }).locator("option:checked");
  await expect(chosen).toHaveText(`Figure 8 ⚠ ${text}`);
  const story = cluster.locator("raft-story section");
  await expect(story).toContainText(text);
  await expect(story).toContainText("A leader counts replicas for an entry of an older term");
  await expect(story).toContainText("Raft §5.4.2, Figure 8");
  await expect(cluster.locator("raft-narration").getByText(text)).toBeVisible();
  await cluster.getByRole("tab", { name: "Inspect" }).click();
  await expect(cluster.locator("raft-inspector strong")).toHaveText("commits-older-term");

  // Without the controls there is no other place for its story.
  await call(cluster, (element) => {
    element.controls = "none";
  });
  await expect(cluster.getByRole("note")).toContainText(/commits-older-term A leader counts/);
  await call(cluster, (element) => {
    element.scenario = "first-election";
  });
  await expect(cluster.getByRole("note")).toHaveCount(0);
});

test("what a broken rule leads to is told with the rule", async ({ page }) => {
  const cluster = await openPage(page);
  await cluster.evaluate((element) => {
    const cluster = element as HTMLElementTagNameMap["raft-cluster"];
    cluster.open({ replicas: 3, flaw: "sends-before-write" }, 1);
    cluster.speed = 3;
    cluster.play();
  });
  const alert = cluster.locator(".banner");
  await expect(alert).toContainText("before its disk had");
  await expect(alert).toContainText("Flawed on purpose: sends-before-write. The world has stopped");
  await expect(cluster.locator("raft-narration li.alarm")).toContainText("before its disk had");
});

/** The property that each demonstration breaks, and at which event: the native tests pin it. */
const sizes = readFileSync(new URL("../../tests/flaws/pins.md", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .slice(2)
  .map((row) => {
    const cells = row.split("|").map((cell) => cell.trim().replaceAll("`", ""));
    const [, name = "", , , property = "", , , event = ""] = cells;
    return { name, property, event: Number(event) };
  });
/** These show that something never comes: the watchdog tells of it. */
const NEVER = ["leader-emerges", "requests-answered"];

test("the menu has every demonstration of a flaw, and each shows it at its very event", async ({
  page,
}) => {
  const cluster = await openPage(page);
  const menu = cluster.getByRole("combobox", { name: "Scenario" });
  const names = await menu
    .locator('optgroup[label="Bugs on purpose"] option')
    .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
  expect(names).toEqual(sizes.map(({ name }) => name));
  await speedUp(cluster, 20);
  // After a stop the next one plays by itself, but not after somebody has gone back.
  let wentBack = false;
  for (const { name, property, event } of sizes) {
    await menu.selectOption(name);
    await expect(cluster.getByRole("note")).toHaveText(`Flawed on purpose: ${name}`);
    if (wentBack) {
      await call(cluster, (element) => element.play());
    }
    const stale = property === "no-stale-read";
    const never = NEVER.includes(property);
    const banner = cluster.locator(".banner");
    const said = stale ? "Stale read!" : never ? "The world is paused" : "The world has stopped";
    await expect(banner).toContainText(said);
    await expect(banner).toContainText(`Flawed on purpose: ${name}. The world`);
    await expect(cluster.getByRole("button", { name: "Play", exact: true })).toBeVisible();
    const alarm = cluster.locator("raft-narration li.alarm");
    await expect(alarm).toHaveCount(1);
    wentBack = stale || never;
    if (wentBack) {
      // Time was running: it went on to the end of the frame.
      await alarm.getByRole("button").click();
    }
    await expect.poll(async () => (await view(cluster)).events, name).toBe(event);
  }
});

test("an address opens a demonstration of a flaw", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=half-is-majority");
  await expect(cluster.getByRole("note")).toHaveText("Flawed on purpose: half-is-majority");
  const chosen = cluster.getByRole("combobox", { name: "Scenario" }).locator("option:checked");
  await expect(chosen).toHaveText("Two halves, two leaders ⚠ Flawed on purpose: half-is-majority");
});
