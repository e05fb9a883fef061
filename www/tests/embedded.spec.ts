/** The element in pages that were not made for it: their styles, their policies, their scales. */
import type { Locator, Page } from "@playwright/test";
import { planStage } from "../src/stage/paint/layout.js";
import { logRow } from "../src/stage/paint/logs/grid.js";
import { call, choose, clickOnStage, expect, openPage, ready, test, view } from "./cluster.js";

/** Another body for the page; the element is known there. */
async function host(page: Page, body: string, head = ""): Promise<Locator> {
  await openPage(page);
  await page.evaluate(
    ({ body, head }) => {
      document.querySelector("raft-cluster")?.remove();
      document.head.querySelector("link[rel=stylesheet]")?.remove();
      document.head.insertAdjacentHTML("beforeend", head);
      document.body.innerHTML = body;
    },
    { body, head },
  );
  const cluster = page.locator("raft-cluster").first();
  await ready(cluster);
  return cluster;
}

/** The sizes of all text in the element, the canvas apart. */
function textSizes(cluster: Locator): Promise<number[]> {
  return call(cluster, (element) => {
    const sizes = new Set<number>();
    const look = (root: ParentNode) => {
      for (const each of root.querySelectorAll<HTMLElement>("*")) {
        const text = [...each.childNodes].some(
          (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
        );
        if (text && each.checkVisibility()) {
          sizes.add(Number.parseFloat(getComputedStyle(each).fontSize));
        }
        if (each.shadowRoot) {
          look(each.shadowRoot);
        }
      }
    };
    look(element.renderRoot as ShadowRoot);
    return [...sizes].sort((a, b) => a - b);
  });
}

test("a root of 62.5 % leaves the sizes as they are, and the host's font size changes them", async ({
  page,
}) => {
  const cluster = await host(
    page,
    `<main style="width: 750px"><raft-cluster paused></raft-cluster></main>`,
    "<style>:root { font-size: 62.5% }</style>",
  );
  const usual = await textSizes(cluster);
  expect(usual[0]).toBeGreaterThanOrEqual(10);
  expect(usual).toContain(14);
  await cluster.evaluate((element) => {
    element.style.fontSize = "24px";
  });
  expect(Math.max(...(await textSizes(cluster)))).toBeGreaterThan(20);
  await cluster.evaluate((element) => {
    element.style.fontSize = "6px";
  });
  expect((await textSizes(cluster))[0]).toBeGreaterThanOrEqual(10);
});

for (const width of [320, 360, 750, 1100, 2560]) {
  for (const controls of ["all", "none"]) {
    test(`at ${width} pixels the log is there, with ${controls} of the controls`, async ({
      page,
    }) => {
      await page.setViewportSize({ width, height: 900 });
      const cluster = await host(
        page,
        `<raft-cluster scenario="leader-crash" paused controls=${controls}></raft-cluster>`,
        "<style>:root { font-size: 62.5% } body { margin: 0 }</style>",
      );
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide).toBeLessThanOrEqual(width);
      await clickOnRow(cluster, 2);
      await expect(cluster.getByRole("menu")).toBeVisible();
      await expect(cluster.locator("raft-action-menu header")).toContainText("R2");
    });
  }
}

/** Clicks on the name before the row of a replica's log. */
async function clickOnRow(cluster: Locator, id: number): Promise<void> {
  const canvas = cluster.locator("raft-stage canvas.front");
  await canvas.scrollIntoViewIfNeeded();
  const { width, height } = await canvas.evaluate(({ clientWidth, clientHeight }) => ({
    width: clientWidth,
    height: clientHeight,
  }));
  const zoom = Math.max(1, Math.min(1.75, width / 1400, height / 800));
  const { replicas, clients } = await view(cluster);
  const { logs } = planStage(width / zoom, height / zoom, replicas.length, clients.length);
  const row = logs && logRow(logs, id);
  expect(row, `${width} × ${height}`).toBeDefined();
  if (row) {
    const position = { x: (row.x + 10) * zoom, y: (row.y + row.h / 2) * zoom };
    await canvas.click({ position, force: true });
  }
}

