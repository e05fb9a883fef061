// What the builds of the package do beside what Vite does.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { compress, init } from "@bokuweb/zstd-wasm";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const WASM = here("../pkg/raftarium_bg.wasm");
/** A fifth smaller than what the browsers' own deflate can unpack. It takes two seconds. */
const ZSTD_LEVEL = 22;

/** The core goes into the script, and nothing looks for a file beside it. @returns {import("vite").Plugin} */
export function wasmInside() {
  return {
    name: "raftarium-wasm-inside",
    enforce: "pre",
    resolveId(id, importer) {
      if (id === "virtual:raftarium-wasm") return "\0raftarium-wasm";
      if (id.endsWith("/wasm-source.js") && importer?.includes("/src/"))
        return here("./wasm-inside.ts");
      return undefined;
    },
    async load(id) {
      if (id !== "\0raftarium-wasm") return undefined;
      await init();
      const packed = compress(readFileSync(WASM), ZSTD_LEVEL);
      return `export default ${JSON.stringify(Buffer.from(packed).toString("base64"))};`;
    },
    transform: (code) => withoutFiles(code),
  };
}

/** In a worker, which is given the core's bytes. @returns {import("vite").Plugin} */
export function wasmGiven() {
  return { name: "raftarium-wasm-given", enforce: "pre", transform: (code) => withoutFiles(code) };
}

/** Addresses of the core's file, which Vite would copy, or put in as it is. */
function withoutFiles(/** @type {string} */ code) {
  const address = /new URL\((['"])[^'"]*_bg\.wasm\1, import\.meta\.url\)/g;
  return address.test(code) ? code.replace(address, "undefined") : undefined;
}

/** The page, its style and its script become one file. @returns {import("vite").Plugin} */
export function oneFile() {
  return {
    name: "raftarium-one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = Object.values(bundle).find(({ fileName }) => fileName.endsWith(".html"));
      if (page?.type !== "asset") throw new Error("there is no page in the bundle");
      let html = String(page.source);
      for (const [name, part] of Object.entries(bundle)) {
        if (part === page) continue;
        const tag = new RegExp(`<(script|link)[^>]*(src|href)="[^"]*${name}"[^>]*>(</script>)?`);
        const text = part.type === "chunk" ? part.code : String(part.source);
        const inline =
          part.type === "chunk"
            ? `<script type="module">${text.replaceAll("</script", "<\\/script")}</script>`
            : `<style>${text}</style>`;
        if (!tag.test(html)) throw new Error(`${name} is not in the page: it can't be one file`);
        // A function, since the text may have `$&` in it.
        html = html.replace(tag, () => inline);
        delete bundle[name];
      }
      page.source = html;
      page.fileName = "raftarium.html";
    },
  };
}
