/** The logs on the stage: what is in sight, and how a person moves them. */
import type { Locator } from "@playwright/test";
import { call, expect, openPage, test } from "./cluster.js";

type Cluster = import("../src/element/raft-cluster.js").RaftCluster;

async function goTo(cluster: Locator, us: number): Promise<void> {
  await cluster.evaluate(async (element, us) => {
    const { controller } = element as Cluster;
    controller.pause();
    controller.time.seek({ to: { time_us: us } });
    do {
      await new Promise(requestAnimationFrame);
    } while (controller.state.seeking);
    await new Promise(requestAnimationFrame);
  }, us);
}

/** Where an entry is on the page; none: it isn't in sight. */
function placeOf(cluster: Locator, replica: number, index: number) {
  return cluster.evaluate(
    (element, { replica, index }) => {
      const stage = (element as HTMLElement).shadowRoot?.querySelector("raft-stage");
      const twin = stage?.shadowRoot?.querySelector("raft-stage-a11y");
      const place = twin?.place({ kind: "entry", replica, index });
      const box = twin?.getBoundingClientRect();
      return place && box ? { x: box.x + place.x, y: box.y + place.y } : undefined;
    },
    { replica, index },
  );
}

async function see(cluster: Locator, replica: number, index: number) {
  const place = await placeOf(cluster, replica, index);
  if (!place) {
    throw new Error(`entry ${index} of R${replica} is not in sight`);
  }
  return place;
}

/** The most frequent colour of an entry, which is that of its term. */
function colourOf(cluster: Locator, replica: number, index: number): Promise<string> {
  return cluster.evaluate(
    (element, { replica, index }) => {
      const stage = (element as HTMLElement).shadowRoot?.querySelector("raft-stage");
      const twin = stage?.shadowRoot?.querySelector("raft-stage-a11y");
      const canvas = stage?.shadowRoot?.querySelector<HTMLCanvasElement>("canvas.back");
      const place = twin?.place({ kind: "entry", replica, index });
      const ctx = canvas?.getContext("2d");
      if (!place || !canvas || !ctx) {
        return "nothing";
      }
      const scale = canvas.width / canvas.clientWidth;
      const { data } = ctx.getImageData((place.x - 8) * scale, (place.y - 8) * scale, 16, 16);
      const counts = new Map<string, number>();
      for (let at = 0; at < data.length; at += 4) {
        const colour = data.slice(at, at + 3).join();
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
      }
      return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
    },
    { replica, index },
  );
}

const pin = (cluster: Locator) => call(cluster, (element) => element.controller.state.logs.first);

test("A3: where the logs part is in sight all the time, and the repair too", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=diverging-log");
  await goTo(cluster, 1_250_000);
  for (const us of [1_690_000, 1_770_000, 2_100_000, 2_490_000, 2_560_000]) {
    await goTo(cluster, us);
    // Index 21 is the first that differs, and 20 the last that is equal.
    expect(await colourOf(cluster, 1, 20), `${us}`).toBe(await colourOf(cluster, 2, 20));
    expect(await colourOf(cluster, 1, 21), `${us}`).not.toBe(await colourOf(cluster, 2, 21));
    const last = await call(cluster, (element) =>
      Math.max(...(element.snapshot?.view.replicas.map(({ log }) => log.last_index) ?? [])),
    );
    await see(cluster, 3, last);
  }
  await goTo(cluster, 2_600_000);
  await call(cluster, (element) => element.inspect({ kind: "entry", replica: 1, index: 21 }));
  await page.waitForTimeout(200);
  expect(await colourOf(cluster, 1, 21)).toBe(await colourOf(cluster, 2, 21));
});

test("A3: the logs are pulled, wheeled and moved by keys, stay there, and follow again", async ({
  page,
}) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await goTo(cluster, 4_000_000);
  expect(await placeOf(cluster, 1, 3)).toBeUndefined();
  expect(await pin(cluster)).toBeUndefined();
  const { last, first } = await call(cluster, (element) => element.controller.logsInSight);
  const { x, y } = await see(cluster, 2, Math.min(last, first + 5));

  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 150, y, { steps: 8 });
  await page.mouse.up();
  const pulled = await pin(cluster);
  expect(pulled).toBeLessThan(first);
  // To pull is not to click.
  await expect(cluster.locator("raft-action-menu")).toHaveCount(0);

  await page.mouse.wheel(0, -400);
  await expect.poll(() => pin(cluster)).toBeLessThan(pulled ?? 0);
  // Each press goes on from what the last frame showed: on a busy machine several may find one frame.
  await expect(async () => {
    await page.keyboard.press("o");
    expect(await pin(cluster)).toBe(1);
  }).toPass();
  await see(cluster, 1, 3);
  // Time goes on, and they stay.
  await goTo(cluster, 6_000_000);
  await see(cluster, 1, 3);
  await page.keyboard.press("n");
  await expect.poll(() => pin(cluster)).toBeGreaterThan(1);
  await cluster.getByRole("button", { name: "Let the logs follow" }).click();
  await expect.poll(() => pin(cluster)).toBeUndefined();
  await expect.poll(() => placeOf(cluster, 1, 3)).toBeUndefined();
});

