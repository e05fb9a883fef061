// `cargo xtask test embeds`: a cluster in each of the systems that courses are written in. Each
// folder beside this file is a small site by the conventions of its system; it is copied, given the
// shipped files, built, and opened. A put must be answered, and nothing may be logged as an error.
//
//     node tests/embeds/run.mjs SHIPPED WORK [SYSTEM...]
//
// The screenshots are in WORK, to be looked at.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { argv, env, exit, getuid } from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { serve } from "./serve.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { chromium } = createRequire(join(here, "../../www/package.json"))("@playwright/test");
const [shippedAt = "", workAt = "", ...chosen] = argv.slice(2);
const [shipped, work] = [resolve(shippedAt), resolve(workAt)];
const venv = join(work, "venv");
const python = (name) => join(venv, "bin", name);
const node = (name) => join(work, "node_modules/.bin", name);

/** Runs a program; what it printed is shown only if it fails. */
function run(cwd, program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`${program} ${args.join(" ")} failed\n${error ?? ""}${stdout}${stderr}`);
  }
}

/** The shipped files that a site has among its static ones. */
function put(folder, ...names) {
  mkdirSync(folder, { recursive: true });
  for (const name of names) cpSync(join(shipped, name), join(folder, name));
}

const SYSTEMS = {
  plain: {
    build(site) {
      put(site, "raftarium.js", "raftarium.html", "embed.html", "embed.js");
    },
    pages: ["index.html", "sandbox.html", "embed.html?scenario=bridge&seed=4&controls=play&theme=dark"],
    // From the disk too, without any server.
    files: ["index.html", "raftarium.html"],
    async more(browser, address, site) {
      await answersMessages(browser, address);
      await firstOfTwoWins(browser, address, site);
      await takesDropsOnItselfOnly(browser, address);
    },
  },
  mdbook: {
    build(site) {
      put(site, "raftarium.js");
      run(site, "mdbook", "build");
    },
    root: "book",
    pages: ["figure-8.html"],
    firefox: true,
  },
  // This project's own manual, which opens with four moments.
  manual: {
    build(site) {
      put(site, "raftarium.js");
      run(join(here, "../.."), "mdbook", "build", "docs", "--dest-dir", join(site, "docs"));
    },
    pages: ["docs/ten-minutes.html"],
    more: showsFourMoments,
  },
  sphinx: {
    needs: "python",
    build(site) {
      put(join(site, "_static"), "raftarium.js");
      run(site, python("sphinx-build"), "-q", "-W", ".", "_build");
    },
    root: "_build",
    pages: ["index.html"],
  },
  mkdocs: {
    needs: "python",
    build(site) {
      put(join(site, "docs"), "raftarium.js");
      run(site, python("mkdocs"), "build", "--quiet");
    },
    root: "site",
    pages: ["index.html"],
    firefox: true,
    // Instant navigation replaces the page's content and keeps its scripts.
    async then(page) {
      await page.getByRole("link", { name: "Logs", exact: true }).first().click();
      await page.waitForFunction(() => location.pathname.includes("/logs/"));
      await answers(page, "Logs");
      await page.getByRole("link", { name: "Elections", exact: true }).first().click();
      await page.waitForFunction(() => !location.pathname.includes("/logs/"));
      await answers(page, "Elections");
    },
  },
  docusaurus: {
    needs: "node",
    build(site) {
      put(join(site, "static"), "raftarium.js");
      run(site, node("docusaurus"), "build");
    },
    root: "build",
    // Under its file's name its router finds no page, and React complains.
    pages: [""],
  },
  vitepress: {
    needs: "node",
    build(site) {
      put(join(site, "public"), "raftarium.js");
      run(site, node("vitepress"), "build");
    },
    root: ".vitepress/dist",
    pages: ["index.html"],
  },
  jupyter: {
    needs: "python",
    build(site) {
      put(site, "raftarium.js", "embed.html", "embed.js");
      run(site, python("jupyter"), "nbconvert", "--log-level=ERROR", "--to", "html", "lecture.ipynb");
    },
    pages: ["lecture.html"],
    // Its template asks a CDN for what a notebook may need; the cluster does without.
    offline: true,
  },
  pandoc: {
    needs: "python",
    build(site) {
      put(site, "raftarium.js");
      const found = python("../lib");
      const [version = ""] = readdirSync(found).filter((name) => name.startsWith("python3"));
      const pandoc = join(found, version, "site-packages/pypandoc/files/pandoc");
      run(site, pandoc, "--standalone", "--embed-resources", "lecture.md", "--output", "lecture.html");
      // It is all in one file now.
      rmSync(join(site, "raftarium.js"));
    },
    files: ["lecture.html"],
  },
  reveal: {
    needs: "node",
    build(site) {
      put(site, "raftarium.js");
      cpSync(join(work, "node_modules/reveal.js/dist"), join(site, "reveal"), { recursive: true });
    },
    pages: ["index.html"],
    async then(page) {
      // The slide is scaled, and the mouse still meets what it points at.
      const cluster = page.locator("raft-cluster");
      const replica = cluster.locator("raft-stage-a11y").getByRole("button", { name: /^R2,/ });
      await replica.click({ force: true });
      await cluster.getByRole("menuitem", { name: "Crash" }).click();
      await page.waitForFunction(() => {
        const { snapshot } = document.querySelector("raft-cluster");
        return snapshot?.view.replicas[1].status === "crashed";
      });
    },
  },
  vite: {
    needs: "node",
    build(site) {
      installPackage(site);
      run(site, node("vite"), "build", "--logLevel", "warn");
      onServersToo(site);
    },
    root: "dist",
    pages: ["index.html"],
  },
  webpack: {
    needs: "node",
    build(site) {
      installPackage(site);
      run(site, node("webpack"));
      cpSync(join(site, "index.html"), join(site, "dist/index.html"));
    },
    root: "dist",
    pages: ["index.html"],
  },
};

