/** Everything that can be set in the page. */
import { expect, openPage, test, view } from "./cluster.js";

test("what is typed into a setting stays there while the world plays", async ({ page }) => {
  const cluster = await openPage(page, "?scenario=leader-crash");
  await cluster.getByRole("tab", { name: "Settings" }).click();
  const operations = cluster.getByLabel("Operations a second");
  const before = await operations.inputValue();
  await operations.focus();
  await page.keyboard.press("Control+a");
  await operations.pressSequentially("125", { delay: 300 });
  await expect(operations).toHaveValue("125");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await view(cluster)).workload.operations_per_second).toBe(125);
  // What is out of bounds is brought into them, where one still is in the box.
  await page.keyboard.press("Control+a");
  await operations.pressSequentially("999999");
  await page.keyboard.press("Enter");
  await expect(operations).toHaveValue("100000");
  expect(before).not.toBe("125");
});
