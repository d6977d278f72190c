import { catalog, expect, model, names, open, priced, rows, test } from "./fixtures.js";

const count = page => page.locator(".count");

test("shows every model in a real table, and what is missing as unknown", async ({ page, binary }) => {
  await open(page, binary);
  const all = await rows(page).count();
  expect(all).toBeGreaterThan(20);
  await expect(count(page)).toHaveText(`${all} models`);
  await expect(count(page)).toHaveAttribute("aria-live", "polite");
  const row = page.getByRole("row", { name: /gpt-oss-120b/ });
  await expect(row.getByRole("rowheader")).toContainText("OpenAI");
  await expect(row).toContainText("€0.08");
  await expect(row).toContainText("128k");
  await expect(row).toContainText("117B");
  await expect(page.getByRole("row", { name: /Mistral-7B/ }).getByRole("cell")).toHaveText(Array(8).fill(/unknown/i));
  await expect(page.getByRole("row", { name: /whisper-large-v3 / })).toContainText("/ s");
  expect(await page.locator("body").innerText()).not.toMatch(/NaN|undefined|null|\[object/);
  await expect(page.getByText(/Sandbox/).first()).toBeVisible();
});

for (const [head, first, second] of [
  ["Price", ["a-free", "b-cheap", "c-dear", "e-sound", "d-unknown"], ["c-dear", "b-cheap", "a-free", "e-sound", "d-unknown"]],
  ["Context", ["c-dear", "b-cheap", "a-free", "d-unknown", "e-sound"], ["a-free", "b-cheap", "c-dear", "d-unknown", "e-sound"]],
  ["Model", ["a-free", "b-cheap", "c-dear", "d-unknown", "e-sound"], ["e-sound", "d-unknown", "c-dear", "b-cheap", "a-free"]],
  ["Size", ["b-cheap", "a-free", "c-dear", "d-unknown", "e-sound"], ["a-free", "b-cheap", "c-dear", "d-unknown", "e-sound"]],
  ["Published", ["c-dear", "a-free", "b-cheap", "d-unknown", "e-sound"], ["a-free", "c-dear", "b-cheap", "d-unknown", "e-sound"]],
]) {
  test(`sorts by ${head}, with models that lack it last`, async ({ page, madeUp }) => {
    const server = await madeUp({
      resources: {
        "ai-endpoints://catalog": catalog([
          priced("a-free", 0, 0, { context_tokens: 8192, params_b: 7, published_at: "2025-01-01" }),
          priced("b-cheap", 0.1, 0.2, { context_tokens: 32768, params_b: 70 }),
          priced("c-dear", 2, 5, { context_tokens: 131072, published_at: "2026-01-01" }),
          model("d-unknown"),
          model("e-sound", { kind: "speech", prices: [{ eur: 0.00001, unit: "million_input_chars" }] }),
        ]),
      },
    });
    await open(page, server);
    const column = page.getByRole("columnheader", { name: new RegExp(`^${head}`) });
    if (head === "Published") await expect(column).toHaveAttribute("aria-sort", "descending");
    else await column.getByRole("button").click();
    const order = await column.getAttribute("aria-sort");
    expect(await names(page)).toEqual(first);
    await column.getByRole("button").press("Enter");
    await expect(column).toHaveAttribute("aria-sort", order === "ascending" ? "descending" : "ascending");
    expect(await names(page)).toEqual(second);
    await expect(page.locator("th[aria-sort]")).toHaveCount(1);
  });
}

test("filters by text, kind, ability and price, and says how many are left", async ({ page, binary }) => {
  await open(page, binary);
  const all = await rows(page).count();
  await page.getByLabel("Search").fill("openai 120");
  await expect(count(page)).toHaveText(`1 of ${all} models`);
  expect(await names(page)).toEqual(["gpt-oss-120b"]);
  await page.getByLabel("Search").fill("");

  await page.getByLabel("Kind").selectOption("embedding");
  await expect(count(page)).toHaveText(`3 of ${all} models`);
  await page.getByLabel("Kind").selectOption("chat");
  await expect(page.getByRole("row", { name: /Qwen2.5-VL/ })).toBeVisible();

  await page.getByText("Reasoning", { exact: true }).first().click();
  await expect(page.getByRole("row", { name: /Qwen2.5-VL/ })).toBeHidden();
  await expect(page.getByRole("row", { name: /gpt-oss-20b/ })).toBeVisible();

  await page.getByLabel("Price at most").fill("0.05");
  await expect(count(page)).toHaveText(`1 of ${all} models`);
  expect(await names(page)).toEqual(["gpt-oss-20b"]);
  await page.getByLabel("Search").fill("no such model");
  await expect(rows(page)).toHaveText(["No model fits."]);

  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(count(page)).toHaveText(`${all} models`);
  await expect(page.getByLabel("Search")).toBeFocused();
});

test("draws a page of 10,000 models at a time, once for what is typed in one go", async ({ page, madeUp }) => {
  const models = Array.from({ length: 10_000 }, (_, i) =>
    priced(`model-${i}`, i / 1000, i / 500, {
      params_b: 1 + (i % 400),
      context_tokens: 1024 * (1 + (i % 256)),
      publisher: `publisher ${i % 50}`,
      tags: ["text_generation"],
      published_at: `20${10 + (i % 16)}-01-01`,
    }),
  );
  const server = await madeUp({ resources: { "ai-endpoints://catalog": catalog(models) } });
  await open(page, server);
  await expect(count(page)).toHaveText("10,000 models");
  await expect(rows(page)).toHaveCount(50);

  // What a key costs is counted, as a clock would measure the machine: the elements that are made, and how often.
  await page.evaluate(() => {
    const make = document.createElement.bind(document);
    window.made = window.drawn = 0;
    document.createElement = name => {
      window.made++;
      return make(name);
    };
    new MutationObserver(() => window.drawn++).observe(document.querySelector("tbody"), { childList: true });
  });
  const work = () => page.evaluate(() => [window.made, window.drawn]);
  await page.getByLabel("Search").evaluate(input => {
    for (const text of ["m", "mo", "model", "model-9", "model-99"]) {
      input.value = text;
      input.dispatchEvent(new Event("input"));
    }
  });
  await expect(count(page)).toHaveText("111 of 10,000 models");
  const [few, once] = await work();
  expect(once).toBe(1); // for five keys
  await page.getByLabel("Search").fill("generation");
  await expect(count(page)).toHaveText("10,000 models");
  const [both, twice] = await work();
  expect(twice).toBe(2);
  expect(both - few).toBe(few); // 10,000 models cost what 111 do
  expect(few).toBeLessThan(50 * 50);

  await page.getByLabel("Search").fill("");
  const pages = page.getByRole("navigation", { name: "Pages of the table" });
  await expect(pages).toContainText("1 to 50 of 10,000 models");
  await pages.getByRole("button", { name: "Next" }).click();
  await expect(pages).toContainText("51 to 100 of 10,000 models");
  await expect(pages.getByRole("button", { name: "Next" })).toBeFocused();
  await pages.getByRole("button", { name: "Last" }).press("Enter");
  await expect(pages).toContainText("9,951 to 10,000 of 10,000 models");
  await expect(pages.getByRole("button", { name: "First" })).toBeFocused();
  await page
    .getByRole("columnheader", { name: /^Price/ })
    .getByRole("button")
    .click();
  await expect(rows(page).first()).toContainText("model-0");
  await page.getByRole("radio", { name: "Plot" }).check({ force: true });
  await expect(page.getByText("The first 150 points can be reached by keyboard")).toBeVisible();
});

test("says that a catalogue is empty", async ({ page, madeUp }) => {
  await page.goto((await madeUp({ resources: { "ai-endpoints://catalog": catalog([]) } })).url);
  await expect(page.getByText("The catalogue has no models.")).toBeVisible();
  await expect(rows(page)).toHaveText(["No model fits."]);
  await page.getByRole("radio", { name: "Plot" }).check({ force: true });
  await expect(page.getByText("No model has both figures.")).toBeVisible();
});

test("says why a catalogue could not be refreshed", async ({ page, madeUp }) => {
  const server = await madeUp({
    resources: { "ai-endpoints://catalog": catalog([model("a")], { source: "snapshot", problem: "no <b>route</b>" }) },
  });
  await open(page, server);
  await expect(page.getByText("The catalogue could not be refreshed: no <b>route</b>")).toBeVisible();
  await expect(page.getByText("built-in catalogue of 2026-08-03 10:00 UTC")).toBeVisible();
});

test("begins anew when the page is reloaded", async ({ page, binary }) => {
  await open(page, binary);
  await page.getByRole("radio", { name: "Plot" }).check({ force: true });
  await page.getByLabel("Search").fill("gpt");
  await page.getByText("Tools", { exact: true }).first().click();
  await page.reload();
  await expect(rows(page)).not.toHaveCount(0);
  await expect(page.getByRole("radio", { name: "Table" })).toBeChecked();
  await expect(page.getByLabel("Search")).toHaveValue("");
  await expect(page.getByRole("checkbox", { name: "Tools" })).not.toBeChecked();
});

test("keeps the same order of equal models, however one came to it", async ({ page, madeUp }) => {
  const models = [priced("b", 3, 1), priced("a", 1, 1), priced("c", 2, 1), model("d"), model("e")];
  await open(page, await madeUp({ resources: { "ai-endpoints://catalog": catalog(models) } }));
  const sortBy = name => page.getByRole("columnheader", { name: new RegExp(`^${name}`) }).getByRole("button").click();
  await sortBy("Context");
  const order = await names(page);
  for (const other of ["Price", "Model", "Size"]) {
    await sortBy(other);
    await sortBy("Context");
    expect(await names(page)).toEqual(order);
  }
  await page.getByLabel("Search").fill("x");
  await expect(rows(page)).toHaveText(["No model fits."]);
  await page.getByLabel("Search").fill("");
  await expect(rows(page)).toHaveCount(5);
  expect(await names(page)).toEqual(order);
});
