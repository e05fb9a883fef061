// What the page loads before its first election, compressed, against the numbers in
// `first-load.json`: fails if it has grown by more than a fiftieth, and says what has.
//
//     npx vite build && node tests/size.mjs            # --renew writes the numbers anew

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const KEPT = new URL("first-load.json", import.meta.url);
const DIST = new URL("../dist/", import.meta.url);
const GROWTH_MAX = 1.02;
const SECTIONS = {
  1: "types",
  2: "imports",
  3: "functions",
  4: "tables",
  7: "exports",
  9: "elements",
  10: "code",
  11: "data",
};

/** The name of a built file without its hash. */
const plain = (name) => name.replace(/^assets\//, "").replace(/-[\w-]{8}(\.\w+)$/, "$1");

/** The files that the page needs at once: those that it names, and what they import. */
function firstFiles() {
  const page = readFileSync(new URL("index.html", DIST), "utf8");
  const files = [...page.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((it) => it[1]);
  for (const file of files) {
    if (file.endsWith(".js")) {
      const text = readFileSync(new URL(file, DIST), "utf8");
      // Only what is imported whatever happens: `import("…")` waits.
      for (const [, name] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) {
        if (!files.includes(`assets/${name}`)) files.push(`assets/${name}`);
      }
    }
  }
  const wasm = readdirSync(new URL("assets", DIST)).find((it) => /^raftarium_bg.*\.wasm$/.test(it));
  return ["index.html", ...files, `assets/${wasm}`];
}

/** The sections of a wasm file, by what is in them. */
function sections(bytes) {
  const sizes = {};
  for (let at = 8; at < bytes.length; ) {
    const name = SECTIONS[bytes[at]] ?? "others";
    let size = 0;
    let next = at + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[next++];
      size += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    const section = bytes.subarray(next, next + size);
    sizes[name] = (sizes[name] ?? 0) + gzipSync(section, { level: 9 }).length;
    at = next + size;
  }
  return sizes;
}

const sizes = {};
let total = 0;
for (const file of firstFiles()) {
  const bytes = readFileSync(new URL(file, DIST));
  const size = gzipSync(bytes, { level: 9 }).length;
  total += size;
  sizes[plain(file)] = size;
  if (file.endsWith(".wasm")) {
    for (const [name, part] of Object.entries(sections(bytes))) {
      sizes[`${plain(file)}: ${name}`] = part;
    }
  }
}

if (process.argv.includes("--renew")) {
  writeFileSync(KEPT, `${JSON.stringify({ total, sizes }, null, 2)}\n`);
} else {
  const kept = JSON.parse(readFileSync(KEPT, "utf8"));
  const names = new Set([...Object.keys(kept.sizes), ...Object.keys(sizes)]);
  console.log(`first load: ${total} bytes compressed, ${kept.total} in first-load.json`);
  for (const name of names) {
    const [was, is] = [kept.sizes[name] ?? 0, sizes[name] ?? 0];
    if (is !== was) console.log(`  ${name}: ${was} -> ${is} (${is > was ? "+" : ""}${is - was})`);
  }
  if (total > kept.total * GROWTH_MAX) {
    console.error("error: what is loaded first has grown by more than 2 %; see above by what");
    console.error("       if that is meant: node tests/size.mjs --renew, in www");
    process.exitCode = 1;
  }
}
