/** The address and links: what one did is in them, whole. */
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { call, expect, leaderOf, openPage, ready, speedUp, test, view } from "./cluster.js";

const stateOf = (cluster: Locator) =>
  call(cluster, (element) => ({
    digest: element.simulation?.digest(),
    events: element.simulation?.events,
    tree: element.simulation
      ?.branches()
      .branches.map(({ name, parent, end }) => ({ name, parent, end })),
    shown: element.simulation?.branches().shown,
  }));

/** A paused world with two branches. */
async function play(page: Page): Promise<Locator> {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await speedUp(cluster, 3);
  await leaderOf(cluster);
  await call(cluster, (element) => {
    element.pause();
    element.apply({ crash: { replica: 2 } });
    element.goTo(element.snapshot ? element.snapshot.view.events - 40 : 0);
  });
  await expect
    .poll(() => call(cluster, (element) => element.controller.state.seeking))
    .toBe(undefined);
  await call(cluster, (element) => {
    element.apply({ crash: { replica: 3 } });
    element.controller.time.rename(1, "other");
  });
  await expect.poll(() => call(cluster, (element) => element.playing)).toBe(false);
  return cluster;
}

async function settled(page: Page): Promise<void> {
  let before = "";
  await expect(async () => {
    const now = page.url();
    const same = now === before && now.includes("#run.");
    before = now;
    await page.waitForTimeout(600);
    expect(same).toBe(true);
  }).toPass();
}

/** A link as an older version made it: in this one the world goes another way after the crash of R4. */
const MADE_BY_ANOTHER_VERSION =
  "#run.1.AUkAtv8CAwUMbGVhZGVyLWNyYXNoBpDJlMcMCgcNISAJCAcCkAMEwM8kCwQBCOkADQUBEWVlIA8EAwYCDBEBOQ8MCwSQAwbAzyQJAokG.0a6ec2";

test("a copied link shows another browser the same state, digest and tree", async ({
  page,
  browser,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const cluster = await play(page);
  await cluster.getByRole("button", { name: "Copy link" }).click();
  await expect(cluster.getByText("The link is on the clipboard.")).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(new URL(link).hash.length).toBeLessThan(1000);

  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await other.goto(link);
  const theirs = other.locator("raft-cluster");
  await ready(theirs);
  await expect.poll(() => stateOf(theirs)).toEqual(await stateOf(cluster));
  await expect(theirs.getByRole("treeitem", { name: /other/ })).toBeVisible();
  await elsewhere.close();
});

test("reload, back and forward lose no branch", async ({ page }) => {
  const cluster = await play(page);
  await settled(page);
  const first = await stateOf(cluster);
  expect(first.tree).toHaveLength(2);
  await page.reload();
  await ready(cluster);
  await expect.poll(() => stateOf(cluster)).toEqual(first);

  await cluster.getByRole("combobox", { name: "Scenario" }).selectOption("bridge");
  await call(cluster, (element) => element.pause());
  await settled(page);
  const second = await stateOf(cluster);
  expect(second.tree).toHaveLength(1);
  await page.goBack();
  await expect.poll(() => stateOf(cluster)).toEqual(first);
  await page.goForward();
  await expect.poll(() => stateOf(cluster)).toEqual(second);
});

test("a reload comes back to the moment of a run that was only watched", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=first-election");
  await leaderOf(cluster);
  await call(cluster, (element) => element.pause());
  await settled(page);
  const before = await stateOf(cluster);
  expect(before.events).toBeGreaterThan(0);
  await page.reload();
  await ready(cluster);
  await expect.poll(() => stateOf(cluster)).toEqual(before);
  await expect.poll(() => call(cluster, (element) => element.playing)).toBe(false);
});

test("a link that another version made opens, and says where it goes differently", async ({
  page,
}) => {
  const cluster = await openPage(page, MADE_BY_ANOTHER_VERSION);
  await expect(
    cluster.getByText("Made by another version; it goes differently from 0.284 s on."),
  ).toBeVisible();
  // It was played up to there, and plays on.
  await expect.poll(async () => (await view(cluster)).events).toBeGreaterThanOrEqual(400);
  expect((await view(cluster)).replicas.find(({ id }) => id === 4)?.status).toBe("crashed");
});

test("what the address can't hold is said, and leaving asks first", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await call(cluster, (element) => {
    element.pause();
    // Values that do not shrink: each is as likely as any other.
    for (let n = 0; n < 40; n += 1) {
      const value = Array.from({ length: 400 }, () =>
        String.fromCharCode(33 + Math.floor(Math.random() * 90)),
      ).join("");
      element.apply({ request: { client: 1, operation: { put: { key: `k${n}`, value } } } });
    }
  });
  await expect(
    cluster.getByText("The address can't hold all that was done any more"),
  ).toBeVisible();
  // The browser asks only somebody who has touched the page.
  await cluster.getByRole("button", { name: "Zoom in" }).click();
  const asked = new Promise<string>((resolve) => {
    page.on("dialog", (dialog) => {
      resolve(dialog.type());
      void dialog.accept();
    });
  });
  await page.close({ runBeforeUnload: true });
  expect(await asked).toBe("beforeunload");
});

