/** What a person's hands and eyes meet: keys, menus, signs on the stage, a phone. */
import type { Locator, Page } from "@playwright/test";
import {
  call,
  clickOnStage,
  expect,
  leaderOf,
  openPage,
  replica,
  speedUp,
  test,
  view,
} from "./cluster.js";

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

async function boxOf(locator: Locator): Promise<Box> {
  const box = await locator.boundingBox();
  if (!box) {
    throw new Error("it is not on the page");
  }
  return box;
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** To a moment, and there. */
async function goTo(cluster: Locator, us: number): Promise<void> {
  await cluster.evaluate(async (element, us) => {
    const { controller } = element as import("../src/element/raft-cluster.js").RaftCluster;
    controller.pause();
    controller.time.seek({ to: { time_us: us } });
    do {
      await new Promise(requestAnimationFrame);
    } while (controller.state.seeking);
  }, us);
}

/** How many pixels of the canvas in front are of about this colour, around a replica. */
function pixelsAround(cluster: Locator, id: number, above: boolean, colour: number[]) {
  return cluster.evaluate(
    (element, { id, above, colour }) => {
      const stage = (element as HTMLElement).shadowRoot?.querySelector("raft-stage");
      const canvas = stage?.shadowRoot?.querySelector<HTMLCanvasElement>("canvas.front");
      const twin = stage?.shadowRoot?.querySelector("raft-stage-a11y");
      const place = twin?.place({ kind: "replica", id });
      const ctx = canvas?.getContext("2d");
      if (!canvas || !ctx || !place) {
        return -1;
      }
      const scale = canvas.width / canvas.clientWidth;
      const { x, y, r } = place;
      // The place of the pills, above the rim; or that of the words, across the lower rim.
      const [top, height] = above ? [y - r - 14, 18] : [y + r - 10, 24];
      const data = ctx.getImageData(
        Math.round((x + 0.35 * r - 26) * scale),
        Math.round(top * scale),
        Math.round(52 * scale),
        Math.round(height * scale),
      ).data;
      let found = 0;
      for (let at = 0; at < data.length; at += 4) {
        const near = colour.every((part, place) => Math.abs((data[at + place] ?? 0) - part) < 40);
        found += near && (data[at + 3] ?? 0) > 200 ? 1 : 0;
      }
      return found;
    },
    { id, above, colour },
  );
}

test("B15: the keys work wherever no field has the focus, and the page stays where it is", async ({
  page,
}) => {
  const cluster = await openPage(page);
  await page.keyboard.press("Space");
  await expect(cluster.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  expect(await page.evaluate(() => scrollY)).toBe(0);
  const { events } = await view(cluster);
  await page.keyboard.press(".");
  await expect.poll(async () => (await view(cluster)).events).toBe(events + 1);
  await page.keyboard.press("+");
  expect(await call(cluster, (element) => element.speed)).toBe(1 / 5);
  await page.keyboard.press("ArrowRight");
  await expect(cluster.locator("raft-stage-a11y button:focus")).toHaveCount(1);

  // In a field they are letters.
  const key = cluster.getByLabel("key", { exact: true });
  await key.fill("");
  await key.press("Space");
  await key.press("h");
  await expect(key).toHaveValue(" h");
  expect(await call(cluster, (element) => element.playing)).toBe(false);
  // A button has a use of its own for the space bar.
  await cluster.getByRole("tab", { name: "Legend" }).focus();
  await page.keyboard.press("Space");
  expect(await call(cluster, (element) => element.playing)).toBe(false);
  await page.locator("body").evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press("?");
  await expect(cluster.getByRole("dialog", { name: "What you can do" })).toBeVisible();
});

test("B16: the menu is grouped, says what a line does, and is not over what it is about", async ({
  page,
}) => {
  const cluster = await openPage(page);
  await speedUp(cluster);
  await leaderOf(cluster);
  await call(cluster, (element) => element.pause());
  const menu = cluster.locator("raft-action-menu");
  for (const [width, height] of [
    [1280, 800],
    [360, 740],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (let id = 1; id <= 5; id += 1) {
      await clickOnStage(cluster, id);
      await expect(menu).toBeVisible();
      expect(overlap(await boxOf(menu), await boxOf(replica(cluster, id))), `R${id}`).toBe(false);
      await page.keyboard.press("Escape");
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await clickOnStage(cluster, 2);
  await expect(menu.getByRole("group")).toHaveCount(5);
  await expect(
    menu.getByText("Its memory is gone; what its disk has written stays."),
  ).toBeVisible();
  await menu.getByRole("menuitem", { name: "Cut off" }).hover();
  await expect(menu.getByText(/Nothing reaches it from the other replicas/)).toBeVisible();

  // It closes when one looks elsewhere.
  await cluster.getByRole("tab", { name: "Table" }).click();
  await expect(menu).toHaveCount(0);
  await clickOnStage(cluster, 2);
  await expect(menu).toHaveCount(1);
  await page.getByRole("heading", { name: "Raftarium" }).click();
  await expect(menu).toHaveCount(0);
});

test("B4: the stamp of a stale read leaves the lease in sight", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=stale-lease");
  await goTo(cluster, 2_520_000);
  const red = [196, 22, 42];
  expect(await pixelsAround(cluster, 1, false, red)).toBeGreaterThan(100);
  // The plate is whole: white, with dark letters, and nothing red over it.
  expect(await pixelsAround(cluster, 1, true, [255, 255, 255])).toBeGreaterThan(200);
  expect(await pixelsAround(cluster, 1, true, [22, 27, 34])).toBeGreaterThan(40);
});

test("B12: after a stop the next scenario plays; one that is paused says so", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=commits-older-term");
  await speedUp(cluster, 10);
  await expect.poll(() => call(cluster, (element) => element.playing)).toBe(false);
  await cluster.getByRole("button", { name: "Play", exact: true }).click();
  await expect(cluster.getByText(/The world has stopped at a broken property/)).toBeVisible();
  await cluster.locator("raft-scenario-bar select").selectOption({ label: "The bridge" });
  await expect(cluster.getByRole("button", { name: "Pause" })).toBeVisible();

  await page.keyboard.press("Escape");
  await cluster.getByRole("button", { name: "Pause" }).click();
  await cluster.locator("raft-scenario-bar select").selectOption({ label: "A split vote" });
  await expect(cluster.getByText("Paused at its start: press play.")).toBeVisible();
});

test("B19: of a large store all keys are counted, and what differs is seen to", async ({
  page,
}) => {
  const scenario = {
    replicas: 3,
    seed: 4,
    workload: { clients: 8, operations_per_second: 400, reads: 0, keys: 300 },
  };
  const cluster = await openPage(page, `?scenario=${encodeURIComponent(JSON.stringify(scenario))}`);
  await goTo(cluster, 2_500_000);
  const { replicas } = await view(cluster);
  const most = Math.max(...replicas.map(({ keys }) => keys));
  expect(most).toBeGreaterThan(100);
  const texts = await textsOf(cluster);
  const [left] = texts.filter((text) => /^\+\d+$/.test(text)).map(Number);
  const shown = texts.filter((text) => /^k\d+$/.test(text)).length;
  expect(left).toBe(most - shown);
});

test("B21: a client that has not asked does not say that nobody leads", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await goTo(cluster, 900_000);
  const texts = await textsOf(cluster, "front");
  expect(texts.join(" ")).not.toContain("no leader");
  expect(texts.some((text) => text.startsWith("not asked"))).toBe(true);
});

test("C11: the links can be seen", async ({ page }) => {
  const cluster = await openPage(page);
  await call(cluster, (element) => element.pause());
  for (const theme of ["light", "dark"]) {
    await page.getByLabel("Theme").selectOption(theme);
    const ratio = await cluster.evaluate(async (element) => {
      for (let frames = 0; frames < 3; frames += 1) {
        await new Promise(requestAnimationFrame);
      }
      const stage = (element as HTMLElement).shadowRoot?.querySelector("raft-stage");
      const canvas = stage?.shadowRoot?.querySelector<HTMLCanvasElement>("canvas.back");
      const twin = stage?.shadowRoot?.querySelector("raft-stage-a11y");
      const place = twin?.place({ kind: "link", from: 1, to: 2 });
      const ctx = canvas?.getContext("2d");
      if (!canvas || !ctx || !place) {
        return 0;
      }
      const scale = canvas.width / canvas.clientWidth;
      const { data } = ctx.getImageData((place.x - 6) * scale, (place.y - 6) * scale, 12, 12);
      const luminance = (at: number) => {
        const [r = 0, g = 0, b = 0] = [0, 1, 2].map((part) => {
          const share = (data[at + part] ?? 0) / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const all = Array.from({ length: data.length / 4 }, (_, at) => luminance(4 * at));
      return (Math.max(...all) + 0.05) / (Math.min(...all) + 0.05);
    });
    // The line is a pixel wide and oblique: what it is blended with takes some of its contrast.
    expect(ratio, theme).toBeGreaterThan(1.9);
  }
});

test("C12: the second copy of a message is told as one", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=replicated-put");
  await goTo(cluster, 620_000);
  await call(cluster, (element) => {
    const [id = 0] = element.simulation?.messages() ?? [];
    element.attempt({ duplicate: { message: id } });
  });
  await expect(
    cluster.locator("raft-stage-a11y").getByRole("button", { name: /second copy/ }),
  ).toHaveCount(1);
});

test("C10: where the system forces its colours, the stage has them too", async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  const cluster = await openPage(page);
  await leaderOf(cluster);
  const same = await cluster.evaluate((element) => {
    const stage = (element as HTMLElement).shadowRoot?.querySelector("raft-stage");
    const canvas = stage?.shadowRoot?.querySelector<HTMLCanvasElement>("canvas.back");
    const ctx = canvas?.getContext("2d");
    const probe = document.createElement("canvas").getContext("2d");
    if (!ctx || !probe) {
      return false;
    }
    probe.fillStyle = "Canvas";
    probe.fillRect(0, 0, 1, 1);
    const wanted = probe.getImageData(0, 0, 1, 1).data.join();
    return ctx.getImageData(2, 2, 1, 1).data.join() === wanted;
  });
  expect(same).toBe(true);
  const edge = await cluster
    .getByRole("tab", { selected: true })
    .evaluate((tab) => getComputedStyle(tab).borderBlockEndWidth);
  expect(edge).toBe("4px");
});

test("C14: what is done is told in plain sentences", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=diverging-log");
  await goTo(cluster, 200_000);
  const told = cluster.locator("raft-narration");
  await expect(
    told.getByRole("listitem").getByText("R1's election timer runs out before its time."),
  ).toBeVisible();
  await expect(told).not.toContainText(/by hand|is to be|You believe/);
});

test("C15: what one sees is explained before the course's table", async ({ page }) => {
  await openPage(page);
  const what = await boxOf(page.getByRole("heading", { name: "What am I looking at?" }));
  const course = await boxOf(page.getByRole("heading", { name: "The course's test files" }));
  expect(what.y).toBeLessThan(course.y);
});

test("C16: with less motion it says why it is paused, and goes on in still pictures", async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const cluster = await openPage(page);
  await expect(cluster.getByText(/since your system asks for less motion/)).toBeVisible();
  await cluster.getByRole("button", { name: "Play", exact: true }).click();
  const pictures = await cluster.evaluate(async (element) => {
    const stage = (element as HTMLElement).shadowRoot?.querySelector("raft-stage");
    const canvas = stage?.shadowRoot?.querySelector<HTMLCanvasElement>("canvas.front");
    const seen = new Set<string>();
    const endMs = performance.now() + 1500;
    while (canvas && performance.now() < endMs) {
      await new Promise(requestAnimationFrame);
      seen.add(canvas.toDataURL());
    }
    return seen.size;
  });
  expect(pictures).toBeLessThanOrEqual(5);
  expect(pictures).toBeGreaterThan(1);
});

test("C17: the status line does not speak of a moment that is gone", async ({ page }) => {
  const cluster = await openPage(page);
  await goTo(cluster, 300_000);
  const status = cluster.locator("p.status");
  await expect(status).toHaveText(/^At 0\.300 s/);
  await call(cluster, (element) => element.play());
  await expect(status).toHaveText("");
});

test("on a phone the stage, play and the story are in sight together", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const cluster = await openPage(page, "?scenario=leader-crash");
  const now = cluster.locator("raft-now");
  const play = cluster.getByRole("button", { name: "Pause" });
  const parts = await Promise.all([cluster.locator("raft-stage"), now, play].map(boxOf));
  for (const { y, height } of parts) {
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y + height).toBeLessThanOrEqual(740);
  }
  expect(parts[0]?.height).toBeGreaterThan(300);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
});