test("in 200 pixels of height it keeps to them, and the rest is scrolled", async ({ page }) => {
  const cluster = await host(
    page,
    `<raft-cluster style="height: 200px" controls="play" paused></raft-cluster>`,
  );
  expect((await cluster.boundingBox())?.height).toBe(200);
  await clickOnRow(cluster, 5);
  await expect(cluster.locator("raft-action-menu header")).toContainText("R5");
  await expect(cluster.getByRole("button", { name: "Play" })).toBeVisible();
});

for (const scaled of ["transform: scale(.7)", "transform: scale(1.6)", "zoom: .8", "zoom: 1.5"]) {
  test(`the mouse meets what it points at under ${scaled}`, async ({ page }) => {
    const cluster = await host(
      page,
      `<main style="width: 760px; transform-origin: 0 0; ${scaled}">
        <raft-cluster controls="steps" paused></raft-cluster>
      </main>`,
    );
    for (const id of [1, 3, 4]) {
      await clickOnStage(cluster, id);
      await expect(cluster.locator("raft-action-menu header")).toContainText(`R${id}`);
      await page.keyboard.press("Escape");
    }
    // A press in the middle of the timeline goes to the middle of the run.
    await call(cluster, (element) => {
      element.simulation?.proceedUntil(400_000, 5000);
      element.goTo(0);
    });
    await expect.poll(async () => (await view(cluster)).events).toBe(0);
    await cluster.getByRole("slider", { name: "Virtual time" }).click();
    await expect.poll(async () => (await view(cluster)).now_us).toBeGreaterThan(100_000);
  });
}

test("nothing of the host's text style comes in, and right-to-left stays outside", async ({
  page,
}) => {
  const cluster = await host(
    page,
    `<main dir="rtl" style="text-align: center; letter-spacing: 3px; text-transform: uppercase;
        white-space: pre; cursor: wait; line-height: 3; word-spacing: 1em; font-style: italic">
      <raft-cluster scenario="leader-crash" paused></raft-cluster>
    </main>`,
  );
  const story = cluster.locator("raft-story .steps");
  const style = await story.evaluate((element) => {
    const { textAlign, letterSpacing, textTransform, cursor, direction, fontStyle } =
      getComputedStyle(element);
    return { textAlign, letterSpacing, textTransform, cursor, direction, fontStyle };
  });
  expect(style).toEqual({
    textAlign: "start",
    letterSpacing: "normal",
    textTransform: "none",
    cursor: "auto",
    direction: "ltr",
    fontStyle: "normal",
  });
});

test("under a strict policy it logs nothing, and each thing on the stage has its place", async ({
  page,
}) => {
  await page.route("**/index.html", async (route) => {
    const response = await route.fetch();
    await route.fulfill({
      response,
      headers: {
        ...response.headers(),
        "content-security-policy":
          "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types lit-html; img-src 'self' data:",
      },
    });
  });
  await page.goto("./index.html");
  const cluster = page.locator("raft-cluster");
  await ready(cluster);
  const boxes = await cluster
    .locator("raft-stage-a11y button")
    .evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().width));
  expect(boxes.length).toBeGreaterThan(9);
  expect(Math.min(...boxes)).toBeGreaterThan(4);
  await clickOnStage(cluster, 2);
  await choose(cluster, "Crash");
  await expect.poll(async () => (await view(cluster)).replicas[1]?.status).toBe("crashed");
});

