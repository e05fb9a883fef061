/** The first steps of a newcomer: watch an election, ask, break, mend. */
import { type Line, withNotices } from "../src/text/events/journal.js";
import {
  call,
  choose,
  clickOnStage,
  expect,
  leaderOf,
  leadersIn,
  openPage,
  replica,
  send,
  speedUp,
  storesOf,
  test,
  view,
} from "./cluster.js";

test("elects a leader on screen, on its own", async ({ page }) => {
  const cluster = await openPage(page);
  // Nothing was pressed: it plays by itself, slowly.
  await expect(cluster.getByRole("button", { name: "Pause" })).toBeVisible();
  await expect(cluster.getByText("1/10×")).toBeVisible();
  const leader = await leaderOf(cluster);
  await expect(cluster.getByText(`R${leader} is elected leader of term`).first()).toBeVisible();
  await expect(replica(cluster, leader)).toHaveAccessibleName(/leader, term [1-9]/);

  // And the canvas shows more than one colour.
  const colours = await cluster.locator("canvas.front").evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const ctx = (canvas as HTMLCanvasElement).getContext("2d");
    const { data } = ctx?.getImageData(0, 0, width, height) ?? { data: [] };
    const seen = new Set<number>();
    for (let at = 0; at < data.length; at += 4) {
      seen.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0));
    }
    return seen.size;
  });
  expect(colours).toBeGreaterThan(50);
});

test("puts, gets, compares and deletes by typing; every store has it", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  expect(await send(cluster, "put", { key: "colour", value: "blue" })).toContain("written");
  await expect
    .poll(() => storesOf(cluster))
    .toEqual(Array.from({ length: 5 }, () => ({ colour: "blue" })));
  expect(await send(cluster, "get", { key: "colour" })).toBe("get colour → blue");
  const swap = { key: "colour", expects: "red", value: "green" };
  expect(await send(cluster, "compare and set", swap)).toContain("not set: it holds blue");
  expect(await send(cluster, "compare and set", { ...swap, expects: "blue" })).toMatch(/→ set$/);
  expect(await send(cluster, "delete", { key: "colour" })).toContain("deleted");
  expect(await send(cluster, "get", { key: "colour" })).toContain("(absent)");
  await expect.poll(() => storesOf(cluster)).toEqual(Array.from({ length: 5 }, () => ({})));
});

test("the leader crashes by a click, and another is elected", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  const first = await leaderOf(cluster);
  const { term } = (await view(cluster)).replicas[first - 1] ?? { term: 0 };
  await clickOnStage(cluster, first);
  await choose(cluster, "Crash");
  await expect(replica(cluster, first)).toHaveAccessibleName(/crashed/);
  await expect(cluster.getByText(`R${first} crashes.`).first()).toBeVisible();
  await expect.poll(async () => (await view(cluster)).leader ?? first).not.toBe(first);

  const second = await leaderOf(cluster);
  const now = (await view(cluster)).replicas[second - 1];
  expect(now?.term).toBeGreaterThan(term);
  expect(await send(cluster, "put", { key: "after", value: "crash" })).toContain("written");

  await clickOnStage(cluster, first);
  await choose(cluster, "Restart");
  await expect.poll(async () => (await storesOf(cluster))[first - 1]).toEqual({ after: "crash" });
});

test("a partition leaves the old leader alone; healed, it steps down", async ({ page }) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  const old = await leaderOf(cluster);
  const friend = (old % 5) + 1;
  await clickOnStage(cluster, old, ["Shift"]);
  await clickOnStage(cluster, friend, ["Shift"]);
  await clickOnStage(cluster, friend);
  await choose(cluster, /^Partition R\d and R\d from the rest$/);
  await expect.poll(async () => (await view(cluster)).cuts.length).toBe(2 * 2 * 3);
  await expect(cluster.getByRole("button", { name: "Clear selection" })).toHaveCount(0);

  await expect.poll(async () => leadersIn(await view(cluster)).length).toBe(2);
  expect((await view(cluster)).leader).not.toBe(old);
  expect(await send(cluster, "put", { key: "side", value: "majority" })).toContain("written");
  expect((await storesOf(cluster))[old - 1]).toEqual({});

  await cluster.getByRole("button", { name: "Heal all links" }).click();
  await expect.poll(async () => leadersIn(await view(cluster)).length).toBe(1);
  await expect
    .poll(() => storesOf(cluster))
    .toEqual(Array.from({ length: 5 }, () => ({ side: "majority" })));
  expect((await view(cluster)).cuts).toEqual([]);
});