test("hostile links are refused with a sentence, and the page goes on", async ({ page }) => {
  const cluster = await openPage(page);
  const before = await call(cluster, (element) => element.simulation?.scenario().title);
  for (const fragment of [
    "#run.1.",
    "#run.99.AAAA.000000",
    "#run.1.%00%ff.123456",
    `#run.1.${"A".repeat(200_000)}.000000`,
    "#run.1.<script>alert(1)</script>.000000",
    // Its checksum is right, its bytes are not.
    `${MADE_BY_ANOTHER_VERSION.slice(0, 40)}${MADE_BY_ANOTHER_VERSION.slice(41)}`,
  ]) {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, fragment);
    await expect(cluster.getByRole("alert")).toContainText(/link/i);
    expect(await call(cluster, (element) => element.simulation?.scenario().title)).toBe(before);
    await cluster.getByRole("alert").getByRole("button").last().click();
    await expect(cluster.getByRole("alert")).toHaveCount(0);
  }
  const { events } = await view(cluster);
  await expect.poll(async () => (await view(cluster)).events).toBeGreaterThan(events);
});

test("where the clipboard is denied, the link is there to be copied by hand", async ({ page }) => {
  const cluster = await play(page);
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true });
  });
  await cluster.getByRole("button", { name: "Copy link" }).click();
  const field = cluster.getByRole("textbox", { name: "Link" });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue(/#run\./);
  expect(
    await field.evaluate((input) => {
      const { selectionStart, selectionEnd, value } = input as HTMLInputElement;
      return selectionStart === 0 && selectionEnd === value.length;
    }),
  ).toBe(true);
});

test("another scenario is a step of the history, and its link opens it", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await settled(page);
  await cluster.getByRole("combobox", { name: "Scenario" }).selectOption("bridge");
  await call(cluster, (element) => element.pause());
  await settled(page);
  const title = () => call(cluster, (element) => element.simulation?.scenario().title);
  const bridge = await title();
  const { hash } = new URL(page.url());
  await page.goBack();
  await expect.poll(title).not.toBe(bridge);
  await page.goForward();
  await expect.poll(title).toBe(bridge);

  // The fragment wins over what else the address says.
  await page.goto("about:blank");
  await page.goto(`./?scenario=leader-crash${hash}`);
  await ready(cluster);
  expect(await title()).toBe(bridge);
});

test("a damaged link is told, and left in the address to be mended", async ({ page }) => {
  const cluster = await openPage(page);
  await call(cluster, (element) => element.pause());
  await settled(page);
  const damaged = new URL(page.url()).hash.slice(0, -9);
  await page.goto("about:blank");
  await page.goto(`./${damaged}`);
  await ready(cluster);
  await expect(cluster.getByRole("alert")).toContainText(/link/i);
  await page.waitForTimeout(2000);
  expect(new URL(page.url()).hash).toBe(damaged);
});

test("a saved file is opened with its branches", async ({ page }) => {
  const cluster = await play(page);
  const state = await stateOf(cluster);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    cluster.getByRole("button", { name: "Save", exact: true }).click(),
  ]);
  await cluster.getByRole("combobox", { name: "Scenario" }).selectOption("bridge");
  await expect.poll(async () => (await stateOf(cluster)).tree?.length).toBe(1);
  await cluster.locator("input[type=file]").setInputFiles(await download.path());
  await expect.poll(() => stateOf(cluster)).toEqual(state);
});

test("a saved file is opened by dropping it on the page", async ({ page }) => {
  const cluster = await play(page);
  const state = await stateOf(cluster);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    cluster.getByRole("button", { name: "Save", exact: true }).click(),
  ]);
  const text = await readFile(await download.path(), "utf8");
  await cluster.getByRole("combobox", { name: "Scenario" }).selectOption("bridge");
  await expect.poll(async () => (await stateOf(cluster)).tree?.length).toBe(1);
  await cluster.evaluate((element, text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], "world.json", { type: "application/json" }));
    element.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, composed: true }));
  }, text);
  await expect.poll(() => stateOf(cluster)).toEqual(state);
});

test("an element within another page leaves its address alone", async ({ page }) => {
  const cluster = await openPage(page);
  // The page's own cluster is gone: what is left is a host with an element.
  await page.evaluate(() => {
    document.querySelector("raft-cluster")?.remove();
    history.replaceState(null, "", "#mine");
    document.querySelector("main")?.append(document.createElement("raft-cluster"));
  });
  await ready(cluster);
  await call(cluster, (element) => element.apply({ crash: { replica: 1 } }));
  await page.waitForTimeout(2500);
  expect(new URL(page.url()).hash).toBe("#mine");
  expect((await view(cluster)).events).toBeGreaterThan(0);
});

test("diagram and told events survive a link and a reload", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await call(cluster, (element) => element.pause());
  await cluster.getByRole("button", { name: "Both", exact: true }).click();
  await cluster.getByRole("checkbox", { name: "everything" }).check();
  const narration = cluster.locator("raft-narration");
  const at = narration.getByRole("combobox").first();
  const sort = narration.getByRole("combobox").last();
  await at.selectOption("R3");
  await sort.selectOption("messages");
  await cluster.getByPlaceholder("a key, a kind").fill("vote");
  await settled(page);
  await page.reload();
  await ready(cluster);
  await expect(cluster.getByRole("button", { name: "Both", exact: true })).toHaveAttribute(
    "aria-pressed",
    "true",
  );
  await expect(cluster.getByRole("checkbox", { name: "everything" })).toBeChecked();
  await expect(at).toHaveValue("3");
  await expect(sort).toHaveValue("messages");
  await expect(cluster.getByPlaceholder("a key, a kind")).toHaveValue("vote");
});
