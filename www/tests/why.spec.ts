/** Why it is so: the answers in the inspector, and the space-time diagram by what is seen of it. */
import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { call, clickOnStage, expect, openPage, test } from "./cluster.js";

/** A paused world at a moment. */
async function at(page: Page, scenario: string, us: number): Promise<Locator> {
  const cluster = await openPage(page, `?scenario=${scenario}`);
  await call(cluster, (element) => element.pause());
  await cluster.evaluate((element, us) => {
    const { time } = (element as unknown as { controller: { time: { seek(to: object): void } } })
      .controller;
    time.seek({ to: { time_us: us } });
  }, us);
  await expect.poll(() => call(cluster, (element) => element.simulation?.nowUs)).toBe(us);
  await expect
    .poll(() => call(cluster, (element) => element.controller.state.seeking))
    .toBe(undefined);
  return cluster;
}

const why = (cluster: Locator) => cluster.getByRole("region", { name: "Why?" });
const diagram = (cluster: Locator) => cluster.getByRole("application");
const told = (cluster: Locator) => cluster.locator("raft-spacetime [role=status]");

test("why a replica does not stand is two clicks away, with what led there", async ({ page }) => {
  const cluster = await at(page, "leader-crash", 900_000);
  const leader = await call(cluster, (element) => element.snapshot?.view.leader ?? 0);
  const other = leader === 1 ? 2 : 1;
  await clickOnStage(cluster, other);
  await expect(why(cluster)).toContainText(`R${other} follows R${leader}, and does not stand`);
  await expect(why(cluster)).toContainText("It would stand if it heard of no leader for");
  await expect(why(cluster)).toContainText("§5.2");
  // What led here goes back to the election, and each cause is a way to its moment.
  const causes = why(cluster).getByRole("list", { name: "What led here" }).getByRole("button");
  await expect(causes.first()).toContainText(`R${other} receives`);
  await expect(causes.nth(1)).toContainText(`R${leader} sends`);
  const text = (await causes.nth(1).textContent()) ?? "";
  await causes.nth(1).click();
  const moment = Number(/([\d.]+) s/.exec(text)?.[1]) * 1e6;
  await expect
    .poll(() => call(cluster, (element) => element.simulation?.nowUs ?? 0))
    .toBeLessThan(moment + 1000);
});

test("under a broken rule its decision gets no clean bill", async ({ page }) => {
  const cluster = await at(page, "commits-older-term", 864_000);
  await clickOnStage(cluster, 1);
  await page.keyboard.press("Escape");
  await why(cluster)
    .getByRole("button", { name: /Why is entry 2 / })
    .click();
  await expect(why(cluster)).toContainText("A rule is broken on purpose here (commits-older-term");
  await expect(why(cluster)).toContainText("§5.4.2");
});

test("an entry that is not committed says who would have to hold it", async ({ page }) => {
  const cluster = await at(page, "minority-partition", 2_000_000);
  const [leader, index] = await call(cluster, (element) => {
    const view = element.snapshot?.view;
    const cutOff = view?.replicas.find(
      ({ role, commit_index, log }) => role === "leader" && log.last_index > commit_index,
    );
    return [cutOff?.id ?? 0, (cutOff?.commit_index ?? 0) + 1] as const;
  });
  expect(leader).toBeGreaterThan(0);
  await clickOnStage(cluster, leader);
  await why(cluster)
    .getByRole("button", { name: `Why is entry ${index} not committed?` })
    .click();
  await expect(why(cluster)).toContainText(/It would be committed if .* held it too/);
  await expect(why(cluster)).toContainText(/[Tt]he link R\d → R\d is cut/);
});