test("A3: the map shows all of the log, and leads anywhere in it", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await goTo(cluster, 8_000_000);
  const map = await call(cluster, (element) => {
    const stage = element.shadowRoot?.querySelector("raft-stage");
    const box = stage?.getBoundingClientRect();
    const tools = stage?.shadowRoot?.querySelector(".logtools")?.getBoundingClientRect();
    const place = stage?.shadowRoot
      ?.querySelector("raft-stage-a11y")
      ?.place({ kind: "replica", id: 1 });
    return box && tools && place ? { right: tools.x - 8, y: tools.y + tools.height / 2 } : null;
  });
  if (!map) {
    throw new Error("there is no map");
  }
  await page.mouse.click(map.right - 200, map.y);
  await expect.poll(() => pin(cluster)).toBeGreaterThan(0);
  const middle = await pin(cluster);
  await page.mouse.click(map.right - 4, map.y);
  await expect.poll(() => pin(cluster)).toBeGreaterThan(middle ?? 0);
});

test("A3: entries are made narrower and wider, and no text is too small", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await goTo(cluster, 4_000_000);
  const columns = () => call(cluster, (element) => element.controller.logsInSight.columns);
  const before = await columns();
  for (let presses = 0; presses < 4; presses += 1) {
    await page.keyboard.press("(");
  }
  await expect.poll(columns).toBeGreaterThan(before * 1.5);
  const sizes = await call(cluster, async (element) => {
    const stage = element.shadowRoot?.querySelector("raft-stage");
    const canvas = stage?.shadowRoot?.querySelector<HTMLCanvasElement>("canvas.back");
    const ctx = canvas?.getContext("2d");
    const found: number[] = [];
    if (ctx) {
      const { fillText } = ctx;
      ctx.fillText = (...text: [string, number, number]) => {
        found.push(Number(/([\d.]+)px/.exec(ctx.font)?.[1] ?? 0));
        fillText.apply(ctx, text);
      };
      element.refreshTheme();
      element.controller.redraw();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    return found;
  });
  expect(sizes.length).toBeGreaterThan(10);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(10);
  for (let presses = 0; presses < 8; presses += 1) {
    await page.keyboard.press(")");
  }
  await expect.poll(columns).toBeLessThan(before);
});

test("A3: window and chosen entry survive a reload", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await goTo(cluster, 4_000_000);
  await call(cluster, (element) => {
    element.controller.pinLogs(5);
    element.controller.zoomLogs(1.5);
    element.inspect({ kind: "entry", replica: 2, index: 6 });
  });
  await page.waitForTimeout(1200);
  await page.reload();
  const again = page.locator("raft-cluster");
  await expect.poll(() => pin(again)).toBe(5);
  expect(await call(again, (element) => element.controller.state.logs.zoom)).toBe(1.5);
  expect(await call(again, (element) => element.inspected)).toEqual({
    kind: "entry",
    replica: 2,
    index: 6,
  });
});

test("B17: an entry says what it holds and who has it, by mouse, keyboard and click", async ({
  page,
}) => {
  const cluster = await openPage(page, "?scenario=diverging-log");
  await goTo(cluster, 2_400_000);
  const { x, y } = await see(cluster, 1, 21);
  await page.mouse.move(x, y);
  const tooltip = cluster.locator(".tooltip");
  await expect(tooltip).toContainText("Index 21, term 1: put");
  await expect(tooltip).toContainText("R1 has it; R2, R3, R4 and R5 have another there.");
  await expect(tooltip).toContainText("Nobody knows it to be committed.");

  // A click shows the entry, and no menu.
  await page.mouse.click(x, y);
  await expect(cluster.locator("raft-action-menu")).toHaveCount(0);
  await expect(cluster.locator("raft-inspector")).toContainText("Entry 21 of R1");
  await expect(cluster.locator("raft-inspector")).toContainText("R1 has it");

  await page.mouse.move(5, 5);
  await cluster
    .locator("raft-stage-a11y")
    .getByRole("button", { name: /^Entry 20 of R1, / })
    .focus();
  await page.keyboard.press("ArrowRight");
  await expect(
    cluster.locator("raft-stage-a11y").getByRole("button", { name: "Entry 21 of R1, term 1" }),
  ).toBeFocused();
  await expect(tooltip).toContainText("Index 21, term 1");
});

test("B17: next and match index, the commit index and what is applied can be told apart", async ({
  page,
}) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await goTo(cluster, 900_000);
  const followers = await call(cluster, (element) => {
    const { leader = 0 } = element.snapshot?.view ?? {};
    return element.simulation?.replica(leader, 0).followers ?? [];
  });
  expect(followers.length).toBe(4);
  for (const { id, match_index } of followers) {
    // A dot in the ink's colour, below the entry and to its right.
    const dark = await cluster.evaluate(
      (element, { id, index }) => {
        const stage = (element as HTMLElement).shadowRoot?.querySelector("raft-stage");
        const twin = stage?.shadowRoot?.querySelector("raft-stage-a11y");
        const canvas = stage?.shadowRoot?.querySelector<HTMLCanvasElement>("canvas.back");
        const place = twin?.place({ kind: "entry", replica: id, index });
        const ctx = canvas?.getContext("2d");
        if (!place || !canvas || !ctx) {
          return 0;
        }
        const scale = canvas.width / canvas.clientWidth;
        const { data } = ctx.getImageData(
          (place.x + 3) * scale,
          (place.y + place.r + 1) * scale,
          10 * scale,
          9 * scale,
        );
        let found = 0;
        for (let at = 0; at < data.length; at += 4) {
          found += (data[at] ?? 255) < 60 && (data[at + 1] ?? 255) < 60 ? 1 : 0;
        }
        return found;
      },
      { id, index: match_index },
    );
    expect(dark, `R${id}`).toBeGreaterThan(8);
  }
});
