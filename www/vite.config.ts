import { defineConfig } from "vite";

export default defineConfig({
  // Relative, so that any static server can serve the site from any sub-path.
  base: "./",
  clearScreen: false,
  server: { host: "127.0.0.1" },
  preview: { host: "127.0.0.1" },
  build: {
    // The one entry needs no preloading, so the site does without its polyfill.
    modulePreload: { polyfill: false },
  },
});
