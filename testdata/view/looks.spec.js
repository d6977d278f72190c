import { box, card, catalog, expect, expectAccessible, model, open, openCard, rows, test } from "./fixtures.js";

const showPlot = page => page.getByRole("radio", { name: "Plot" }).check({ force: true });

/** The states of the view; each is entered from a fresh page. */
const states = {
  table: async (page, { binary }) => open(page, binary),
  plot: async (page, { binary }) => {
    await open(page, binary);
    await showPlot(page);
    await expect(page.locator("button.point").first()).toBeVisible();
    await page.getByText(/^The plot in words/).click();
  },
  completions: async (page, { binary }) => {
    await open(page, binary);
    await box(page).fill("q");
    await box(page).press("ArrowDown");
  },
  result: async (page, { binary }) => {
    await open(page, binary);
    await box(page).fill("text_generation@biggest?input_cost<0.2");
    await expect(page.locator(".winner")).toBeVisible();
  },
  "query error": async (page, { binary }) => {
    await open(page, binary);
    await box(page).fill("llama@bigest");
    await expect(page.locator(".resolution .error")).toBeVisible();
  },
  card: async (page, { binary }) => {
    await open(page, binary);
    await openCard(page, "gpt-oss-120b");
    await expect(card(page).locator(".description")).toBeVisible();
  },
  "no model fits": async (page, { binary }) => {
    await open(page, binary);
    await page.getByLabel("Search").fill("nothing");
    await expect(rows(page)).toHaveText(["No model fits."]);
  },
  login: async (page, { madeUp, problems }) => {
    await page.goto((await madeUp({ resources: { "ai-endpoints://catalog": { status: 401, body: "{}" } } })).url);
    await page.getByLabel("Token").fill("wrong");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alert")).toBeVisible();
    problems.length = 0;
  },
  failure: async (page, { madeUp }) => {
    await page.goto((await madeUp({ resources: { "ai-endpoints://catalog": new Error("broken") } })).url);
    await expect(page.getByRole("alert")).toBeVisible();
  },
  pages: async (page, { madeUp }) => {
    const models = Array.from({ length: 250 }, (_, i) =>
      model(`m${i}`, { status: i % 2 ? "new" : "live", retires_at: i % 3 ? undefined : "2027-01-01" }),
    );
    await open(page, await madeUp({ resources: { "ai-endpoints://catalog": catalog(models, { problem: "no route" }) } }));
  },
};

for (const [name, enter] of Object.entries(states)) {
  test(`has no fault that axe finds: ${name}`, async ({ page, binary, madeUp, problems }) => {
    const looks = [
      ["light", 1280],
      ["dark", 320],
    ];
    if (["table", "plot", "card"].includes(name)) looks.push(["dark", 1280], ["light", 320]);
    for (const [colorScheme, width] of looks) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 800 });
      await page.goto("about:blank");
      await enter(page, { binary, madeUp, problems });
      await expectAccessible(page);
      problems.length = 0;
    }
  });
}

test("fits every width without scrolling sideways", async ({ page, binary }) => {
  for (const name of ["table", "plot", "result", "card"]) {
    await states[name](page, { binary });
    for (const width of [320, 375, 600, 768, 901, 1024, 1181, 1440, 1920, 2560]) {
      await page.setViewportSize({ width, height: 800 });
      await page.waitForFunction(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)))));
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${name} at ${width}`).toBeLessThanOrEqual(0);
      if (name === "card") expect(await card(page).evaluate(d => d.scrollWidth - d.clientWidth), `card at ${width}`).toBeLessThanOrEqual(0);
    }
  }
});

test("keeps roles and sorting where the table is laid out as a list", async ({ page, binary }) => {
  await page.setViewportSize({ width: 320, height: 800 });
  await open(page, binary);
  const column = page.getByRole("columnheader", { name: /^Context/ });
  await column.getByRole("button").click();
  await expect(column).toHaveAttribute("aria-sort", "descending");
  await expect(rows(page).first().getByRole("cell").filter({ hasText: "256k" }).first()).toBeVisible();
});

test("moves nothing for those who do not want it, and otherwise only a little", async ({ page, binary }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await open(page, binary);
  const moving = () =>
    page.evaluate(
      () =>
        [...document.querySelectorAll("*")].filter(e => {
          const s = getComputedStyle(e);
          return s.animationName !== "none" || s.transitionDuration.split(", ").some(d => d !== "0s");
        }).length,
    );
  await openCard(page, "gpt-oss-20b");
  expect(await moving()).toBe(0);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  expect(await moving()).toBeGreaterThan(0);
});

test("is used from end to end by keyboard, with the focus always to be seen", async ({ page, binary }) => {
  await open(page, binary);
  const focused = () =>
    page.evaluate(() => {
      const e = document.activeElement,
        drawn = [e, e.nextElementSibling].filter(Boolean).map(x => getComputedStyle(x));
      return {
        tag: e.tagName,
        text: e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent ?? e.textContent,
        outlined: drawn.some(s => s.outlineStyle !== "none" && s.outlineWidth !== "0px"),
      };
    });
  const seen = [];
  for (let i = 0; i < 22; i++) {
    await page.keyboard.press("Tab");
    const now = await focused();
    expect(now.outlined, `${now.tag} ${now.text}`).toBe(true);
    seen.push(now.text);
  }
  expect(seen.slice(0, 9)).toEqual([
    "Query",
    "Table",
    "Search",
    "Kind",
    "Price at most, EUR",
    "Vision",
    "Tools",
    "Reasoning",
    "JSON Schema",
  ]);
  expect(seen).toContain("Model");
  await page.getByLabel("Search").focus();
  await page.keyboard.type("gpt-oss-20b");
  await expect(rows(page)).toHaveCount(1);
  while ((await focused()).text !== "gpt-oss-20b") await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(card(page)).toBeVisible();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    expect(
      await page.evaluate(
        () => document.activeElement === document.body || document.querySelector("dialog").contains(document.activeElement),
      ),
    ).toBe(true);
  }
});

test("prints the models on white, and of an open card all of it", async ({ page, binary }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await open(page, binary);
  await openCard(page, "gpt-oss-120b");
  await page.emulateMedia({ colorScheme: "dark", media: "print" });
  expect(await card(page).evaluate(d => [getComputedStyle(d).backgroundColor, d.scrollHeight - d.clientHeight])).toEqual([
    "rgb(255, 255, 255)",
    0,
  ]);
  await expect(rows(page).first()).toBeHidden();
  await page.emulateMedia({ colorScheme: "dark", media: "screen" });
  await page.keyboard.press("Escape");
  await page.emulateMedia({ colorScheme: "dark", media: "print" });
  await expect(rows(page).first()).toBeVisible();
  await expect(page.getByLabel("Search")).toBeHidden();
  await expect(page.getByRole("heading", { name: "Let a query pick" })).toBeHidden();
});

test("breaks no unit from its price's line", async ({ page, binary }) => {
  await open(page, binary);
  const units = page.locator("td.figure small", { hasText: /^\s*\/\s*s$/ });
  await expect(units).toHaveCount(2);
  for (const unit of await units.all()) expect(await unit.evaluate(e => e.getClientRects().length)).toBe(1);
});
