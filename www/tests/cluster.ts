/** Shared by the page tests: a page that must not complain, and ways to look at a cluster and act on it. */
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import type { ReplicaView, View } from "../pkg/raftarium.js";
import type { RaftCluster } from "../src/element/raft-cluster.js";

/** A page on which any error, failed request or request to elsewhere fails the test. */
export const test = base.extend<{ complaints: string[] }>({
  complaints: [
    async ({ page, baseURL }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(`threw ${error.stack ?? error}`));
      page.on("console", (message) => {
        if (message.type() === "error") {
          complaints.push(`logged ${message.text()}`);
        }
      });
      page.on("requestfailed", (request) => complaints.push(`did not get ${request.url()}`));
      page.on("request", (request) => {
        const url = request.url();
        if (url.startsWith("http") && !url.startsWith(baseURL ?? "")) {
          complaints.push(`went outside to ${url}`);
        }
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** A call on the element, from within the page. */
export function call<T>(
  cluster: Locator,
  body: (element: RaftCluster) => T | Promise<T>,
): Promise<T> {
  return cluster.evaluate(
    body as (element: SVGElement | HTMLElement) => T | Promise<T>,
  ) as Promise<T>;
}

/** Opens the page and waits until the world runs. */
export async function openPage(page: Page, query = ""): Promise<Locator> {
  await page.goto(`./${query}`);
  const cluster = page.locator("raft-cluster");
  await ready(cluster);
  return cluster;
}

export async function ready(cluster: Locator): Promise<void> {
  await expect.poll(() => call(cluster, (element) => element.snapshot !== undefined)).toBe(true);
}

/** Virtual time runs fast enough that no test waits for an election, yet slow enough to click. */
export async function speedUp(cluster: Locator, speed = 3): Promise<void> {
  await cluster.evaluate((element, speed) => {
    (element as RaftCluster).speed = speed;
  }, speed);
}

/** The world as the last frame saw it; waits for one if another world has just begun. */
export function view(cluster: Locator): Promise<View> {
  return call(cluster, async (element) => {
    while (!element.snapshot) {
      await new Promise(requestAnimationFrame);
    }
    return element.snapshot.view;
  });
}

/** The replica on the stage, as a screen reader finds it. */
export function replica(cluster: Locator, description: RegExp | number): Locator {
  const name = typeof description === "number" ? new RegExp(`^R${description},`) : description;
  return cluster.locator("raft-stage-a11y").getByRole("button", { name });
}

/** The leader, as a screen reader finds it; waits for an election. */
export async function leaderOf(cluster: Locator): Promise<number> {
  await expect(replica(cluster, /^R\d+, leader/).first()).toBeAttached();
  await expect.poll(async () => (await view(cluster)).leader).toBeGreaterThan(0);
  return (await view(cluster)).leader ?? 0;
}

/** Clicks on the canvas where the replica is drawn, as a mouse would. */
export async function clickOnStage(
  cluster: Locator,
  id: number,
  modifiers: "Shift"[] = [],
): Promise<void> {
  // The button that stands for it lets the mouse through to the canvas.
  await replica(cluster, id).click({ force: true, modifiers });
}

export async function choose(cluster: Locator, label: string | RegExp): Promise<void> {
  await cluster.getByRole("menuitem", { name: label }).click();
}

/** Sends what the form holds and waits for the answer. */
export async function send(
  cluster: Locator,
  operation: "put" | "get" | "delete" | "compare and set",
  fields: { key: string; value?: string; expects?: string },
): Promise<string> {
  const form = cluster.getByRole("form", { name: "Ask the cluster" });
  await form.getByLabel("Operation").selectOption(operation);
  for (const [label, text] of Object.entries(fields)) {
    await form.getByLabel(label, { exact: true }).fill(text);
  }
  const output = form.locator("output");
  await form.getByRole("button", { name: "Send" }).click();
  await expect(output).toHaveAttribute("data-state", "answered");
  return (await output.textContent()) ?? "";
}

export function storesOf(cluster: Locator): Promise<Record<string, string>[]> {
  return call(cluster, (element) =>
    (element.snapshot?.view.replicas ?? []).map(({ id }) =>
      Object.fromEntries(
        (element.simulation?.store(id, 100) ?? []).map(({ key, value }) => [key, value]),
      ),
    ),
  );
}

export function leadersIn({ replicas }: View): ReplicaView[] {
  return replicas.filter(({ role, status }) => role === "leader" && status === "running");
}
