// The built site in the Firefox that is installed, which Playwright cannot drive: it needs a
// Firefox patched for it. Puppeteer speaks the standard WebDriver BiDi instead. The page tests
// proper are Playwright's; here stands what must also hold in a second engine.

import assert from "node:assert/strict";
import { env } from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "puppeteer-core";
import { preview } from "vite";
import { anyHost } from "./any-host.mjs";

/** @typedef {import("../src/element/raft-cluster.js").RaftCluster} RaftCluster what the page's tag is */

/** @type {import("vite").PreviewServer} */
let server;
/** @type {import("puppeteer-core").Browser} */
let browser;
/** The address of the site, below a path as it may be anywhere. */
let site = "";

before(async () => {
  assert.ok(env.RAFTARIUM_FIREFOX, "`cargo xtask test page-firefox` sets RAFTARIUM_FIREFOX");
  server = await preview({
    root: fileURLToPath(new URL("..", import.meta.url)),
    base: "/some/sub/path/",
    logLevel: "warn",
    preview: { host: "127.0.0.1", port: 0 },
  });
  site = server.resolvedUrls?.local[0] ?? "";
  browser = await launch({
    browser: "firefox",
    executablePath: env.RAFTARIUM_FIREFOX,
    headless: true,
  });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/**
 * Opens the site in a page of its own, and closes it when `body` is done. The page must log no
 * error, and ask for nothing but what lies in the site.
 *
 * @typedef {import("puppeteer-core").HTTPResponse} Response
 * @param {(page: import("puppeteer-core").Page, responses: Response[]) => Promise<void>} body
 */
async function onThePage(body) {
  const page = await browser.newPage();
  /** @type {Response[]} */
  const responses = [];
  /** @type {string[]} */
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`threw ${error}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`logged ${message.text()}`);
  });
  page.on("requestfailed", (request) => complaints.push(`did not get ${request.url()}`));
  page.on("response", (response) => {
    responses.push(response);
    if (response.status() >= 400) complaints.push(`got ${response.status()} for ${response.url()}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (url.startsWith("http") && !url.startsWith(site)) complaints.push(`went outside to ${url}`);
  });
  try {
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(site);
    await body(page, responses);
  } finally {
    await page.close();
  }
  assert.deepEqual(complaints, []);
}

test("the element comes to life, from the site alone", async () => {
  await onThePage(async (page, responses) => {
    await page.waitForFunction(() => {
      const element = document.querySelector("raft-cluster");
      const fetched = performance.getEntriesByType("resource").map((entry) => entry.name);
      return element?.shadowRoot?.childElementCount && fetched.some((url) => url.endsWith(".wasm"));
    });
    // Only with its own type is wasm compiled while it arrives.
    const wasm = responses.filter((response) => response.url().endsWith(".wasm"));
    assert.deepEqual(
      wasm.map((response) => response.headers()["content-type"]),
      ["application/wasm"],
    );
  });
});

/**
 * Waits for an element inside shadow roots, where Puppeteer's own waiting sees no changes.
 *
 * @param {import("puppeteer-core").Page} page
 * @param {string} selector
 */
