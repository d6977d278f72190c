import { box, card, catalog, expect, model, open, test } from "./fixtures.js";

const options = page => page.getByRole("listbox", { name: "Completions" }).getByRole("option");
const texts = page => page.locator("[role=option] code").allTextContents();
const said = page => page.locator(".query [role=status]").first();
const resolveTool = "resolve-virtual-model";

test("resolves while one types: the winner, the runners-up and why the rest is excluded", async ({ page, binary }) => {
  await open(page, binary);
  await box(page).pressSequentially("text_generation@biggest?input_cost<0.2", { delay: 5 });
  const winner = page.locator(".winner");
  await expect(winner).toContainText("gpt-oss-120b");
  await expect(winner).toContainText("117 billion parameters");
  await expect(winner).toContainText("€0.08 in, €0.40 out · context 128k");
  await expect(page.locator(".runners li")).toHaveText([/gpt-oss-20b.*21 billion parameters/, /Qwen3.5-9B.*9.7 billion parameters/]);
  await expect(page.locator(".excluded summary")).toHaveText("input_cost is not <0.2 (3)");
  await expect(page.locator(".excluded")).toContainText("Qwen3.6-27B 0.4");
  await expect(said(page)).toHaveText("gpt-oss-120b is picked, 117 billion parameters; 2 runners-up, 3 excluded");
  await page.locator(".excluded").getByRole("button", { name: "Qwen3.6-27B" }).click();
  await expect(card(page).getByRole("heading", { name: "Qwen3.6-27B" })).toBeVisible();
});

test("shows syntax errors and queries without a match in the server's words", async ({ page, binary }) => {
  await open(page, binary);
  await box(page).fill("llama@bigest");
  await expect(page.locator(".resolution")).toContainText("This is not a query yet");
  await expect(page.locator(".resolution")).toContainText('unknown ranker "bigest" at column 7; did you mean "biggest"?');
  await expect(page.locator(".resolution")).toContainText("a query is tag@ranker?spec<value");
  await expect(said(page)).toContainText("unknown ranker");
  await box(page).fill("whisper@biggest");
  await expect(page.locator(".resolution")).toContainText("No model matches");
  await expect(page.locator(".resolution")).toContainText("the tool transcribe takes speech-to-text models");
  await box(page).fill("<img src=x onerror=alert(1)>@latest?'\"&&");
  await expect(page.locator(".resolution .error")).toBeVisible();
  await expect(page.locator(".resolution img")).toHaveCount(0);
  await box(page).fill("");
  await expect(page.locator(".resolution")).toBeEmpty();
});

test("completes each part of a query", async ({ page, binary }) => {
  await open(page, binary);
  await box(page).click();
  await expect(options(page).first()).toBeVisible();
  expect(await texts(page)).toContain("code_chat@latest"); // an example
  await box(page).fill("gpt");
  expect(await texts(page)).toEqual(["gpt-oss@"]);
  await expect(options(page)).toContainText("series, 2 models");
  await box(page).press("ArrowDown");
  await box(page).press("Enter");
  await expect(box(page)).toHaveValue("gpt-oss@");
  expect(await texts(page)).toEqual(["fastest", "cheapest", "biggest", "latest", "smallest"]);
  await box(page).pressSequentially("ch");
  expect(await texts(page)).toEqual(["cheapest"]);
  await box(page).press("ArrowDown");
  await box(page).press("Enter");
  expect(await texts(page)).toEqual(["?"]);
  await box(page).press("ArrowUp");
  await box(page).press("Enter");
  expect(await texts(page)).toEqual(["context_size", "max_tokens", "input_cost", "params", "endpoint_publication_date"]);
  await options(page).filter({ hasText: "input_cost" }).click();
  await expect(box(page)).toHaveValue("gpt-oss@cheapest?input_cost");
  await expect(box(page)).toBeFocused();
  expect(await texts(page)).toEqual(["<", ">", "=", "<=", ">="]);
  await options(page).nth(3).click();
  expect(await texts(page)).toEqual(["0.04", "0.91"]);
  await options(page).nth(1).click();
  expect(await texts(page)).toEqual(["&"]);
  await options(page).first().click();
  await box(page).pressSequentially("par");
  expect(await texts(page)).toEqual(["params"]);
  await options(page).first().click();
  await box(page).pressSequentially(">20");
  await expect(box(page)).toHaveValue("gpt-oss@cheapest?input_cost<=0.91&params>20");
  await expect(page.locator(".winner")).toContainText("gpt-oss-20b");
});