test("with a tree of branches the client's form stays in sight", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  for (const id of [1, 2, 3, 4]) {
    await goTo(cluster, 500_000 - id * 1000);
    await cluster.evaluate((element, id) => {
      (element as import("../src/element/raft-cluster.js").RaftCluster).attempt({
        pause: { replica: id },
      });
    }, id);
  }
  await expect(cluster.locator("raft-branches")).toBeVisible();
  const send = await boxOf(cluster.getByRole("button", { name: "Send" }));
  expect(send.y + send.height).toBeLessThanOrEqual(800);
});

test("touch targets on the page are 24 pixels at least", async ({ page }) => {
  const cluster = await openPage(page);
  await leaderOf(cluster);
  const small: string[] = [];
  for (const tab of ["Story", "Inspect", "Table", "Settings", "Legend"]) {
    await cluster.getByRole("tab", { name: tab }).click();
    small.push(...(await tooSmall(page)));
  }
  expect(small).toEqual([]);
});

function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const walk = (root: Document | ShadowRoot) => {
      for (const element of root.querySelectorAll("*")) {
        if (element.shadowRoot) {
          walk(element.shadowRoot);
        }
        if (
          element.localName !== "raft-stage-a11y" &&
          element.matches("button, select, input:not(.unseen, [type=checkbox], [type=radio])") &&
          !(root instanceof ShadowRoot && root.host.localName === "raft-stage-a11y")
        ) {
          const { width, height } = element.getBoundingClientRect();
          if (width > 0 && (width < 24 || height < 24)) {
            found.push(`${element.localName} ${element.textContent?.trim()}: ${width} × ${height}`);
          }
        }
      }
    };
    walk(document);
    return found;
  });
}

