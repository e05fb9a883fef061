/** Extensions of the paper's core: membership, handover, snapshots, pre-vote, ways to read. */
import type { Locator } from "@playwright/test";
import type { Scenario } from "../pkg/raftarium.js";
import type { RaftCluster } from "../src/element/raft-cluster.js";
import {
  call,
  choose,
  clickOnStage,
  expect,
  leaderOf,
  openPage,
  replica,
  send,
  speedUp,
  storesOf,
  test,
  view,
} from "./cluster.js";

/** Another world on the page; it runs fast. */
async function run(cluster: Locator, scenario: Scenario): Promise<void> {
  await cluster.evaluate((element, scenario) => {
    (element as RaftCluster).open(scenario, 3);
  }, scenario);
  await speedUp(cluster);
}

function told(cluster: Locator, text: string | RegExp): Locator {
  return cluster.locator("raft-narration").getByRole("listitem").filter({ hasText: text }).first();
}

async function votersOf(cluster: Locator): Promise<number[]> {
  const { leader, replicas } = await view(cluster);
  const { voters, outgoing } = replicas[(leader ?? 1) - 1]?.membership ?? {};
  return outgoing?.length === 0 ? (voters ?? []) : [];
}

test("a spare becomes a voter by hand: a learner first", async ({ page }) => {
  const cluster = await openPage(page);
  // A removed replica is not told, and would otherwise depose every leader (§6).
  const protocol = { pre_vote: true, check_quorum: true };
  await run(cluster, { replicas: 3, spares: 1, protocol });
  await leaderOf(cluster);
  await expect(replica(cluster, 4)).toHaveAccessibleName(/^R4, not a member/);
  expect(await send(cluster, "put", { key: "before", value: "it came" })).toContain("written");

  await clickOnStage(cluster, 4);
  await choose(cluster, "Make it a voter");
  await expect(told(cluster, /appends a configuration.* learner R4\./)).toBeVisible();
  await expect(told(cluster, "committed: voters R1, R2, R3 and R4.")).toBeVisible();
  await expect(replica(cluster, 4)).toHaveAccessibleName(/^R4, follower/);
  expect(await votersOf(cluster)).toEqual([1, 2, 3, 4]);
  await expect.poll(async () => (await storesOf(cluster))[3]).toEqual({ before: "it came" });

  // And out again.
  const other = ((await leaderOf(cluster)) % 4) + 1;
  await clickOnStage(cluster, other);
  await choose(cluster, "Remove it from the cluster");
  const rest = [1, 2, 3, 4].filter((id) => id !== other);
  await expect.poll(() => votersOf(cluster)).toEqual(rest);
});

test("the membership panel leads from three to five through a joint configuration", async ({
  page,
}) => {
  const cluster = await openPage(page);
  await run(cluster, { replicas: 3, spares: 2 });
  await leaderOf(cluster);
  await cluster.getByRole("tab", { name: "Settings" }).click();
  const panel = cluster.locator("raft-membership-panel");
  const change = panel.getByRole("button", { name: "Change" });
  await expect(change).toBeDisabled();
  await panel.getByRole("radio", { name: "R4 voter" }).check();
  await panel.getByRole("radio", { name: "R5 voter" }).check();
  await change.click();
  await expect(told(cluster, "joint: old R1, R2 and R3, new R1, R2, R3, R4 and R5.")).toBeVisible();
  await expect.poll(() => votersOf(cluster)).toEqual([1, 2, 3, 4, 5]);
  await expect(panel.getByText("Now: voters R1, R2, R3, R4 and R5.")).toBeVisible();

  // The leader's log holds what was decided, and the inspector who has agreed.
  await clickOnStage(cluster, await leaderOf(cluster));
  const inspector = cluster.locator("raft-inspector");
  await expect(inspector.getByText(/configuration: joint/).first()).toBeVisible();
  await expect(inspector.getByText(/of 3 voters needed/)).toBeVisible();
});