test("is a combobox: Escape closes, then clears; arrows go round; leaving it closes it", async ({ page, binary }) => {
  await open(page, binary);
  await box(page).fill("q");
  await expect(box(page)).toHaveAttribute("aria-expanded", "true");
  await expect(page.getByRole("listbox", { name: "Completions" })).toHaveAttribute("id", await box(page).getAttribute("aria-controls"));
  await expect(box(page)).not.toHaveAttribute("aria-activedescendant", /./);
  await box(page).press("ArrowUp");
  await expect(options(page).last()).toHaveAttribute("aria-selected", "true");
  await expect(box(page)).toHaveAttribute("aria-activedescendant", await options(page).last().getAttribute("id"));
  await box(page).press("ArrowDown");
  await expect(options(page).first()).toHaveAttribute("aria-selected", "true");
  await box(page).press("Escape");
  await expect(box(page)).toHaveAttribute("aria-expanded", "false");
  await expect(box(page)).toHaveValue("q");
  await box(page).press("Escape");
  await expect(box(page)).toHaveValue("");
  await box(page).press("ArrowDown");
  await expect(box(page)).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("listbox")).toBeHidden();
});

test("asks once for what was typed, and shows the last answer only", async ({ page, madeUp }) => {
  const asked = [],
    waiting = new Map();
  const answer = query => ({
    content: [],
    structuredContent: { candidates: [{ model: `for ${query}`, value: 1 }], model: `for ${query}` },
  });
  const server = await madeUp({
    resources: { "ai-endpoints://catalog": catalog([model("a")]) },
    tools: {
      [resolveTool]: ({ query }) => {
        asked.push(query);
        return new Promise(resolve => waiting.set(query, () => resolve(answer(query))));
      },
    },
  });
  await open(page, server);
  await box(page).evaluate(input => {
    for (const text of ["a", "a@", "a@latest"]) {
      input.value = text;
      input.dispatchEvent(new Event("input"));
    }
  });
  await expect.poll(() => asked).toEqual(["a@latest"]);
  await box(page).fill("b@latest");
  await expect.poll(() => asked).toEqual(["a@latest", "b@latest"]);
  waiting.get("b@latest")();
  await expect(page.locator(".winner")).toContainText("for b@latest");
  const late = page.waitForResponse(r => r.request().postData().includes("a@latest"));
  waiting.get("a@latest")();
  await (await late).finished();
  await expect(page.locator(".winner")).toContainText("for b@latest");
});

test("says that the tool is not offered, and why the server failed", async ({ page, madeUp, problems }) => {
  const tools = {};
  const server = await madeUp({ resources: { "ai-endpoints://catalog": catalog([model("a")]) }, tools });
  await open(page, server);
  await box(page).fill("a@latest");
  await expect(page.locator(".resolution")).toContainText(`The tool ${resolveTool} cannot be called here`);
  await expect(page.locator(".resolution")).toContainText(`there is no tool "${resolveTool}"`);
  tools[resolveTool] = { status: 429, body: "{}", headers: { "Retry-After": "7" } };
  await box(page).press("Enter");
  await expect(page.locator(".resolution")).toContainText("the server answered with status 429; try again in 7 s");
  server.stop();
  await box(page).press("Enter");
  await expect(page.locator(".resolution")).toContainText("The server could not be reached");
  await expect.poll(() => problems.length).toBe(2);
  problems.length = 0;
});