test("parts and controls are graded", async ({ page }) => {
  const cluster = await host(page, "<raft-cluster controls='none' paused></raft-cluster>");
  const there = async () => {
    const names = ["scenario-bar", "timeline", "transport", "client-form", "side-panel"];
    const all = [...names, "story", "narration", "stage"];
    const found = await Promise.all(
      all.map(async (name) => ((await cluster.locator(`raft-${name}`).count()) > 0 ? [name] : [])),
    );
    return found.flat();
  };
  const set = async (controls: string, parts: string | null) => {
    await call(cluster, (element) => element.updateComplete);
    await cluster.evaluate(
      (element, { controls, parts }) => {
        element.setAttribute("controls", controls);
        if (parts === null) {
          element.removeAttribute("parts");
        } else {
          element.setAttribute("parts", parts);
        }
      },
      { controls, parts },
    );
    return call(cluster, (element) => element.updateComplete);
  };
  expect(await there()).toEqual(["stage"]);
  await set("play", null);
  expect(await there()).toEqual(["transport", "stage"]);
  await expect(cluster.getByRole("slider")).toHaveCount(0);
  await set("steps", "ring logs story, form, something-of-later");
  expect(await there()).toEqual(["timeline", "transport", "client-form", "story", "stage"]);
  await set("play", "narration");
  expect(await there()).toEqual(["transport", "narration"]);
  await set("full", null);
  expect(await there()).toEqual([
    "scenario-bar",
    "timeline",
    "transport",
    "client-form",
    "side-panel",
    "story",
    "narration",
    "stage",
  ]);
});

test("logs alone are acted on by their rows", async ({ page }) => {
  const cluster = await host(
    page,
    "<raft-cluster controls='play' parts='logs' paused></raft-cluster>",
  );
  await clickOnStage(cluster, 3);
  await choose(cluster, "Crash");
  await expect.poll(async () => (await view(cluster)).replicas[2]?.status).toBe("crashed");
});

test("a link sets the moment, and the element gives one of what it shows", async ({ page }) => {
  const cluster = await host(
    page,
    `<raft-cluster paused></raft-cluster><raft-cluster id="second"></raft-cluster>`,
  );
  const { link, events } = await call(cluster, async (element) => {
    element.simulation?.proceedUntil(300_000, 9999);
    element.apply({ crash: { replica: 2 } });
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return { link: element.link ?? "", events: element.simulation?.events };
  });
  expect(link).toMatch(/^#run\.1/);
  const second = page.locator("#second");
  await second.scrollIntoViewIfNeeded();
  await second.evaluate((element, link) => element.setAttribute("link", link), link);
  await expect.poll(async () => (await view(second)).replicas[1]?.status).toBe("crashed");
  await expect.poll(async () => (await view(second)).events).toBe(events);
  expect(await call(second, (element) => element.playing)).toBe(false);
});

test("without WebAssembly the reason and the children are shown", async ({ page, complaints }) => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebAssembly"));
  await page.goto("./");
  await page.evaluate(() => {
    document.body.innerHTML = "<raft-cluster><p>Five replicas elect a leader.</p></raft-cluster>";
  });
  const cluster = page.locator("raft-cluster");
  await expect(cluster.getByRole("alert")).toContainText("This browser has no WebAssembly");
  await expect(page.getByText("Five replicas elect a leader.")).toBeVisible();
  await expect(cluster.locator("canvas")).toHaveCount(0);
  complaints.splice(0);
});

test("on paper there are no controls, and children stand for the cluster", async ({ page }) => {
  const cluster = await host(
    page,
    `<raft-cluster paused></raft-cluster>
    <raft-cluster paused id="with"><p>A picture of it.</p></raft-cluster>`,
  );
  await page.locator("#with").scrollIntoViewIfNeeded();
  await expect(page.getByText("A picture of it.")).toBeHidden();
  await page.emulateMedia({ media: "print" });
  await expect(cluster.locator("raft-stage")).toBeVisible();
  await expect(cluster.locator("raft-narration")).toBeVisible();
  for (const name of ["scenario-bar", "transport", "client-form", "timeline"]) {
    await expect(cluster.locator(`raft-${name}`)).toBeHidden();
  }
  await expect(page.getByText("A picture of it.")).toBeVisible();
  await expect(page.locator("#with raft-stage")).toBeHidden();
});