/** The npm archive as anybody would install it. */
function installPackage(site) {
  const [archive = ""] = readdirSync(shipped).filter((name) => name.endsWith(".tgz"));
  cpSync(join(shipped, archive), join(site, "raftarium.tgz"));
  registry("npm", () => run(site, "npm", "install", "--no-audit", "--no-fund", "--prefer-offline"));
}

/** Imported without a page it does nothing, and the core runs in Node. */
function onServersToo(site) {
  const script = `
    import { RaftCluster } from "raftarium";
    import { ready, Simulation } from "raftarium/core";
    await import("raftarium/inline");
    await ready();
    const world = new Simulation(JSON.stringify({ replicas: 3 }), 7);
    world.proceedUntil(2_000_000, 100_000);
    if (!RaftCluster.version || world.view().leader === undefined) throw new Error("no leader");`;
  run(site, "node", "--input-type=module", "--eval", script);
}

/** A failure to install is told with the registry's name. */
function registry(name, install) {
  try {
    install();
  } catch (error) {
    throw new Error(`the registry of ${name} gave no packages, or could not be reached:\n${error.message}`);
  }
}

/** Installs what the lock files name, once for each of their states. */
function set(needs) {
  const [name, lock] =
    needs === "python" ? ["PyPI", "requirements.txt"] : ["npm", "package-lock.json"];
  const mark = join(work, `.installed-${lock}`);
  const wanted = readFileSync(join(here, lock), "utf8");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
  registry(name, () => {
    if (needs === "python") {
      run(work, "python3", "-m", "venv", "--clear", venv);
      run(work, python("pip"), "install", "--quiet", "--disable-pip-version-check", "-r", join(here, lock));
    } else {
      cpSync(join(here, "package.json"), join(work, "package.json"));
      cpSync(join(here, lock), join(work, lock));
      run(work, "npm", "ci", "--no-audit", "--no-fund", "--prefer-offline");
    }
  });
  writeFileSync(mark, wanted);
}

