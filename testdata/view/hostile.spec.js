import { box, card, catalog, expect, expectAccessible, model, open, openCard, priced, rows, test } from "./fixtures.js";

const script = "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>";
export const hostile = catalog([
  priced(script, 0.1, 0.2, { params_b: 7, context_tokens: 8192, publisher: "\"><svg onload=window.pwned=1>", tags: ["'onclick=alert(1) x='", "a|b"], published_at: "2026-02-30" }),
  priced("x".repeat(3000), 1e-12, 1e300, { params_b: 1e300, context_tokens: Number.MAX_SAFE_INTEGER, published_at: "9999-99-99" }),
  priced("right\u202Eto\u200Fleft\u0000\u0007bell", -1, "0.2", { params_b: -7, context_tokens: "8192", max_output_tokens: 1.5 }),
  model("javascript:alert(1)", { status: "<b>new</b>", series: "s".repeat(500), aliases: [1, null, {}, "ok"], prices: "free", audio: [], embedding: "yes" }),
  model("constructor", { tags: { length: 3 }, input: "text", output: null, unknown: 5 }),
  model("__proto__", { prices: [{ eur: 1, unit: "<i>unit</i>" }, { eur: Infinity, unit: "x" }, null, 7] }),
  { id: "only-an-id" }, { id: "" }, { id: 7 }, {}, null, "text", [model("nested")],
], { sandbox: "<b>Sandbox</b>", source: "<i>", fetched_at: "yesterday" });

test("shows hostile names as texts, and odd figures as unknown", async ({ page, madeUp }) => {
  await open(page, await madeUp({ resources: { "ai-endpoints://catalog": hostile, "ai-endpoints://virtual-models": `## Tags\n\n- Series: ${script} (1)\n` } }));
  await expect(rows(page)).toHaveCount(7);
  await expect(page.getByRole("row", { name: script })).toContainText("€0.10");
  await expect(page.getByRole("row", { name: /righttoleftbell/ })).toContainText(/unknown/);
  await expect(page.getByRole("row", { name: /^x{119}…/ })).toBeVisible();
  const text = await page.locator("body").innerText();
  expect(text).not.toMatch(/NaN|undefined|Infinity|\[object|[\u202e\u0007]/);
  await expect(page.locator("main img, main svg, main script, main b:not([class])")).toHaveCount(0);
  for (const id of [script, "javascript:alert(1)", "constructor", "__proto__", "only-an-id"]) {
    await openCard(page, id);
    expect(await card(page).innerText()).not.toMatch(/NaN|undefined|Infinity|\[object/);
    await page.keyboard.press("Escape");
  }
  await rows(page).filter({ hasText: "xxxx" }).getByRole("button").click();
  await expect(card(page)).toBeVisible();
  await card(page).getByLabel("Calls a day").fill("1e308");
  await expect(card(page).locator("output")).toContainText("in 30 days");
  await page.keyboard.press("Escape");
  await box(page).fill("<");
  await expect(page.getByRole("listbox").getByRole("option").first()).toContainText(script);
  await page.getByRole("radio", { name: "Plot" }).check({ force: true });
  await expect(page.locator(".uplot canvas")).toBeVisible();
  await expect(page.getByRole("button", { name: /^<img/ })).toBeVisible();
  expect(await page.evaluate(() => window.pwned)).toBe(undefined);
  await expectAccessible(page);
});

for (const width of [320, 1280]) {
  test(`holds hostile names within ${width} pixels`, async ({ page, madeUp }) => {
    await page.setViewportSize({ width, height: 800 });
    await open(page, await madeUp({ resources: { "ai-endpoints://catalog": hostile } }));
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await wide()).toBeLessThanOrEqual(0);
    await expectAccessible(page);
    await rows(page).filter({ hasText: "xxxx" }).getByRole("button").click();
    expect(await card(page).evaluate(d => d.scrollWidth - d.clientWidth)).toBeLessThanOrEqual(0);
    await page.keyboard.press("Escape");
    await page.getByRole("radio", { name: "Plot" }).check({ force: true });
    await expect(page.locator(".uplot canvas")).toBeVisible();
    expect(await wide()).toBeLessThanOrEqual(0);
  });
}

test("shows what is there where the catalogue is no catalogue at all", async ({ page, madeUp }) => {
  for (const odd of [null, [], "text", 7, { models: "many" }, { models: { 0: model("a") } }]) {
    const server = await madeUp({ resources: { "ai-endpoints://catalog": () => odd ?? {} } });
    await page.goto(server.url);
    await expect(page.getByText("The catalogue has no models.")).toBeVisible();
    await page.goto("about:blank");
  }
});