test("long words, addresses and turned text stay within", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 800 });
  const cluster = await host(page, "<raft-cluster paused></raft-cluster>");
  await call(cluster, async (element) => {
    const long = "W".repeat(120);
    element.open({
      title: long,
      story: `https://example.org/${"a".repeat(200)}`,
      actions: [
        {
          at_us: 1000,
          do: {
            request: {
              client: 1,
              operation: { put: { key: "K".repeat(200), value: `\u202e${"V".repeat(400)}` } },
            },
          },
        },
      ],
    } as never);
    element.simulation?.proceedUntil(2_000_000, 90_000);
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  });
  await cluster.getByRole("checkbox", { name: "everything" }).check();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  for (const panel of ["raft-narration", "[role=tabpanel]"]) {
    const over = await cluster
      .locator(panel)
      .evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
    expect(over, panel).toBeLessThanOrEqual(0);
  }
});

test("a value can't turn the sentence that it is in", async ({ page }) => {
  const cluster = await host(page, "<raft-cluster paused></raft-cluster>");
  await call(cluster, (element) => {
    void element.put("k", "\u202edesrever");
    void element.put("k", "שלום");
  });
  const lines = cluster.locator("raft-narration li");
  await expect(lines.filter({ hasText: "⟨U+202E⟩desrever" })).toHaveCount(1);
  await expect(lines.filter({ hasText: "\u2068שלום\u2069" })).toHaveCount(1);
});

test("a hundred that come and go leave nothing behind", async ({ page }) => {
  await host(page, "<main></main><raft-cluster paused></raft-cluster>");
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const left = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    const of = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? 0;
    return { nodes: of("Nodes"), listeners: of("JSEventListeners") };
  };
  const comeAndGo = (times: number) =>
    page.evaluate(async (times) => {
      const main = document.querySelector("main");
      for (let time = 0; time < times; time += 1) {
        const element = document.createElement("raft-cluster");
        const ready = new Promise((resolve) => element.addEventListener("raft-ready", resolve));
        main?.append(element);
        await ready;
        element.remove();
      }
    }, times);
  await comeAndGo(5);
  const before = await left();
  await comeAndGo(100);
  const after = await left();
  // One element alone has some hundreds of nodes.
  expect(after.nodes - before.nodes).toBeLessThan(400);
  expect(after.listeners - before.listeners).toBeLessThan(40);
});

test("taken out and put back it still tells what happened", async ({ page }) => {
  const cluster = await host(page, "<raft-cluster scenario='leader-crash' paused></raft-cluster>");
  await call(cluster, (element) => {
    element.simulation?.proceedUntil(1_500_000, 90_000);
    element.goTo(element.simulation?.events ?? 0);
  });
  const lines = cluster.locator("raft-narration li");
  await expect.poll(() => lines.count()).toBeGreaterThan(2);
  const before = await lines.allTextContents();
  await call(cluster, (element) => {
    const parent = element.parentElement;
    element.remove();
    parent?.append(element);
  });
  await ready(cluster);
  await expect.poll(() => lines.allTextContents()).toEqual(before);
});

test("what was done and what came of it can be kept", async ({ page }) => {
  const cluster = await host(page, "<raft-cluster seed='3' speed='5'></raft-cluster>");
  const told = await call(cluster, async (element) => {
    const kept: unknown[] = [];
    element.addEventListener("raft-activity", ({ detail }) => kept.push(structuredClone(detail)));
    element.play();
    await element.put("x", "1");
    element.attempt({ restart: { replica: 1 } });
    element.apply({ crash: { replica: 1 } });
    return JSON.parse(JSON.stringify(kept));
  });
  expect(told).toMatchObject([
    { by: "host", did: { asked: {} }, cameOfIt: { answered: { answer: "written" } }, seed: 3 },
    { by: "host", did: { acted: { action: { restart: {} } } }, cameOfIt: { refused: {} } },
    {
      did: { acted: { action: { crash: { replica: 1 } } } },
      cameOfIt: { done: {} },
      statement: {
        verb: { id: "http://adlnet.gov/expapi/verbs/interacted" },
        object: { objectType: "Activity" },
        result: { success: true },
      },
    },
  ]);
  expect(told[0].statement).not.toHaveProperty("actor");
  await call(cluster, (element) => {
    const kept: unknown[] = [];
    Object.assign(window, { kept });
    element.addEventListener("raft-activity", ({ detail }) => kept.push(detail));
  });
  await clickOnStage(cluster, 2);
  await choose(cluster, "Crash");
  expect(await page.evaluate(() => (window as unknown as { kept: unknown[] }).kept)).toMatchObject([
    { by: "person", did: { acted: { action: { crash: { replica: 2 } } } } },
  ]);
});

