/** The stage's plan, without a browser: for every cluster and many sizes nothing overlaps. */
import { expect, test } from "@playwright/test";
import { type Disc, planStage } from "../src/stage/paint/layout.js";

const SIZES = [
  [340, 420],
  [340, 600],
  [360, 900],
  [600, 500],
  [768, 1000],
  [850, 430],
  [1280, 500],
  [1280, 800],
  [2000, 700],
] as const;
const CLIENTS = [1, 3, 17, 65];
const REPLICAS = Array.from({ length: 51 }, (_, place) => place + 1);

for (const [width, height] of SIZES) {
  test(`nothing overlaps on ${width} × ${height}`, () => {
    for (const replicas of REPLICAS) {
      for (const clients of CLIENTS) {
        const plan = planStage(width, height, replicas, clients);
        const discs = [...plan.replicas, ...plan.clients];
        const faults = discs.flatMap((disc, at) => [
          ...(inside(disc, width, height) ? [] : [`${at} is outside`]),
          ...discs
            .slice(at + 1)
            .flatMap((other, after) =>
              apart(disc, other) ? [] : [`${at} lies on ${at + 1 + after}`],
            ),
        ]);
        expect(faults, `${replicas} replicas, ${clients} clients`).toEqual([]);
        expect(plan.replicas).toHaveLength(replicas);
        expect(plan.clients).toHaveLength(clients);
      }
    }
  });

  test(`the tables stay on the canvas of ${width} × ${height}`, () => {
    for (const replicas of REPLICAS) {
      const { logs, stores } = planStage(width, height, replicas, 3);
      for (const { x, y, w, h } of [logs?.area, stores].filter((area) => area !== undefined)) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(x + w).toBeLessThanOrEqual(width);
        expect(y + h).toBeLessThanOrEqual(height);
      }
      for (const block of logs?.blocks ?? []) {
        const cells = (logs?.columns ?? 0) * (logs?.cellWidth ?? 0);
        expect(block.x + (logs?.labelWidth ?? 0) + cells).toBeLessThanOrEqual(width);
      }
    }
  });
}

test("the cluster that everyone starts with has its logs and stores beside it", () => {
  for (const [width, height] of SIZES) {
    const plan = planStage(width, height, 5, 3);
    expect(plan.logs?.columns, `${width} × ${height}`).toBeGreaterThanOrEqual(10);
    // Where there is no room for both, the logs tell more.
    expect(plan.stores?.columns ?? 0, `${width} × ${height}`).toBeGreaterThanOrEqual(
      height < 430 ? 0 : 2,
    );
  }
});

test("nothing moves but when replicas or clients come and go", () => {
  expect(planStage(850, 560, 5, 3)).toEqual(planStage(850, 560, 5, 3));
});

function inside({ x, y, r }: Disc, width: number, height: number): boolean {
  return x - r >= 0 && x + r <= width && y - r >= 0 && y + r <= height;
}

/** Clients are squares, but their corners are far from any replica. */
function apart(a: Disc, b: Disc): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) > a.r + b.r + 1;
}