async function appears(page, selector) {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await page.$(`>>> ${selector}`);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${selector} never appeared`);
}

test("elects a leader, answers a put that was typed, and survives the leader's crash", async () => {
  await onThePage(async (page) => {
    const click = async (/** @type {string} */ selector) => (await appears(page, selector)).click();
    const type = async (/** @type {string} */ selector, /** @type {string} */ text) => {
      const box = await appears(page, selector);
      await box.click({ count: 3 });
      await box.type(text);
    };
    await page.evaluate(async () => {
      await customElements.whenDefined("raft-cluster");
      const cluster = document.querySelector("raft-cluster");
      if (cluster) cluster.speed = 3;
    });
    const leader = await appears(page, 'raft-stage-a11y >>> button[aria-label*=", leader, term"]');
    const id = Number(
      (
        await leader.evaluate((button) => /** @type {HTMLElement} */ (button).dataset.subject)
      )?.split(" ")[1],
    );
    assert.ok(id >= 1 && id <= 5);

    await type('input[name="key"]', "engine");
    await type('input[name="value"]', "gecko");
    await click("raft-client-form >>> button");
    const output = await appears(page, 'output[data-state="answered"]');
    assert.equal(await output.evaluate((node) => node.textContent), "put engine = gecko → written");
    await page.waitForFunction(() => {
      const { simulation, snapshot } = document.querySelector("raft-cluster") ?? {};
      const stores = snapshot?.view.replicas.map((replica) => simulation?.store(replica.id, 10));
      return stores?.every((store) => store?.[0]?.value === "gecko");
    });

    // A click on the canvas, where the leader stands; the first action is the crash.
    const box = await leader.boundingBox();
    assert.ok(box);
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await click('[role="menuitem"]');
    await appears(page, `raft-stage-a11y >>> button[aria-label^="R${id}, crashed"]`);
    await page.waitForFunction(
      (old) => {
        const view = document.querySelector("raft-cluster")?.snapshot?.view;
        return view?.leader !== undefined && view.leader !== old;
      },
      {},
      id,
    );
  });
});

test("test files are run by a worker, and one of them on the stage", async () => {
  await onThePage(async (page) => {
    const button = await appears(page, "raft-course >>> button:not([title])");
    assert.equal(await button.evaluate((node) => node.textContent), "Run the files that ship");
    await button.click();
    await page.waitForFunction(() => {
      const course = document.querySelector("raft-course")?.shadowRoot;
      return course?.querySelector("[role=status]")?.textContent?.startsWith("Done: 16 passed");
    });
    await (await appears(page, 'button[aria-label="Watch crash-leader"]')).click();
    await page.waitForFunction(
      () => document.querySelector("raft-cluster")?.run?.scenario.title === "crash-leader",
    );
  });
});

test("a file that is no scenario is told, and the keys work", async () => {
  await onThePage(async (page) => {
    await appears(page, "raft-stage-a11y >>> button");
    await page.evaluate(() => document.querySelector("raft-cluster")?.open('{"replicas": 52}'));
    const alert = await appears(page, '[role="alert"]');
    assert.match((await alert.evaluate((node) => node.textContent)) ?? "", /replicas/);

    await page.focus('>>> raft-stage-a11y >>> button[tabindex="0"]');
    const playing = () => page.evaluate(() => document.querySelector("raft-cluster")?.playing);
    assert.equal(await playing(), true);
    await page.keyboard.press(" ");
    await page.waitForFunction(() => document.querySelector("raft-cluster")?.playing === false);
    // Space comes up without pressing the button that has the focus.
    assert.equal(await page.$('>>> [role="menu"]'), null);
    await page.keyboard.press("Enter");
    await appears(page, '[role="menuitem"]');
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => {
      const stage = document.querySelector("raft-cluster")?.shadowRoot?.querySelector("raft-stage");
      return stage?.shadowRoot?.activeElement?.localName === "raft-stage-a11y";
    });
  });
});

test("any sequence of a host's calls leaves the other clusters alone", async () => {
  await onThePage(async (page) => {
    await appears(page, "raft-stage-a11y >>> button");
    const told = await page.evaluate(anyHost, { seed: 4, steps: 200 });
    assert.deepEqual(told.faults, []);
    assert.equal(told.settled, told.asked);
    assert.ok((told.counts.NoWorldError ?? 0) > 10);
  });
});

test("a host that calls itself without end does not tear the core", async () => {
  await onThePage(async (page) => {
    await appears(page, "raft-stage-a11y >>> button");
    const told = await page.evaluate(async () => {
      const cluster = document.querySelector("raft-cluster");
      const world = cluster?.simulation;
      /** @type {string[]} */
      const names = [];
      const deeper = () => {
        cluster?.simulation?.view();
        deeper();
      };
      for (let times = 0; times < 3; times += 1) {
        try {
          deeper();
        } catch (error) {
          names.push(/** @type {Error} */ (error).name);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { names, same: cluster?.simulation === world };
    });
    assert.equal(told.names.length, 3);
    assert.equal(told.same, true);
  });
});