/** The texts that the next picture is made of, as they are written on a canvas. */
function textsOf(cluster: Locator, which: "back" | "front" = "back"): Promise<string[]> {
  return cluster.evaluate(async (element, which) => {
    const { controller } = element as import("../src/element/raft-cluster.js").RaftCluster;
    const stage = (element as HTMLElement).shadowRoot?.querySelector("raft-stage");
    const canvas = stage?.shadowRoot?.querySelector<HTMLCanvasElement>(`canvas.${which}`);
    const ctx = canvas?.getContext("2d");
    const texts: string[] = [];
    if (ctx) {
      const { fillText } = ctx;
      ctx.fillText = (text: string, ...rest: [number, number]) => {
        texts.push(text);
        fillText.call(ctx, text, ...rest);
      };
      controller.refreshTheme();
      controller.redraw();
      for (let frames = 0; frames < 3; frames += 1) {
        await new Promise(requestAnimationFrame);
      }
    }
    return texts;
  }, which);
}

test("B20: in a crowd heaps are told as one, lines pass replicas by, and numbers have room", async ({
  page,
}) => {
  const busy = {
    replicas: 21,
    seed: 3,
    workload: { clients: 8, operations_per_second: 500, reads: 0, keys: 20 },
  };
  const cluster = await openPage(page, `?scenario=${encodeURIComponent(JSON.stringify(busy))}`);
  await goTo(cluster, 1_500_000);
  const flying = await call(
    cluster,
    (element) => (element.simulation?.messages().length ?? 0) / 11,
  );
  expect(flying).toBeGreaterThan(60);
  const heaps = (await textsOf(cluster, "front")).filter((text) => /^×\d+$/.test(text));
  expect(heaps.length).toBeGreaterThan(0);

  await page.goto(`./?scenario=${encodeURIComponent(JSON.stringify({ ...busy, replicas: 51 }))}`);
  await expect.poll(() => call(cluster, (element) => element.snapshot !== undefined)).toBe(true);
  await goTo(cluster, 1_500_000);
  const overlaps = await cluster.evaluate(async (element) => {
    const { controller } = element as import("../src/element/raft-cluster.js").RaftCluster;
    const stage = (element as HTMLElement).shadowRoot?.querySelector("raft-stage");
    const ctx = stage?.shadowRoot
      ?.querySelector<HTMLCanvasElement>("canvas.back")
      ?.getContext("2d");
    const boxes: { text: string; from: number; to: number; y: number }[] = [];
    if (ctx) {
      const { fillText } = ctx;
      ctx.fillText = (text: string, x: number, y: number, ...rest: number[]) => {
        const { width } = ctx.measureText(text);
        const from = ctx.textAlign === "center" ? x - width / 2 : x;
        boxes.push({ text, from, to: from + width, y });
        fillText.call(ctx, text, x, y, ...rest);
      };
      controller.refreshTheme();
      controller.redraw();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const numbers = boxes.filter(({ text }) => /^\d+$/.test(text));
    return numbers.flatMap((one, at) =>
      numbers
        .slice(at + 1)
        .filter(
          (other) => Math.abs(other.y - one.y) < 4 && other.from < one.to && one.from < other.to,
        )
        .map((other) => `${one.text} over ${other.text}`),
    );
  });
  expect(overlaps).toEqual([]);
});
