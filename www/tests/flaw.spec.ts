/** A rule that is broken on purpose: said wherever such a world is shown. */
import { call, expect, openPage, test } from "./cluster.js";

const FLAWED = { title: "Figure 8", story: "Watch.", replicas: 3, flaw: "commits-older-term" };

test("a flawed scenario says so over the stage, in the menu, the story and the narration", async ({
  page,
}) => {
  const cluster = await openPage(page);
  const text = "Flawed on purpose: commits-older-term";
  await expect(cluster.getByRole("note")).toHaveCount(0);
  await expect(cluster.getByText(text)).toHaveCount(0);

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