test("the diagram shows terms, crashes and lost messages, and tells what is selected", async ({
  page,
}) => {
  const cluster = await at(page, "leader-crash", 1_300_000);
  await cluster.getByRole("button", { name: "Space-time" }).click();
  await expect(diagram(cluster)).toBeVisible();
  await expect
    .poll(() => call(cluster, (element) => element.run?.trace?.reaches(1_300_000)))
    .toBe(true);
  // The lane of the dead leader is a gap, those of the others are not.
  const dead = await call(cluster, (element) => {
    const replicas = element.snapshot?.view.replicas ?? [];
    return replicas.find(({ status }) => status === "crashed")?.id ?? 0;
  });
  const lanes = await cluster.evaluate(async (element) => {
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    const part = element.shadowRoot?.querySelector("raft-spacetime");
    const canvas = part?.shadowRoot?.querySelector("canvas") as HTMLCanvasElement;
    const ctx = canvas.getContext("2d") as CanvasRenderingContext2D;
    const pixels = canvas.width / canvas.clientWidth;
    const names = element.shadowRoot ? 7 : 0;
    const high = Math.min(72, Math.max(26, (canvas.clientHeight - 46) / names));
    // Just below the middle of each replica's lane, on many places of it.
    return [0, 1, 2, 3, 4].map((lane) => {
      const y = Math.round((26 + (lane + 0.5) * high - 2) * pixels);
      const row = ctx.getImageData(Math.round(canvas.width * 0.6), y, 120, 1).data;
      const ground = ctx.getImageData(Math.round(canvas.width * 0.98), y, 1, 1).data;
      let coloured = 0;
      for (let at = 0; at < row.length; at += 4) {
        const far = [0, 1, 2].some(
          (part) => Math.abs((row[at + part] ?? 0) - (ground[part] ?? 0)) > 6,
        );
        coloured += far ? 1 : 0;
      }
      return coloured;
    });
  });
  expect(lanes[dead - 1]).toBeLessThan(40);
  for (const [lane, coloured] of lanes.entries()) {
    if (lane !== dead - 1) {
      expect(coloured).toBeGreaterThan(80);
    }
  }
  // By keyboard: the happenings one by one, and the cause of each.
  await diagram(cluster).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(told(cluster)).not.toBeEmpty();
  const first = await told(cluster).textContent();
  await page.keyboard.press("c");
  await expect(told(cluster)).not.toHaveText(first ?? "");
  await expect(cluster.getByRole("list", { name: "What led here" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect
    .poll(() => call(cluster, (element) => element.simulation?.nowUs ?? 0))
    .toBeLessThan(1_300_000);
  const { violations } = await new AxeBuilder({ page }).include("raft-cluster").analyze();
  expect(violations).toEqual([]);
});

test("what is selected lights up its past and its future", async ({ page }) => {
  const cluster = await at(page, "leader-crash", 1_500_000);
  await cluster.getByRole("button", { name: "Both" }).click();
  await expect
    .poll(() => call(cluster, (element) => element.run?.trace?.reaches(1_500_000)))
    .toBe(true);
  // The last election that was won.
  const [past, future] = await call(cluster, (element) => {
    const trace = element.run?.trace;
    const world = element.simulation;
    let star = -1;
    for (let row = 0; trace && row < trace.count; row += 1) {
      const leader = world?.happening(row).what;
      if (leader && "became" in leader && leader.became.role === "leader") {
        star = row;
      }
    }
    element.controller.point(star);
    const relations = world?.relations(star) ?? [];
    return [1, 2].map((each) => relations.filter((relation) => relation === each).length);
  });
  expect(past).toBeGreaterThan(50);
  expect(future).toBeGreaterThan(20);
  const section = cluster.getByRole("region", { name: "The selected happening" });
  await expect(section).toContainText("is the leader");
  await expect(section).toContainText("receives vote granted");
  await expect(section).toContainText(`${past?.toLocaleString("en")} are in its causal past`);
});

test("a step says what comes, whoever acts", async ({ page }) => {
  const cluster = await at(page, "leader-crash", 995_000);
  const said = new Set<string>();
  for (let step = 0; step < 25; step += 1) {
    await call(cluster, (element) => element.stepOverTicks());
    said.add(await call(cluster, (element) => element.controller.state.status));
  }
  expect([...said].filter((text) => /acts\.$/.test(text))).toEqual([]);
  expect([...said].some((text) => /crashes/.test(text))).toBe(true);
});

test("a message says what becomes of it", async ({ page }) => {
  const cluster = await at(page, "leader-crash", 1_150_000);
  const id = await call(cluster, (element) => {
    const [first] = element.simulation?.messages() ?? [];
    element.inspect({ kind: "message", id: first ?? 0 });
    return first;
  });
  expect(id).toBeGreaterThan(0);
  await expect(why(cluster)).toContainText(/If it came now|It will be lost|It is on its way/);
});

test("everything that happened is told whole, and each line goes to its moment", async ({
  page,
}) => {
  const cluster = await at(page, "leader-crash", 1_300_000);
  const list = cluster.locator("raft-narration");
  await list.getByText("everything").click();
  const lines = list.getByRole("listitem");
  await expect(lines.first()).toBeVisible();
  await expect.poll(async () => await lines.count()).toBeGreaterThan(50);
  // No line names a message by its number alone.
  const texts = await lines.allTextContents();
  expect(texts.filter((text) => /Message \d+ is lost/.test(text))).toEqual([]);
  // Only of one sort, at one replica.
  await list.getByRole("combobox").last().selectOption("timers, votes, roles");
  await list.getByRole("combobox").first().selectOption("R2");
  await expect
    .poll(async () => (await lines.allTextContents()).join())
    .not.toMatch(/sends|receives/);
  const told = await lines.allTextContents();
  expect(told.length).toBeGreaterThan(3);
  expect(told.filter((text) => !text.includes("R2"))).toEqual([]);
  await list.getByRole("combobox").last().selectOption("every sort");
  await list.getByRole("combobox").first().selectOption("all");
  // A vote that was denied, with its reason.
  await list.getByPlaceholder("a key, a kind …").fill("No vote for");
  await expect(lines.first()).toContainText(/R\d: No vote for R\d for term \d+: .*§|thesis/);
  const text = (await lines.first().textContent()) ?? "";
  const moment = Number(/([\d.]+) s/.exec(text)?.[1]) * 1e6;
  await lines.first().getByRole("button").click();
  await expect
    .poll(() => call(cluster, (element) => element.simulation?.nowUs ?? 0))
    .toBeLessThan(moment + 1000);
});

test("a clock that is not true is told on the stage and in the inspector", async ({ page }) => {
  const cluster = await at(page, "fast-clock", 1_300_000);
  await expect(
    cluster.locator("raft-stage-a11y").getByRole("button", { name: /^R5,.*400 % too fast/ }),
  ).toBeAttached();
  await clickOnStage(cluster, 5);
  await expect(cluster.locator("raft-inspector")).toContainText("runs 400 % too fast");
});
