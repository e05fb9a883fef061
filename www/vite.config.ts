import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

export default defineConfig({
  // Relative, so that any static server can serve the site from any sub-path.
  base: "./",
  clearScreen: false,
  server: { host: "127.0.0.1" },
  preview: { host: "127.0.0.1" },
  define: { __RAFTARIUM_VERSION__: JSON.stringify(version) },
  build: {
    // The one entry needs no preloading, so the site does without its polyfill.
    modulePreload: { polyfill: false },
  },
});
