// Draws the pictures of docs/images: VIEW_IMAGES=1 npx playwright test images. Look at them before they are committed.
import { statSync } from "node:fs";
import { box, expect, open, openCard, test } from "./fixtures.js";
import { hostile } from "./hostile.js";

test.skip(!process.env.VIEW_IMAGES, "pictures are drawn on demand");

async function draw(page, name) {
  const path = new URL(`../../docs/images/${name}.png`, import.meta.url).pathname;
  await page.screenshot({ path, animations: "disabled" });
  expect(statSync(path).size).toBeLessThan(200_000);
}

const query = async page => {
  await box(page).fill("text_generation@biggest?input_cost<0.2");
  await expect(page.locator(".winner")).toBeVisible();
  await box(page).press("Escape");
};

test("light", async ({ page, binary }) => {
  await page.setViewportSize({ width: 1280, height: 1000 });
  await open(page, binary);
  await query(page);
  await draw(page, "catalog-light");
});

test("dark, with a card", async ({ page, binary }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 1280, height: 900 });
  await open(page, binary);
  await openCard(page, "Qwen3.6-27B");
  await expect(page.locator(".description")).toBeVisible();
  await draw(page, "catalog-dark");
});

test("320 pixels", async ({ page, binary }) => {
  await page.setViewportSize({ width: 320, height: 1400 });
  await open(page, binary);
  await draw(page, "catalog-320");
});

test("plot", async ({ page, binary }) => {
  await page.setViewportSize({ width: 1280, height: 1000 });
  await open(page, binary);
  await page.getByRole("radio", { name: "Plot" }).check({ force: true });
  await page.locator(".browse").evaluate(e => e.scrollIntoView());
  await page.locator("button.point").nth(3).focus();
  await page.keyboard.press("ArrowRight");
  await draw(page, "catalog-plot");
});

test("hostile names", async ({ page, madeUp }) => {
  await page.setViewportSize({ width: 1280, height: 1000 });
  await open(page, await madeUp({ resources: { "ai-endpoints://catalog": hostile } }));
  await draw(page, "catalog-hostile");
});