test("groups what is excluded by its reason, and reads a value of any kind", async ({ page, madeUp }) => {
  const server = await madeUp({
    resources: { "ai-endpoints://catalog": catalog([model("a")]) },
    tools: {
      [resolveTool]: {
        content: [],
        structuredContent: {
          candidates: [{ model: "<b>a</b>", value: "2026-05-15" }, { model: "z" }, 7, null],
          excluded: [
            { model: "b", reason: "has params 7, not >20" },
            { model: "c", reason: "has params 8, not >20" },
            { model: "d", reason: "takes no text" },
            { model: "e", reason: "has params 9, not >20 and has input_cost 0.6, not <0.2" },
            { reason: 4 },
          ],
        },
      },
    },
  });
  await open(page, server);
  await box(page).fill("a@latest");
  await expect(page.locator(".winner")).toContainText("<b>a</b>2026-05-15price unknown · context unknown");
  await expect(page.locator(".excluded summary")).toHaveText([
    "params is not >20 (2)",
    "takes no text (1)",
    "params is not >20 and input_cost is not <0.2 (1)",
    " (1)",
  ]);
  await expect(page.locator(".excluded")).toContainText("e 9, 0.6");
});

test("completes in the middle of a query without doubling what is there", async ({ page, binary }) => {
  await open(page, binary);
  for (const [query, pick, becomes] of [
    ["gp|t-oss@latest", "gpt-oss@", "gpt-oss@latest"],
    ["gpt-oss@la|test?params>3", "latest", "gpt-oss@latest?params>3"],
    ["gpt-oss@latest?par|ams>3", "params", "gpt-oss@latest?params>3"],
    ["gpt-oss@latest?input_cost|<3", "<=", "gpt-oss@latest?input_cost<=3"],
    ["gpt-oss@latest?input_cost|s<3", "input_cost", "gpt-oss@latest?input_cost<3"],
    ["gpt-oss@latest?input_cost<|3&params>7", "0.04", "gpt-oss@latest?input_cost<0.04&params>7"],
    ["gpt-oss@latest?input_cost<0.04|&params>7", "&", "gpt-oss@latest?input_cost<0.04&params>7"],
  ]) {
    await box(page).fill(query.replace("|", ""));
    await box(page).evaluate((input, caret) => {
      input.setSelectionRange(caret, caret);
      input.click();
    }, query.indexOf("|"));
    await options(page).filter({ has: page.locator(`code:text-is("${pick}")`) }).first().click();
    await expect(box(page), query).toHaveValue(becomes);
  }
  await box(page).fill("gpt-oss@latest?input_cost<0.04");
  await box(page).evaluate(input => {
    input.setSelectionRange(28, 28);
    input.click();
  });
  await expect(options(page)).toHaveCount(0); // within a value
});

test("takes no key for its own while an input method composes", async ({ page, binary }) => {
  await open(page, binary);
  await box(page).fill("gpt");
  for (const key of ["ArrowDown", "Enter", "Escape"]) {
    await box(page).dispatchEvent("keydown", { key, isComposing: true });
    await expect(box(page)).toHaveValue("gpt");
    await expect(options(page).first()).toHaveAttribute("aria-selected", "false");
  }
});

test("tells a screen reader the last state only, once the typing pauses", async ({ page, binary }) => {
  await open(page, binary);
  await said(page).evaluate(element => {
    window.said = [];
    new MutationObserver(() => window.said.push(element.textContent)).observe(element, { childList: true });
  });
  const answers = [];
  page.on("response", response => answers.push(response.url()));
  await box(page).fill("llama");
  await expect.poll(() => answers.length).toBe(1);
  await box(page).fill("llama@latest");
  await expect(said(page)).toContainText("is picked");
  expect(await page.evaluate(() => window.said.length)).toBe(1);
});
