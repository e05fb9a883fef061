// How long until the first election is seen, and what was loaded until then.
//
//     cargo xtask build && node benches/first-load.mjs
//
//     --against DIR   the www/dist of another build, measured in turn with this one
//     --rounds N      how often each is measured (5); the table has the medians
//     --json          one JSON object instead of the table
//
// The default page from a server that compresses (gzip), in Chromium with an empty cache, on a
// processor slowed four times and over 1.6 Mbit/s with 150 ms there and back. RAFTARIUM_CHROMIUM
// names the browser.

import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { chromium } from "../www/node_modules/@playwright/test/index.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    against: { type: "string" },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};
const SLOWDOWN = 4;
const BYTES_PER_SECOND = 1_600_000 / 8;
const LATENCY_MS = 150;

/** Serves a folder, compressed. */
async function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-encoding": "gzip" });
    createReadStream(file)
      .pipe(createGzip({ level: 9 }))
      .pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** One first visit. */
async function visit(browser, address) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: LATENCY_MS,
    downloadThroughput: BYTES_PER_SECOND,
    uploadThroughput: BYTES_PER_SECOND,
  });
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
  const fetched = new Map();
  const names = new Map();
  session.on("Network.responseReceived", ({ requestId, response }) => {
    names.set(requestId, new URL(response.url).pathname.split("/").at(-1) || "index.html");
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    fetched.set(names.get(requestId), encodedDataLength);
  });
  // The page's own clock begins when the address is asked for.
  await page.goto(address, { waitUntil: "commit" });
  const ms = await page.waitForFunction(
    () => {
      const view = document.querySelector("raft-cluster")?.snapshot?.view;
      return view?.leader === undefined ? false : performance.now();
    },
    undefined,
    { polling: "raf", timeout: 120_000 },
  );
  const result = { ms: await ms.jsonValue(), fetched: Object.fromEntries(fetched) };
  await context.close();
  return result;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

const folders = { this: join(root, "www/dist") };
if (options.against) {
  folders.against = options.against;
}
const browser = await chromium.launch({
  executablePath: process.env.RAFTARIUM_CHROMIUM,
  args: ["--no-sandbox", "--disable-background-networking"],
});
const builds = [];
for (const [build, folder] of Object.entries(folders)) {
  const server = await serve(folder);
  builds.push({ build, server, visits: [] });
}
for (let round = 0; round < Number(options.rounds); round += 1) {
  for (const { server, visits } of round % 2 === 0 ? builds : builds.toReversed()) {
    visits.push(await visit(browser, `http://127.0.0.1:${server.address().port}/`));
  }
}
await browser.close();
const rows = builds.map(({ build, server, visits }) => {
  server.close();
  const { fetched } = visits.at(-1);
  const bytes = Object.values(fetched).reduce((sum, it) => sum + it, 0);
  return { build, ms: median(visits.map(({ ms }) => ms)), bytes, fetched };
});

if (options.json) {
  console.log(JSON.stringify({ rounds: Number(options.rounds), rows }, null, 2));
} else {
  for (const { build, ms, bytes, fetched } of rows) {
    const seconds = (ms / 1000).toFixed(1);
    console.log(
      `${build.padEnd(8)} first election after ${seconds} s, ${Math.round(bytes / 1000)} kB`,
    );
    for (const [name, size] of Object.entries(fetched)) {
      console.log(`         ${(size / 1000).toFixed(1).padStart(8)} kB ${name}`);
    }
  }
}