test("of thirty elements those in sight run, and few others keep their memory", async ({
  page,
}) => {
  await host(
    page,
    Array.from(
      { length: 30 },
      (_, place) =>
        `<raft-cluster id="n${place}" controls="none" style="height: 400px" seed="1"></raft-cluster>`,
    ).join(""),
  );
  const alive = () =>
    page.evaluate(() =>
      [...document.querySelectorAll("raft-cluster")].flatMap(({ simulation }, place) =>
        simulation === undefined ? [] : [place],
      ),
    );
  expect((await alive()).length).toBeLessThan(8);
  for (let place = 0; place < 30; place += 1) {
    const element = page.locator(`#n${place}`);
    await element.evaluate((each) => each.scrollIntoView());
    await ready(element);
  }
  const left = await alive();
  expect(left).not.toContain(0);
  expect(left).toContain(29);
  expect(left.length).toBeLessThan(13);
  // Asked, one out of sight comes back; time does not flow there.
  const first = page.locator("#n0");
  await first.evaluate((each) => each.scrollIntoView());
  await ready(first);
  expect((await view(first)).replicas).toHaveLength(5);
});

test("what is set before the element is known is kept", async ({ page }) => {
  await openPage(page);
  const cluster = page.locator("#early");
  await page.evaluate(() => {
    document.body.replaceChildren();
    // A document without a window upgrades nothing: own properties hide the accessors for now.
    const element = document
      .createElement("template")
      .content.ownerDocument.createElement("raft-cluster");
    Object.assign(element, {
      scenario: { replicas: 3 },
      seed: 77,
      speed: 2,
      controls: "play",
      playing: false,
    });
    element.id = "early";
    document.body.append(element);
  });
  await ready(cluster);
  expect(
    await call(cluster, (element) => ({
      seed: element.seed,
      speed: element.speed,
      controls: element.controls,
      playing: element.playing,
      replicas: element.snapshot?.view.replicas.length,
    })),
  ).toEqual({ seed: 77, speed: 2, controls: "play", playing: false, replicas: 3 });
});

test("“Embed this moment” gives what shows this very moment elsewhere", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=replicated-put");
  await call(cluster, async (element) => {
    element.pause();
    element.simulation?.proceedUntil(300_000, 9999);
    element.apply({ crash: { replica: 2 } });
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  });
  await cluster.getByRole("button", { name: "Embed" }).click();
  const dialog = cluster.getByRole("dialog", { name: "Embed this moment" });
  const area = dialog.getByLabel("What to write");
  for (const system of ["Sphinx", "Jupyter", "pandoc", "iframe"]) {
    await dialog.getByLabel("For").selectOption(system);
    await expect(area).toHaveValue(/#run\.1\./);
  }
  await dialog.getByLabel("For").selectOption("HTML");
  const written = await area.inputValue();
  expect(written).toContain("<svg");
  await dialog.getByRole("button", { name: "Close" }).click();
  const { events } = await view(cluster);
  await page.evaluate((written) => {
    document.body.innerHTML = written.replace(/<script.*<\/script>/, "");
  }, written);
  const again = page.locator("raft-cluster");
  await ready(again);
  await expect.poll(async () => (await view(again)).events).toBe(events);
  expect((await view(again)).replicas[1]?.status).toBe("crashed");
  // The picture alone says it too.
  await page.evaluate(() => {
    const svg = document.querySelector("raft-cluster svg");
    document.body.replaceChildren(svg as Node);
  });
  await expect(page.locator("svg")).toContainText("crashed");
});
