/** Stories that follow the play. */
import { call, expect, openPage, speedUp, test, view } from "./cluster.js";

test("B13: the steps light up as the world runs, and lead to where they begin", async ({
  page,
}) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await call(cluster, (element) => {
    element.pause();
    element.controller.time.seek({ to: { time_us: 0 } });
  });
  const steps = cluster.getByRole("list", { name: "The story, step by step" });
  const now = steps.locator("[aria-current=step]");
  await expect(steps.getByRole("button")).toHaveCount(6);
  await expect(now).toContainText("Two clients keep the cluster busy");

  // On to one that waits for an event that nobody has seen yet.
  await steps.getByRole("button", { name: /R2 leads, and goes on/ }).click();
  await expect(now).toContainText("R2 leads, and goes on");
  const { leader, now_us } = await view(cluster);
  expect(leader).toBe(2);
  expect(now_us).toBeGreaterThan(1_000_000);
  // Back, and then to one whose moment is known now.
  await steps.getByRole("button", { name: /The leader dies/ }).click();
  await expect(now).toContainText("The leader dies");
  expect((await view(cluster)).now_us).toBe(1_000_000);
  await steps.getByRole("button", { name: /R2 leads, and goes on/ }).click();
  await expect.poll(async () => (await view(cluster)).now_us).toBe(now_us);

  // And by itself.
  await speedUp(cluster, 3);
  await call(cluster, (element) => element.play());
  await expect(now).toContainText("R5 comes back");
});

test("B13: the step that is told now comes into sight, but not while one reads", async ({
  page,
}) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  const now = cluster.locator("raft-story [aria-current=step]");
  const to = (us: number) =>
    cluster.evaluate((element, us) => {
      const { time } = (element as import("../src/element/raft-cluster.js").RaftCluster).controller;
      time.seek({ to: { time_us: us } });
    }, us);
  await call(cluster, (element) => element.pause());
  await to(0);
  await expect(now).toContainText("Two clients keep the cluster busy");
  await to(2_600_000);
  await expect(now).toContainText("R5 comes back");
  await expect(now).toBeInViewport({ ratio: 1 });
  await to(0);
  await expect(now).toBeInViewport({ ratio: 1 });
  await now.hover();
  await to(2_600_000);
  await expect(now).toContainText("R5 comes back");
  await expect(now).not.toBeInViewport({ ratio: 1 });
  expect(await page.evaluate(() => scrollY)).toBe(0);
});

test("B13: a story that was written for another seed says so, and can be played with its own", async ({
  page,
}) => {
  const cluster = await openPage(page, "?scenario=leader-crash&seed=1");
  await call(cluster, (element) => element.pause());
  const note = cluster.getByRole("note").filter({ hasText: "written for seed" });
  await expect(note).toContainText("With seed 1 another replica may lead");
  await note.getByRole("button").click();
  await expect(note).toBeHidden();
  await expect(cluster.getByLabel("Seed")).not.toHaveValue("1");
  const steps = cluster.getByRole("list", { name: "The story, step by step" });
  await expect(steps.getByRole("button")).toHaveCount(6);
});

test("B13: what the scenario does is marked as done or to come, and can be gone to", async ({
  page,
}) => {
  const cluster = await openPage(page, "?scenario=diverging-log");
  await call(cluster, (element) => {
    element.pause();
    element.controller.time.seek({ to: { time_us: 2_200_000 } });
  });
  const story = cluster.locator("raft-story");
  await expect(story.locator("li.past", { hasText: "R3's election timer" })).toHaveCount(1);
  await expect(story.locator("li.to-come", { hasText: "R1 is connected" })).toHaveCount(1);
  await story.getByRole("button", { name: "To 2.500 s" }).click();
  await expect.poll(async () => (await view(cluster)).now_us).toBe(2_500_000);
  await expect(story.locator("li.past", { hasText: "R1 is connected" })).toHaveCount(1);
});

test("B13: a plain text is a story as ever, and a faulty step is refused with its place", async ({
  page,
}) => {
  const cluster = await openPage(
    page,
    `?scenario=${encodeURIComponent(JSON.stringify({ title: "Mine", story: "All of it." }))}`,
  );
  await expect(cluster.locator("raft-story").getByText("All of it.")).toBeVisible();
  await call(cluster, (element) => {
    element.open(JSON.stringify({ story: [{ say: "One" }, { say: "Two", at_us: -1 }] }));
  });
  await expect(cluster.locator(".banner")).toContainText("story[1].at_us");
  await call(cluster, (element) => {
    element.open(JSON.stringify({ story: [{ say: "One" }, { say: "Two", at_us: 5_000_000 }] }));
  });
  await expect(cluster.locator("[aria-current=step]")).toContainText("One");
});