/** In the page: a cluster that is in sight answers a put. Written so that any driver can send it. */
const ASK = `(async () => {
  const until = async (there) => {
    for (let tries = 0; tries < 600; tries += 1) {
      const found = there();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("no cluster came to life: " + document.body?.innerText.slice(0, 300));
  };
  const cluster = await until(() => document.querySelector("raft-cluster"));
  cluster.scrollIntoView({ block: "center" });
  await until(() => cluster.snapshot);
  cluster.speed = 20;
  cluster.play();
  const answer = await cluster.put("lecture", "7");
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const { height, width } = cluster.getBoundingClientRect();
  cluster.pause();
  const fault = cluster.renderRoot.querySelector(".banner")?.textContent.trim() ?? "";
  return JSON.stringify({ answer, visible: height >= 200 && width >= 300, fault });
})()`;

const FINE = { answer: "written", visible: true, fault: "" };

async function answers(page, what) {
  const frames = page.frames?.() ?? [page];
  const frame = frames.find((each) => each.url().includes("embed.html")) ?? frames[0];
  assert.deepEqual(JSON.parse(await frame.evaluate(ASK)), FINE, what);
}

/** Opens a page that must not complain. */
async function open(browser, address, { offline = false } = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`threw ${error.stack ?? error}`));
  page.on("console", (message) => {
    const outside = /favicon|ERR_FAILED|ERR_BLOCKED/.test(`${message.text()} ${message.location().url}`);
    if (message.type() === "error" && !outside) complaints.push(`logged ${message.text()}`);
  });
  // Whatever a system's own theme wants from elsewhere, the cluster has all it needs.
  await page.route(/^https?:\/\/(?!127\.0\.0\.1)/, (route) => route.abort());
  await page.goto(address);
  if (offline) complaints.length = 0;
  return { page, complaints };
}

async function answersMessages(browser, address) {
  const { page } = await open(browser, `${address}messages.html`);
  await page.locator("iframe").scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector("#told").textContent.includes('"id":3'));
  const told = await page.locator("#told").textContent();
  assert.match(told, /"id":3,"result":"written"/);
  assert.match(told, /"event":"raft-activity".*"asked"/);
  await page.close();
  // Another origin is not heard, and nothing is told to it.
  const other = await open(browser, `${address}embed.html?origin=https://example.org`);
  await other.page.close();
}

async function showsFourMoments(browser, address) {
  const where = `${address}docs/ten-minutes.html`;
  const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
  await page.goto(where);
  const clusters = await page.locator("raft-cluster").all();
  const shown = [];
  for (const cluster of clusters) {
    await cluster.evaluate((element) => element.scrollIntoView());
    // It is there when its link has been followed to the moment that it names.
    await page.waitForFunction(
      (element) => element.snapshot?.view.now_us > 100_000 && !element.playing,
      await cluster.elementHandle(),
    );
    shown.push(
      await cluster.evaluate(({ playing, snapshot: { view } }) => {
        const logs = view.replicas.map(({ log }) => log.terms.join(""));
        return { playing, at_us: view.now_us, leader: view.leader, logs };
      }),
    );
  }
  assert.deepEqual(
    shown.map(({ playing, at_us, leader }) => ({ playing, at_us, leader })),
    [
      { playing: false, at_us: 120_000, leader: undefined },
      { playing: false, at_us: 300_000, leader: 3 },
      { playing: false, at_us: 2_450_000, leader: 3 },
      { playing: false, at_us: 760_000, leader: undefined },
    ],
  );
  assert.deepEqual(shown[3].logs, ["11", "11", "1", "1", "12"]);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360), "360 pixels");
  // On paper and without scripts the sentences stand in their place.
  await page.emulateMedia({ media: "print" });
  await page.getByText("The logs, by the terms of their entries").waitFor({ state: "visible" });
  await page.close();
  const still = await browser.newPage({ javaScriptEnabled: false });
  await still.goto(where);
  await still.getByText("R1 was cut off, and its log ends").waitFor({ state: "visible" });
  await still.close();
}

