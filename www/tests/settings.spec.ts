/** Everything that can be set in the page. */
import { readFile } from "node:fs/promises";
import { call, expect, leaderOf, openPage, speedUp, test, view } from "./cluster.js";

test("B22: size, timing and a broken rule are set in the page, for the next start", async ({
  page,
}) => {
  const cluster = await openPage(page);
  await cluster.getByRole("tab", { name: "Settings" }).click();
  const start = cluster.locator("raft-start-panel");
  await start.getByText("For the next start").click();
  await start.getByLabel("Replicas").fill("7");
  await start.getByLabel("Replicas").press("Tab");
  await start.getByLabel("Election to, ticks").fill("60");
  await start.getByLabel("Election to, ticks").press("Tab");
  await start.getByLabel("Broken rule").selectOption({ index: 1 });
  await start.getByRole("button", { name: "Start with these" }).click();
  await expect.poll(async () => (await view(cluster)).replicas.length).toBe(7);
  expect((await view(cluster)).timing.election_timeout_ticks_max).toBe(60);
  expect(await call(cluster, (element) => element.run?.scenario.flaw)).toBeTruthy();
  expect(await call(cluster, (element) => element.seed)).toBe(1);
});

test("B22: each change of a setting can be undone", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await leaderOf(cluster);
  await cluster.getByRole("tab", { name: "Settings" }).click();
  const undo = cluster.getByRole("button", { name: "Undo the last setting" });
  await expect(undo).toBeDisabled();
  const before = await view(cluster);
  const latency = cluster.getByLabel("Latency to, ms");
  await expect(latency).toHaveValue("16");
  await latency.fill("40");
  await latency.press("Tab");
  await cluster.getByLabel("Operations a second").fill("90");
  await cluster.getByLabel("Operations a second").press("Tab");
  await cluster.getByRole("checkbox", { name: "Pre-vote" }).check();
  await expect.poll(async () => (await view(cluster)).protocol.pre_vote).toBe(true);
  await undo.click();
  await expect.poll(async () => (await view(cluster)).protocol.pre_vote).toBe(false);
  await undo.click();
  await expect.poll(async () => (await view(cluster)).workload).toEqual(before.workload);
  await undo.click();
  await expect(latency).toHaveValue("16");
  await expect(undo).toBeDisabled();
});

test("B22: a scenario that was saved comes to the same digest", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await speedUp(cluster, 1);
  const leader = await leaderOf(cluster);
  await cluster.evaluate((element, leader) => {
    const cluster = element as import("../src/element/raft-cluster.js").RaftCluster;
    cluster.attempt({ pause: { replica: (leader % 5) + 1 } });
    cluster.attempt({ set_workload: { workload: { clients: 4, operations_per_second: 60 } } });
  }, leader);
  await expect.poll(async () => (await view(cluster)).now_us).toBeGreaterThan(1_500_000);
  await call(cluster, (element) => element.pause());
  const now = await call(cluster, (element) => ({
    events: element.simulation?.events ?? 0,
    digest: element.simulation?.digest(),
  }));
  await cluster.getByRole("tab", { name: "Settings" }).click();
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    cluster.getByRole("button", { name: "Save as scenario" }).click(),
  ]);
  const text = await readFile(await saved.path(), "utf8");
  expect(JSON.parse(text).actions.length).toBe(4);
  const digest = await cluster.evaluate(
    async (element, { text, events }) => {
      const cluster = element as import("../src/element/raft-cluster.js").RaftCluster;
      cluster.open(text);
      cluster.goTo(events);
      do {
        await new Promise(requestAnimationFrame);
      } while (cluster.controller.state.seeking);
      return cluster.simulation?.digest();
    },
    { text, events: now.events },
  );
  expect(digest).toBe(now.digest);
});

test("what is typed into a setting stays there while the world plays", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await cluster.getByRole("tab", { name: "Settings" }).click();
  const operations = cluster.getByLabel("Operations a second");
  const before = await operations.inputValue();
  await operations.focus();
  await page.keyboard.press("Control+a");
  await operations.pressSequentially("125", { delay: 300 });
  await expect(operations).toHaveValue("125");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await view(cluster)).workload.operations_per_second).toBe(125);
  // What is out of bounds is brought into them, where one still is in the box.
  await page.keyboard.press("Control+a");
  await operations.pressSequentially("999999");
  await page.keyboard.press("Enter");
  await expect(operations).toHaveValue("100000");
  expect(before).not.toBe("125");
});
