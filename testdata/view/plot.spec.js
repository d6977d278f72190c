import { card, catalog, expect, model, open, priced, test } from "./fixtures.js";

const showPlot = page => page.getByRole("radio", { name: "Plot" }).check({ force: true });
const points = page => page.locator("button.point");

test("shows the models as points, and names those that lack a figure", async ({ page, binary }) => {
  await open(page, binary);
  await showPlot(page);
  await expect(page.locator(".uplot canvas")).toBeVisible();
  const point = page.getByRole("button", { name: "gpt-oss-120b: 117B parameters, €0.08 per million input tokens" });
  await expect(point).toBeVisible();
  await expect(page.getByText(/^Not shown, free, .*Qwen3Guard-Gen-8B/)).toBeVisible();
  await expect(page.getByText(/^Not shown, without a price per million input tokens: .*Mistral-7B/)).toBeVisible();
  await page.getByText(/^The plot in words/).click();
  await expect(page.getByRole("listitem").filter({ hasText: "gpt-oss-120b: 117B parameters" })).toBeVisible();

  await page.getByLabel("Against").selectOption("context");
  await expect(page.getByRole("button", { name: "gpt-oss-120b: 128k tokens of context, €0.08 per million input tokens" })).toBeVisible();
  await page.getByLabel("Price", { exact: true }).selectOption("million_output_tokens");
  await expect(page.getByRole("button", { name: "gpt-oss-120b: 128k tokens of context, €0.40 per million output tokens" })).toBeVisible();
  await page.getByLabel("Price", { exact: true }).selectOption("audio_duration_seconds");
  await page.getByLabel("Against").selectOption("params");
  await expect(points(page)).toHaveCount(2);
});

test("has both axes logarithmic: equal factors are equal distances", async ({ page, madeUp }) => {
  const server = await madeUp({
    resources: {
      "ai-endpoints://catalog": catalog([
        priced("one", 0.01, 1, { params_b: 1 }),
        priced("ten", 0.1, 1, { params_b: 10 }),
        priced("hundred", 1, 1, { params_b: 100 }),
      ]),
    },
  });
  await open(page, server);
  await showPlot(page);
  const [one, ten, hundred] = await Promise.all(
    ["one", "ten", "hundred"].map(n => page.getByRole("button", { name: `${n}:` }).boundingBox()),
  );
  expect(Math.abs(ten.x - one.x - (hundred.x - ten.x))).toBeLessThan(2);
  expect(Math.abs(one.y - ten.y - (ten.y - hundred.y))).toBeLessThan(2);
  expect(ten.x).toBeGreaterThan(one.x + 50);
  expect(ten.y).toBeLessThan(one.y - 30);
});

test("is used by keyboard: one stop, arrows go on, Enter opens the card", async ({ page, binary }) => {
  await open(page, binary);
  await page.getByRole("radio", { name: "Table" }).focus();
  await page.keyboard.press("ArrowRight");
  const first = points(page).first(),
    second = points(page).nth(1);
  await expect(first).toHaveAttribute("tabindex", "0");
  await expect(page.locator("button.point[tabindex='0']")).toHaveCount(1);
  await page.getByLabel("Against").focus();
  await page.keyboard.press("Tab");
  await expect(first).toBeFocused();
  await expect(first.locator("span")).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect(second).toBeFocused();
  await page.keyboard.press("End");
  await expect(points(page).last()).toBeFocused();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(card(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(first).toBeFocused();
});

test("keeps the filters of the table", async ({ page, binary }) => {
  await open(page, binary);
  await page.getByLabel("Search").fill("gpt-oss");
  await showPlot(page);
  await expect(points(page)).toHaveCount(2);
  await page.getByLabel("Search").fill("");
  await expect(points(page)).not.toHaveCount(2);
});

test("follows the width and the colours of the window", async ({ page, binary }) => {
  await open(page, binary);
  await showPlot(page);
  const canvas = page.locator(".uplot canvas"),
    wide = (await canvas.boundingBox()).width;
  await page.setViewportSize({ width: 600, height: 800 });
  await expect.poll(async () => (await canvas.boundingBox())?.width ?? Infinity).toBeLessThan(Math.min(wide, 600));
  const image = () => canvas.evaluate(c => c.toDataURL());
  const light = await image();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(image).not.toBe(light);
});

test("lets a point be clicked that has no button", async ({ page, madeUp }) => {
  const models = Array.from({ length: 200 }, (_, i) => priced(`m${i}`, 0.01 * (1 + (i % 14)) ** 3, 1, { params_b: 2 ** (i / 15) }));
  await open(
    page,
    await madeUp({
      resources: { "ai-endpoints://catalog": catalog([...models, priced("last", 90, 1, { params_b: 40000 }), model("none")]) },
    }),
  );
  await showPlot(page);
  await expect(points(page)).toHaveCount(150);
  const area = await page.locator(".u-over").boundingBox();
  // The last one is the rightmost and dearest: 1/1.8 of the ends of the axes are beyond it.
  const x = await page.evaluate(() => Math.log(40000 * 1.6) / Math.log(40000 * 1.8 * 1.6));
  const y = await page.evaluate(() => 1 - Math.log((90 * 1.8) / 0.01) / Math.log((90 * 1.8 * 1.8) / 0.01));
  await page.mouse.click(area.x + area.width * x, area.y + area.height * y);
  await expect(card(page).getByRole("heading", { name: "last" })).toBeVisible();
});