test("a change that is refused changes nothing, and says so", async ({ page }) => {
  const cluster = await openPage(page);
  await run(cluster, { replicas: 3, spares: 2 });
  await leaderOf(cluster);
  await expect.poll(async () => (await view(cluster)).counters.committed_entries).toBe(1);
  await call(cluster, (element) => element.pause());
  await clickOnStage(cluster, 4);
  await choose(cluster, "Make it a voter");
  await expect(replica(cluster, 4)).toHaveAccessibleName(/^R4, learner/);
  const { events } = await view(cluster);
  await clickOnStage(cluster, 5);
  await choose(cluster, "Make it a learner");
  await expect(cluster.locator(".status")).toContainText(/the membership does not change/i);
  expect((await view(cluster)).events).toBe(events);
});

test("the leadership is handed over to whom one clicks", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  const first = await leaderOf(cluster);
  const heir = (first % 5) + 1;
  await expect.poll(async () => (await view(cluster)).counters.committed_entries).toBe(1);
  await clickOnStage(cluster, heir);
  await choose(cluster, "Hand over to it");
  await expect.poll(async () => (await view(cluster)).leader).toBe(heir);
  await expect(told(cluster, `R${first}: Handing over to R${heir}`)).toBeVisible();
  expect((await view(cluster)).counters.transfers).toBe(1);

  await clickOnStage(cluster, heir);
  await choose(cluster, "Hand over to the best prepared");
  await expect.poll(async () => (await view(cluster)).leader ?? heir).not.toBe(heir);
});

test("a snapshot by hand is seen in the log", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  const leader = await leaderOf(cluster);
  for (const value of ["1", "2", "3"]) {
    await send(cluster, "put", { key: "x", value });
  }
  await call(cluster, (element) => element.pause());
  const last = (await view(cluster)).replicas[leader - 1]?.last_applied ?? 0;
  // The right half of the stage holds the tables, and nothing in them moves by itself.
  const tables = () =>
    cluster.locator("raft-stage canvas.back").evaluate(async (canvas) => {
      for (let frame = 0; frame < 3; frame += 1) {
        await new Promise(requestAnimationFrame);
      }
      const { width, height } = canvas as HTMLCanvasElement;
      const ctx = (canvas as HTMLCanvasElement).getContext("2d");
      const half = Math.round(width * 0.57);
      const { data } = ctx?.getImageData(half, 0, width - half, height) ?? new ImageData(1, 1);
      return data.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 7);
    });
  await expect(async () => {
    const before = await tables();
    await page.waitForTimeout(300);
    expect(await tables()).toBe(before);
  }).toPass();
  await replica(cluster, leader).focus();
  const before = await tables();
  await page.keyboard.press("Enter");
  await choose(cluster, "Take a snapshot");
  await expect(replica(cluster, leader)).toHaveAccessibleName(new RegExp(`snapshot up to ${last}`));
  expect(await tables()).not.toBe(before);
  await expect(told(cluster, `R${leader} takes a snapshot up to index ${last}`)).toBeVisible();
  await call(cluster, (element) => element.play());
  expect(await send(cluster, "get", { key: "x" })).toBe("get x → 3");
});

test("a follower far behind receives a snapshot in chunks", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=snapshot-catch-up");
  await call(cluster, (element) => {
    element.pause();
    const { simulation } = element;
    const receives = () => simulation?.view().replicas.some(({ receiving }) => receiving);
    for (let events = 0; simulation && events < 100_000 && !receives(); events += 1) {
      simulation.proceed();
    }
    element.step();
  });
  await expect(replica(cluster, /receives a snapshot, \d+ %/)).toHaveCount(1);
  await speedUp(cluster);
  await call(cluster, (element) => element.play());
  await expect(told(cluster, "has received a whole snapshot, and starts anew")).toBeVisible();
});