async function firstOfTwoWins(browser, address, site) {
  const twice = readFileSync(join(site, "index.html"), "utf8").replace(
    '<script src="raftarium.js"></script>',
    '<script src="raftarium.js"></script><script src="raftarium.js?again"></script>',
  );
  writeFileSync(join(site, "twice.html"), twice);
  const page = await browser.newPage();
  const warnings = [];
  page.on("console", (message) => {
    if (message.type() === "warning") warnings.push(message.text());
  });
  await page.goto(`${address}twice.html`);
  await answers(page, "twice");
  assert.equal(warnings.filter((text) => text.includes("is passed over")).length, 1);
  await page.close();
}

async function takesDropsOnItselfOnly(browser, address) {
  const { page } = await open(browser, `${address}index.html`);
  const drop = (selector) =>
    page.evaluate((selector) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['{ "title": "Dropped" }'], "world.json"));
      const how = { dataTransfer, bubbles: true, composed: true, cancelable: true };
      const event = new DragEvent("drop", how);
      const place = document.querySelector(selector);
      (place.renderRoot?.querySelector("raft-stage") ?? place).dispatchEvent(event);
      return event.defaultPrevented;
    }, selector);
  await answers(page, "before");
  assert.equal(await drop("h1"), false, "the host's own drops are left alone");
  assert.equal(await drop("raft-cluster"), true);
  await page.waitForFunction(
    () => document.querySelector("raft-cluster").simulation?.scenario().title === "Dropped",
  );
  await page.close();
}

async function inFirefox(address, name) {
  if (env.RAFTARIUM_FIREFOX === undefined) return;
  const { launch } = createRequire(join(here, "../../www/package.json"))("puppeteer-core");
  const browser = await launch({
    browser: "firefox",
    executablePath: env.RAFTARIUM_FIREFOX,
    headless: true,
  });
  try {
    const page = await browser.newPage();
    await page.goto(address);
    assert.deepEqual(JSON.parse(await page.evaluate(ASK)), FINE);
    await page.screenshot({ path: join(work, `${name}-firefox.png`) });
  } finally {
    await browser.close();
  }
}

mkdirSync(work, { recursive: true });
const browser = await chromium.launch({
  args: ["--disable-background-networking", ...(getuid?.() === 0 ? ["--no-sandbox"] : [])],
  ...(env.RAFTARIUM_CHROMIUM === undefined ? {} : { executablePath: env.RAFTARIUM_CHROMIUM }),
});
const failed = [];
for (const [name, system] of Object.entries(SYSTEMS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const began = performance.now();
  try {
    if (system.needs !== undefined) set(system.needs);
    const site = join(work, name);
    rmSync(site, { recursive: true, force: true });
    if (existsSync(join(here, name))) cpSync(join(here, name), site, { recursive: true });
    system.build(site);
    const root = join(site, system.root ?? "");
    const server = await serve(root);
    try {
      const addresses = [
        ...(system.pages ?? []).map((path) => server.address + path),
        ...(system.files ?? []).map((path) => pathToFileURL(join(root, path)).href),
      ];
      for (const [place, address] of addresses.entries()) {
        const { page, complaints } = await open(browser, address, system);
        await answers(page, address);
        const picture = place === 0 ? name : `${name}-${place + 1}`;
        await page.screenshot({ path: join(work, `${picture}.png`) });
        await system.then?.(page);
        assert.deepEqual(complaints, [], address);
        await page.close();
      }
      await system.more?.(browser, server.address, root);
      if (system.firefox) await inFirefox(addresses[0], name);
    } finally {
      server.close();
    }
    console.log(`  ${name.padEnd(12)} ok, ${((performance.now() - began) / 1000).toFixed(1)} s`);
  } catch (error) {
    failed.push(name);
    console.error(`  ${name.padEnd(12)} FAILED\n${error.stack ?? error}`);
  }
}
await browser.close();
if (failed.length > 0) {
  console.error(`error: no cluster in ${failed.join(", ")}`);
  exit(1);
}
