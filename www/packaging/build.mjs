// `cargo xtask package` runs this: everything that is shipped, into the folder that is given.
//
//     node packaging/build.mjs FOLDER

import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { oneFile, wasmGiven, wasmInside } from "./plugins.mjs";

const www = fileURLToPath(new URL("..", import.meta.url));
const { version, dependencies } = JSON.parse(readFileSync(join(www, "package.json"), "utf8"));
const folder = resolve(argv[2] ?? "");
const npm = join(folder, "npm");

/**
 * One entry, one file.
 *
 * @param {string} entry
 * @param {string} file
 * @param {"iife" | "es"} format
 * @param {import("vite").PluginOption[]} plugins
 * @param {string} [into]
 */
async function script(entry, file, format, plugins, into = folder) {
  await build({
    root: www,
    configFile: false,
    logLevel: "warn",
    plugins,
    define: { __RAFTARIUM_VERSION__: JSON.stringify(version) },
    build: {
      outDir: into,
      emptyOutDir: false,
      copyPublicDir: false,
      // The core is never put into a script by Vite, which would not pack it.
      assetsInlineLimit: 0,
      lib: { entry: join(www, entry), formats: [format], fileName: () => file, name: "raftarium" },
      rolldownOptions: {
        external: format === "es" ? [/^lit($|\/)/, /^node:/, /raftarium_bg\.wasm/] : [],
        output: { codeSplitting: false },
      },
    },
  });
}

/** Files beside a script stay where they are. @returns {import("vite").Plugin} */
function wasmBeside() {
  return {
    name: "raftarium-wasm-beside",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith("/pkg/raftarium.js")) return undefined;
      // Vite would copy the file under another name; the bundler of whoever uses the package does that.
      return code.replace("new URL('raftarium_bg.wasm', import.meta.url)", "__RAFTARIUM_WASM__");
    },
    renderChunk(code) {
      return code.replaceAll(
        "__RAFTARIUM_WASM__",
        'new URL("./raftarium_bg.wasm", import.meta.url)',
      );
    },
  };
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(npm, { recursive: true });

await script("src/embed/script.ts", "raftarium.js", "iife", [wasmInside()]);
await script("src/embed/frame.ts", "embed.js", "iife", []);
copyFileSync(join(www, "packaging/embed.html"), join(folder, "embed.html"));
await build({
  root: www,
  base: "./",
  configFile: false,
  logLevel: "warn",
  plugins: [wasmInside(), oneFile()],
  worker: { plugins: () => [wasmGiven()] },
  define: { __RAFTARIUM_VERSION__: JSON.stringify(version) },
  build: {
    outDir: folder,
    emptyOutDir: false,
    copyPublicDir: false,
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 100_000_000,
    rolldownOptions: { output: { codeSplitting: false } },
  },
});

await script("src/embed/module.ts", "raftarium.js", "es", [wasmBeside()], npm);
await script("src/embed/module.ts", "inline.js", "es", [wasmInside()], npm);
await script("src/embed/core.ts", "core.js", "es", [wasmBeside()], npm);
await script("src/embed/core.node.ts", "core.node.js", "es", [wasmBeside()], npm);
copyFileSync(join(www, "pkg/raftarium_bg.wasm"), join(npm, "raftarium_bg.wasm"));
copyFileSync(join(www, "packaging/README.md"), join(npm, "README.md"));
cpSync(join(www, "pkg/raftarium.d.ts"), join(npm, "types/pkg/raftarium.d.ts"));

const types = (/** @type {string} */ entry) => `./types/src/embed/${entry}.d.ts`;
writeFileSync(
  join(npm, "package.json"),
  `${JSON.stringify(
    {
      name: "raftarium",
      version,
      description: "A Raft cluster that runs in a page: the element <raft-cluster>",
      keywords: [
        "raft",
        "consensus",
        "simulation",
        "custom-element",
        "web-component",
        "webassembly",
      ],
      license: "MIT OR Apache-2.0",
      type: "module",
      customElements: "custom-elements.json",
      exports: {
        ".": { types: types("module"), default: "./raftarium.js" },
        "./inline": { types: types("module"), default: "./inline.js" },
        "./core": {
          node: { types: types("core.node"), default: "./core.node.js" },
          default: { types: types("core"), default: "./core.js" },
        },
        "./raftarium_bg.wasm": "./raftarium_bg.wasm",
        "./custom-elements.json": "./custom-elements.json",
        "./package.json": "./package.json",
      },
      types: types("module"),
      sideEffects: ["./raftarium.js", "./inline.js"],
      dependencies: { lit: dependencies.lit },
    },
    null,
    2,
  )}\n`,
);
