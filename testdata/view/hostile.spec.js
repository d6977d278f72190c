import { box, card, catalog, expect, expectAccessible, model, open, openCard, priced, rows, test } from "./fixtures.js";
import { hostile, script } from "./hostile.js";

test("shows hostile names as texts, and odd figures as unknown", async ({ page, madeUp }) => {
  await open(
    page,
    await madeUp({
      resources: { "ai-endpoints://catalog": hostile, "ai-endpoints://virtual-models": `## Tags\n\n- Series: ${script} (1)\n` },
    }),
  );
  await expect(rows(page)).toHaveCount(7);
  await expect(page.getByRole("row", { name: script })).toContainText("€0.10");
  await expect(page.getByRole("row", { name: /righttoleftbell/ })).toContainText(/unknown/);
  await expect(page.getByText("13 models")).toHaveCount(0);
  await expect(page.getByText("2026-02-30")).toHaveCount(0);
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

test("takes no word of the data for a name of the language's own", async ({ page, madeUp }) => {
  for (const word of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    const server = await madeUp({
      resources: { "ai-endpoints://catalog": catalog([model("a", { status: word, kind: word })], { source: word }) },
      tools: { "resolve-virtual-model": { structuredContent: { candidates: [], error: { code: word, message: "odd" } } } },
    });
    await open(page, server);
    await expect(page.locator(".origin")).toHaveText(/^1 model · catalogue of 2026/);
    await box(page).fill("a@latest");
    await expect(page.locator(".resolution strong")).toHaveText("The query could not be resolved");
  }
});

test("cuts no character in two, and shows none that reverses its neighbours", async ({ page, madeUp }) => {
  const face = "\u{1f600}";
  const models = [
    model("x" + face.repeat(2500)),
    model("half\ud83d end\udc00"),
    model("arabic\u061cmark"),
    priced("x".repeat(30) + face + " named", 1, 1, { params_b: 1 }),
  ];
  await open(page, await madeUp({ resources: { "ai-endpoints://catalog": catalog(models) } }));
  for (const button of await page.locator("tbody th.name button").all()) {
    expect(await button.evaluate(b => /[\p{Cs}\u061c]/u.test(b.textContent))).toBe(false);
    await button.click();
    await expect(card(page)).toBeVisible();
    expect(await card(page).evaluate(d => /[\p{Cs}\u061c]/u.test(d.innerText))).toBe(false);
    await page.keyboard.press("Escape");
  }
  await expect(page.getByRole("button", { name: "half end" })).toBeVisible();
});

test("draws a plot of the least and the largest figures", async ({ page, madeUp }) => {
  const models = [priced("least", 5e-324, 1e-300, { params_b: 5e-324 }), priced("most", 1e15, 1, { params_b: 1e15 }), priced("usual", 1, 2, { params_b: 7 })];
  await open(page, await madeUp({ resources: { "ai-endpoints://catalog": catalog(models) } }));
  await page.getByRole("radio", { name: "Plot" }).check({ force: true });
  await expect(page.locator("button.point")).toHaveCount(3);
  expect(await page.locator("body").innerText()).not.toMatch(/NaN|Infinity|\u221e/);
});