test("a link is cut one way, then the other, and healed", async ({ page }) => {
  const cluster = await openPage(page);
  await call(cluster, (element) => element.pause());
  // Half-way between two neighbours on the ring there is nothing but their link.
  const boxes = await Promise.all([1, 2].map((id) => replica(cluster, id).boundingBox()));
  const [x, y] = (["x", "y"] as const).map(
    (side) => boxes.reduce((sum, box) => sum + (box?.[side] ?? 0) + (box?.width ?? 0) / 2, 0) / 2,
  );
  const openLink = () => page.mouse.click(x ?? 0, y ?? 0);
  const cuts = async () => (await view(cluster)).cuts;

  await openLink();
  await choose(cluster, "Cut R1 → R2");
  await expect.poll(cuts).toEqual([{ from: 1, to: 2 }]);
  await openLink();
  await choose(cluster, "Cut R2 → R1");
  await expect.poll(async () => (await cuts()).length).toBe(2);
  await openLink();
  await choose(cluster, "Heal both ways");
  await expect.poll(cuts).toEqual([]);
});

test("a message is held, released, duplicated, delivered and dropped", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=replicated-put");
  await leaderOf(cluster);
  await call(cluster, (element) => element.pause());
  await cluster.getByRole("tab", { name: "Table" }).click();
  // On to a moment at which some are on their way.
  await expect
    .poll(async () => {
      await cluster.getByRole("button", { name: "To the next event" }).click();
      return call(cluster, (element) => element.simulation?.messages().length ?? 0);
    })
    .toBeGreaterThan(40);
  const messages = cluster.locator("raft-table").getByRole("button", { name: / to .*: actions$/ });
  const total = await messages.count();

  const act = async (label: string) => {
    await messages.first().click();
    await choose(cluster, label);
  };
  await act("Hold");
  await expect(cluster.locator("raft-table").getByText("held")).toHaveCount(1);
  await act("Release");
  await expect(cluster.locator("raft-table").getByText("held")).toHaveCount(0);
  await act("Duplicate");
  await expect(messages).toHaveCount(total + 1);
  const lost = (await view(cluster)).counters.lost_messages;
  await act("Drop");
  await expect(messages).toHaveCount(total);
  expect((await view(cluster)).counters.lost_messages).toBe(lost + 1);
  const { events } = await view(cluster);
  await act("Deliver now");
  await expect.poll(async () => (await view(cluster)).events).toBe(events + 1);
  expect((await view(cluster)).counters.lost_messages).toBe(lost + 1);
});

test("the menu of a message that moves pauses the world, and says so", async ({ page }) => {
  const cluster = await openPage(page);
  await leaderOf(cluster);
  await cluster.getByRole("tab", { name: "Table" }).click();
  await speedUp(cluster, 1 / 100);
  await cluster
    .locator("raft-table")
    .getByRole("button", { name: /^heartbeat.*: actions$/ })
    .first()
    .click();
  await expect(cluster.getByText("Paused, so that the message stays where it is.")).toBeVisible();
  await expect(cluster.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await expect(cluster.getByRole("menuitem", { name: "Drop" })).toBeFocused();
});

test("a message tells what it carries under a pointer, while the world runs", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await leaderOf(cluster);
  await speedUp(cluster, 1 / 100);
  const tooltip = cluster.locator(".tooltip");
  await expect(async () => {
    // Where the first message is that goes from replica to replica, as the stage has it.
    const at = await call(cluster, (element) => {
      const mirror = element.shadowRoot
        ?.querySelector("raft-stage")
        ?.shadowRoot?.querySelector("raft-stage-a11y");
      const id = element.simulation?.messages()[0] ?? 0;
      const place = mirror?.place({ kind: "message", id });
      const box = mirror?.getBoundingClientRect();
      return place && box ? { x: box.x + place.x, y: box.y + place.y } : undefined;
    });
    await page.mouse.move(at?.x ?? 0, at?.y ?? 0);
    await expect(tooltip).toContainText(/ from .* to .*: ./, { timeout: 500 });
  }).toPass();
  expect(await call(cluster, (element) => element.playing)).toBe(true);
});

test("what is told stays as short, however much happens", () => {
  let lines: readonly Line[] = [];
  for (let event = 0; event < 200_000; event += 500) {
    const notices = Array.from({ length: 500 }, (_, more) => {
      const data = { replica: 1 + (event % 5), term: event };
      const what = more % 2 === 0 ? { leader_elected: data } : { election_started: data };
      return { event: event + more, at_us: event + more, what };
    });
    lines = withNotices(lines, notices);
  }
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.length).toBeLessThanOrEqual(300);
  expect(lines.at(-1)?.event).toBe(199_999);
});

test("of a burst only the latest is read out", async ({ page }) => {
  const cluster = await openPage(page);
  await call(cluster, (element) => element.pause());
  const said = await call(cluster, async (element) => {
    const narration = element.renderRoot.querySelector("raft-narration");
    const { state } = element.controller;
    const last = state.journal.at(-1)?.key ?? 0;
    const burst = Array.from({ length: 500 }, (_, place) => {
      const key = last + 1 + place;
      return {
        key,
        event: key,
        atUs: key,
        text: `Line ${place}.`,
        weight: 2,
        alarms: false,
      } as const;
    });
    narration?.stateChanged(state, { ...state, journal: [...state.journal, ...burst] });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    return narration?.shadowRoot?.querySelector("[role=status]")?.textContent;
  });
  expect(said).toBe("Line 497. Line 498. Line 499.");
});
