// What the measurements in a browser share: a server for a build's www/dist, and the browser of the
// page's tests, RAFTARIUM_CHROMIUM or Chromium on the PATH.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { chromium } = createRequire(join(root, "www/package.json"))("@playwright/test");

/** This build's site. */
export const DIST = join(root, "www/dist");

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** Serves a folder on a free port, isolated from other origins: only then is the clock fine. */
export async function serve(folder) {
  const base = resolve(folder);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = join(base, normalize(pathname === "/" ? "/index.html" : pathname));
    try {
      const bytes = await readFile(path);
      response.writeHead(200, {
        "content-type": TYPES[extname(path)] ?? "application/octet-stream",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
  return { server, url: `http://127.0.0.1:${server.address().port}/` };
}

function findChromium() {
  if (process.env.RAFTARIUM_CHROMIUM) {
    return process.env.RAFTARIUM_CHROMIUM;
  }
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // The next one.
      }
    }
  }
  throw new Error("Chromium was not found: install it, or set RAFTARIUM_CHROMIUM to its path");
}

/** Starts the browser. */
export function launch() {
  return chromium.launch({
    executablePath: findChromium(),
    args: ["--disable-background-networking", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
  });
}

export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