test("the inspector shows for whom a leader keeps its log, and why", async ({ page }) => {
  const cluster = await openPage(page);
  await run(cluster, {
    replicas: 3,
    snapshots: { every_entries: 50, retain_entries: 0, chunk_bytes: 20 },
    network: { latency: { fixed: { us: 20_000 } } },
    workload: { clients: 8, operations_per_second: 100, reads: "0/1", keys: 100 },
    actions: [
      { at_us: 50_000, do: { time_out: { replica: 1 } } },
      { at_us: 1_000_000, do: { crash: { replica: 3 } } },
      { at_us: 5_000_000, do: { restart: { replica: 3 } } },
    ],
  });
  await call(cluster, (element) => {
    element.pause();
    const { simulation } = element;
    const kept = () =>
      simulation?.replica(1, 0).followers.some(({ log_kept_after: kept }) => kept !== undefined);
    const wait = () => (simulation?.view().now_us ?? 0) < 5_500_000 || !kept();
    for (let events = 0; simulation && events < 100_000 && wait(); events += 1) {
      simulation.proceed();
    }
    element.step();
  });
  await clickOnStage(cluster, 1);
  await cluster.page().keyboard.press("Escape");
  const inspector = cluster.locator("raft-inspector");
  await expect(inspector.getByRole("row", { name: /^R3/ })).toContainText(
    /snapshot, .*, log kept after \d+ while it catches up/,
  );
  await speedUp(cluster, 2);
  await call(cluster, (element) => element.play());
  await expect(
    told(cluster, /R1: Nothing more of the log is kept for R3: it has caught up/),
  ).toBeVisible();
});

test("pre-vote, switched on while it runs: a replica that is cut off only asks", async ({
  page,
}) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  const leader = await leaderOf(cluster);
  await cluster.getByRole("tab", { name: "Settings" }).click();
  await cluster.getByRole("checkbox", { name: "Pre-vote" }).check();
  await expect.poll(async () => (await view(cluster)).protocol.pre_vote).toBe(true);
  await expect(told(cluster, "The protocol is now: with pre-vote")).toBeVisible();

  const cutOff = (leader % 5) + 1;
  const { term } = (await view(cluster)).replicas[leader - 1] ?? { term: 0 };
  await clickOnStage(cluster, cutOff);
  await choose(cluster, "Cut off");
  await expect(replica(cluster, cutOff)).toHaveAccessibleName(
    new RegExp(`^R${cutOff}, pre-candidate, term ${term},`),
  );
  await clickOnStage(cluster, cutOff);
  await choose(cluster, "Rejoin");
  await expect(replica(cluster, cutOff)).toHaveAccessibleName(
    new RegExp(`^R${cutOff}, follower, term ${term},`),
  );
  expect((await view(cluster)).leader).toBe(leader);
});

test("a get by read index is answered without an entry in the log", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  const leader = await leaderOf(cluster);
  await send(cluster, "put", { key: "colour", value: "blue" });
  const lastIndex = async () => (await view(cluster)).replicas[leader - 1]?.log.last_index;
  const before = await lastIndex();
  const form = cluster.getByRole("form", { name: "Ask the cluster" });
  await form.getByLabel("Operation").selectOption("get");
  const reads = form.getByRole("combobox", { name: "read" });
  for (const way of ["read index", "read index, at any replica"]) {
    await reads.selectOption({ label: way });
    expect(await send(cluster, "get", { key: "colour" })).toBe("get colour → blue");
    expect(await lastIndex(), way).toBe(before);
  }
  await reads.selectOption({ label: "through the log" });
  expect(await send(cluster, "get", { key: "colour" })).toBe("get colour → blue");
  expect(await lastIndex()).toBe((before ?? 0) + 1);
});

test("a stale read leaps to the eye", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=stale-lease");
  await speedUp(cluster);
  const alarm = cluster.locator("raft-narration li.alarm");
  await expect(alarm).toContainText("Stale read!");
  await cluster.getByRole("tab", { name: "Inspect" }).click();
  await expect(cluster.locator("raft-inspector strong")).toHaveText("1");
});
