// The built site in the Firefox that is installed, which Playwright cannot drive: it needs a
// Firefox patched for it. Puppeteer speaks the standard WebDriver BiDi instead. The page tests
// proper are Playwright's; here stands what must also hold in a second engine.

import assert from "node:assert/strict";
import { env } from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "puppeteer-core";
import { preview } from "vite";

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
    if (!response.ok()) complaints.push(`got ${response.status()} for ${response.url()}`);
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
