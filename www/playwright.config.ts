import { env, getuid } from "node:process";
import { defineConfig } from "@playwright/test";

// `cargo xtask test page` builds the site, finds the browser and picks a free port.
const port = Number(env.RAFTARIUM_PORT ?? 4733);
const chromium = env.RAFTARIUM_CHROMIUM;

// Served below a path, as the site may be: an address that is not relative fails here.
const base = "/some/sub/path/";
const url = `http://127.0.0.1:${port}${base}`;

// Chromium's sandbox refuses to start as root (containers, CI).
const asRoot = getuid?.() === 0 ? ["--no-sandbox"] : [];

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  forbidOnly: Boolean(env.CI),
  fullyParallel: true,
  workers: 2,
  // One test fills the memory of its page; beside that another may run out of time. It is
  // then told as flaky.
  retries: 2,
  // Nothing here measures time: a machine with other work to do may be slow.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: "list",
  use: {
    baseURL: url,
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    trace: "on-first-retry",
  },
  projects: [
    {
      name: "chromium",
      use: {
        browserName: "chromium",
        launchOptions: {
          args: ["--disable-background-networking", ...asRoot],
          ...(chromium === undefined ? {} : { executablePath: chromium }),
        },
      },
    },
  ],
  webServer: {
    command: `npx --no-install vite preview --strictPort --port ${port} --base ${base}`,
    url,
    reuseExistingServer: false,
  },
});
