/** Rarer faults, made by hand: disks, clocks, clogged links, clients that go away. */
import type { Locator } from "@playwright/test";
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

function told(cluster: Locator, text: string | RegExp): Locator {
  return cluster.locator("raft-narration").getByRole("listitem").filter({ hasText: text }).first();
}

test("a corrupt disk: the replica comes back with an empty one, as a new replica", async ({
  page,
}) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  const leader = await leaderOf(cluster);
  const victim = (leader % 5) + 1;
  expect(await send(cluster, "put", { key: "x", value: "1" })).toContain("written");
  await clickOnStage(cluster, victim);
  await choose(cluster, "Crash");
  await clickOnStage(cluster, victim);
  await choose(cluster, "Corrupt its disk");
  await expect(replica(cluster, victim)).toHaveAccessibleName(/crashed, its disk corrupt/);
  await clickOnStage(cluster, victim);
  await expect(cluster.getByRole("menuitem", { name: "Restart" })).toHaveCount(0);
  // A replica that has lost its promises must not be taken for the old one.
  await choose(cluster, "Give it an empty disk");
  await expect(cluster.locator(".status")).toContainText("belongs to the cluster");
  await clickOnStage(cluster, victim);
  await choose(cluster, "Remove it from the cluster");
  await expect(replica(cluster, victim)).toHaveAccessibleName(/crashed/);
  const gone = told(cluster, `R${victim} gets an empty disk: it is a new replica now.`);
  await expect(async () => {
    await clickOnStage(cluster, victim);
    await choose(cluster, "Give it an empty disk");
    await expect(gone).toBeVisible({ timeout: 1000 });
  }).toPass();
  await clickOnStage(cluster, victim);
  await choose(cluster, "Restart");
  await expect(replica(cluster, victim)).toHaveAccessibleName(/not a member/);
  // A leader that is deposed meanwhile takes the wish with it.
  await expect(async () => {
    await clickOnStage(cluster, victim);
    await choose(cluster, "Make it a voter");
    await expect(replica(cluster, victim)).toHaveAccessibleName(/follower/, { timeout: 3000 });
  }).toPass();
  await expect.poll(async () => (await storesOf(cluster))[victim - 1]).toEqual({ x: "1" });
});

test("a stalled clock shows it, and starts no election", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  await leaderOf(cluster);
  await call(cluster, (element) => element.pause());
  const leader = await leaderOf(cluster);
  const sleeper = (leader % 5) + 1;
  await clickOnStage(cluster, sleeper);
  await choose(cluster, "Stall for 1.00 s");
  await expect(replica(cluster, sleeper)).toHaveAccessibleName(/its clock is stalled/);
  await expect(told(cluster, `R${sleeper}'s clock stalls for 1.00 s.`)).toBeVisible();
  await clickOnStage(cluster, sleeper);
  await page.keyboard.press("Escape");
  await expect(cluster.locator("raft-inspector").getByText(/^stalled until/)).toBeVisible();
  await call(cluster, (element) => element.play());
  await expect(replica(cluster, sleeper)).not.toHaveAccessibleName(/clock is stalled/);
});

test("a clock that jumps makes a follower lose patience", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  const leader = await leaderOf(cluster);
  const { term } = (await view(cluster)).replicas[leader - 1] ?? { term: 0 };
  await call(cluster, (element) => element.pause());
  const jumper = (leader % 5) + 1;
  // A heartbeat that is on its way would arrive before the next tick, and calm it.
  await call(cluster, async (element) => {
    while (element.simulation?.messages().length) {
      element.step();
      await new Promise(requestAnimationFrame);
    }
  });
  for (let jumps = 0; jumps < 3; jumps += 1) {
    await clickOnStage(cluster, jumper);
    await choose(cluster, "Jump by 10 ticks");
  }
  await expect(told(cluster, `R${jumper}'s clock jumps ahead by 10 ticks.`)).toBeVisible();
  await call(cluster, (element) => element.play());
  await expect
    .poll(async () => (await view(cluster)).replicas[jumper - 1]?.term)
    .toBeGreaterThan(term);
});

test("what is sent into a clogged link waits there until it is free", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  const leader = await leaderOf(cluster);
  const far = (leader % 5) + 1;
  const link = new RegExp(`^Link R${Math.min(leader, far)} – R${Math.max(leader, far)}`);
  const mirror = cluster.locator("raft-stage-a11y").getByRole("button", { name: link });
  await call(cluster, (element) => element.pause());
  await mirror.press("Enter");
  await choose(cluster, new RegExp(`^Clog R${leader} → R${far}$`));
  await expect(mirror).toHaveAccessibleName(new RegExp(`clogged to R${far}$`));
  expect((await view(cluster)).clogs).toEqual([{ from: leader, to: far }]);

  await cluster.getByRole("tab", { name: "Table" }).click();
  const held = cluster.locator("raft-table").getByText("held");
  const next = cluster.getByRole("button", { name: "To the next event" });
  await expect(async () => {
    await next.click();
    await expect(held.first()).toBeVisible({ timeout: 100 });
  }).toPass();
  await cluster.getByRole("button", { name: "Heal all links" }).click();
  await expect(held).toHaveCount(0);
  expect((await view(cluster)).clogs).toEqual([]);
});

test("a client goes away and comes back, and believes what is wrong", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  const leader = await leaderOf(cluster);
  expect(await send(cluster, "put", { key: "x", value: "1" })).toContain("written");
  await expect.poll(async () => (await view(cluster)).clients[0]?.believed_leader).toBe(leader);
  await cluster.getByRole("tab", { name: "Table" }).click();
  const me = cluster.locator("raft-table").getByRole("button", { name: "Client you: actions" });
  await me.click();
  await choose(cluster, /^Take R\d for the leader$/);
  await expect(told(cluster, /You now think that R\d is the leader\./)).toBeVisible();
  expect((await view(cluster)).clients[0]?.believed_leader).not.toBe(leader);

  await me.click();
  await choose(cluster, "Go away");
  await expect(told(cluster, "You go away.")).toBeVisible();
  const answer = call(cluster, (element) => element.get("x"));
  const { now_us } = await view(cluster);
  await expect.poll(async () => (await view(cluster)).now_us).toBeGreaterThan(now_us + 1_000_000);
  expect((await view(cluster)).clients[0]?.away).toBe(true);
  await me.click();
  await choose(cluster, "Come back");
  expect(await answer).toEqual({ value: { value: "1" } });
});
