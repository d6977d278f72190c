import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { card, catalog, expect, model, open, openCard, priced, test } from "./fixtures.js";
import { binary as program } from "./servers.mjs";

const fact = (page, name) =>
  card(page)
    .locator("dl > div")
    .filter({ has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) })
    .locator("dd");
const cost = page => card(page).locator("output");
const clipboard = page => page.evaluate(() => navigator.clipboard.readText());

test("has all that the catalogue knows of a model", async ({ page, binary }) => {
  await open(page, binary);
  await openCard(page, "gpt-oss-120b");
  for (const [name, value] of [
    ["Context", "131,072 tokens"],
    ["Longest output", "131,072 tokens"],
    ["Calls a minute with a key", "400"],
    ["Calls a minute without", "2"],
    ["Kind", "Chat"],
    ["Vision", "no"],
    ["Tools", "yes"],
    ["Reasoning", "yes"],
    ["JSON Schema", "yes"],
    ["Takes", "text"],
    ["Returns", "text"],
    ["Response formats", "raw_text, json_object, json_schema"],
    ["Tags", /text_generation/],
    ["Publisher", "OpenAI"],
    ["Series", "gpt-oss"],
    ["Parameters", "117B (117 billion)"],
    ["Status", "live"],
    ["Endpoint published", "2025-08-12"],
    ["Model released", "2025-08-05"],
    ["Also called", "openai/gpt-oss-120b"],
    ["Category", "Reasoning LLM"],
    ["Licence", "Apache 2.0"],
    ["Speed, larger is faster", "2"],
  ])
    await expect(fact(page, name)).toHaveText(value);
  await expect(card(page).locator(".prices li")).toHaveText(["€0.08 per million input tokens", "€0.40 per million output tokens"]);
  await expect(card(page).locator(".description")).toContainText("gpt-oss-120b");
});

test("has the figures of speech, embedding and image models, and unknown for what is not known", async ({ page, binary }) => {
  await open(page, binary);
  await openCard(page, "whisper-large-v3");
  await expect(card(page).locator(".prices li")).toHaveText("€0.0000408 per second of audio (€0.147 an hour)");
  await expect(fact(page, "Audio with a key")).toHaveText("10,800 s");
  await expect(fact(page, "Context")).toHaveCount(0);
  await expect(card(page).getByLabel("Seconds of audio a call")).toHaveValue("60");
  await page.keyboard.press("Escape");
  await openCard(page, "bge-m3");
  await expect(fact(page, "Dimensions")).toHaveText("1,024");
  await page.keyboard.press("Escape");
  await openCard(page, "stable-diffusion-xl-base-v10");
  await expect(card(page).locator(".prices li")).toHaveText(/^free per image$/);
  await expect(cost(page)).toHaveText("€0 a call€0 a day€0 in 30 days");
  await page.keyboard.press("Escape");
  await openCard(page, "Mistral-7B-Instruct-v0.3");
  await expect(fact(page, "Context")).toHaveText("unknown");
  await expect(fact(page, "Tools")).toHaveText("unknown");
  await expect(card(page)).toContainText("Cost unknown: the catalogue has no price of this model.");
});

test("calculates what calls cost, a batch at half the price only where there is one", async ({ page, binary }) => {
  await open(page, binary);
  await openCard(page, "gpt-oss-120b");
  await card(page).getByLabel("Input tokens a call").fill("2000");
  await card(page).getByLabel("Output tokens a call").fill("1000");
  await card(page).getByLabel("Calls a day").fill("10000");
  await expect(cost(page)).toHaveText("€0.00056 a call€5.60 a day€168.00 in 30 days");
  await card(page)
    .getByLabel(/As a batch, at half the price/)
    .check();
  await expect(cost(page)).toHaveText("€0.00028 a call€2.80 a day€84.00 in 30 days");
  for (const wrong of ["-1", ""]) {
    await card(page).getByLabel("Calls a day").fill(wrong);
    await expect(cost(page)).toHaveText("Calls a day must be a number of 0 or more.");
  }
  await card(page).getByLabel("Calls a day").fill("0");
  await expect(cost(page)).toHaveText("€0.00028 a call€0 a day€0 in 30 days");
  for (const [id, has] of [
    ["bge-m3", 1],
    ["Qwen3.6-27B", 1],
    ["whisper-large-v3", 0],
    ["nvr-tts-en-us", 0],
    ["stable-diffusion-xl-base-v10", 0],
  ]) {
    await page.keyboard.press("Escape");
    await openCard(page, id);
    await expect(card(page).getByLabel(/As a batch/)).toHaveCount(has);
  }
});

test("does not take a missing price for 0", async ({ page, madeUp }) => {
  const half = model("half", {
    input_price: 1,
    prices: [
      { eur: 1, unit: "million_input_tokens" },
      { eur: null, unit: "million_output_tokens" },
    ],
  });
  await open(
    page,
    await madeUp({
      resources: { "ai-endpoints://catalog": catalog([half, priced("odd", 1, 1, { prices: [{ eur: 3, unit: "full_moon" }] })]) },
    }),
  );
  await openCard(page, "half");
  await expect(cost(page)).toHaveText("unknown a callunknown a dayunknown in 30 days");
  await card(page).getByLabel("Output tokens a call").fill("0");
  await expect(cost(page)).toHaveText("€0.001 a call€1.00 a day€30.00 in 30 days");
  await page.keyboard.press("Escape");
  await openCard(page, "odd");
  await expect(card(page).locator(".prices li").first()).toHaveText("€3.00 by full moon");
});

test("copies the id, a query that picks the model, and lines of a config that the program takes", async ({ page, context, binary }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, binary);
  await openCard(page, "gpt-oss-20b");
  await card(page).getByRole("button", { name: "Copy id" }).click();
  await expect(card(page).getByText("Copied")).toBeVisible();
  expect(await clipboard(page)).toBe("gpt-oss-20b");
  await card(page).getByRole("button", { name: "Copy query" }).click();
  await expect.poll(() => clipboard(page)).toBe("gpt-oss@latest");
  const resolved = execFileSync(program, ["resolve", "--sandbox", "gpt-oss@latest"], { encoding: "utf8" });
  expect(resolved).toMatch(/^\W*gpt-oss-20b/);
  await card(page).getByRole("button", { name: "Copy config" }).click();
  await expect.poll(() => clipboard(page)).toBe('models:\n  my-model:\n    model: "gpt-oss-20b"\ndefaults:\n  chat: my-model\n');
  const config = join(mkdtempSync(join(tmpdir(), "view-")), "config.yaml");
  writeFileSync(config, await clipboard(page));
  const answer = execFileSync(program, ["call", "--sandbox", "--config", config, "--json", "chat", "prompt=hello"], { encoding: "utf8" });
  expect(JSON.parse(answer).model).toBe("gpt-oss-20b");
  for (const [id, role] of [
    ["bge-m3", "embed"],
    ["Qwen3.6-27B", "vision"],
    ["whisper-large-v3", "speech"],
  ]) {
    await page.keyboard.press("Escape");
    await openCard(page, id);
    await card(page).getByRole("button", { name: "Copy config" }).click();
    await expect.poll(() => clipboard(page)).toContain(`defaults:\n  ${role}: my-model\n`);
  }
  await expect(card(page).getByRole("button", { name: "Copy query" })).toHaveCount(0);
});

test("copies without the clipboard's interface, and offers the text where nothing may copy", async ({ page, context, binary }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true }));
  await open(page, binary);
  await openCard(page, "gpt-oss-20b");
  await page.evaluate(() =>
    document.addEventListener("copy", () => {
      window.copied = document.activeElement.value;
    }),
  );
  const button = card(page).getByRole("button", { name: "Copy config" });
  await button.click();
  await expect(card(page).getByText("Copied")).toBeVisible();
  expect(await page.evaluate(() => window.copied)).toContain('model: "gpt-oss-20b"');
  await expect(button).toBeFocused();
  await page.evaluate(() => {
    document.execCommand = () => false;
  });
  await button.click();
  await expect(card(page).getByRole("textbox", { name: "Text to copy" })).toBeFocused();
  await expect(card(page).getByRole("textbox", { name: "Text to copy" })).toHaveValue(/gpt-oss-20b/);
});

test("closes by Escape, by its button and by a click beside it, and gives the focus back", async ({ page, binary }) => {
  await open(page, binary);
  const opener = page.getByRole("table", { name: "Models" }).getByRole("button", { name: "gpt-oss-120b" });
  await opener.focus();
  await page.keyboard.press("Enter");
  await expect(card(page).getByRole("heading", { level: 2 })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(card(page)).toBeHidden();
  await expect(opener).toBeFocused();
  await openCard(page, "gpt-oss-120b");
  await card(page).getByRole("button", { name: "Close" }).click();
  await expect(card(page)).toBeHidden();
  await openCard(page, "gpt-oss-120b");
  await page.mouse.click(5, 5);
  await expect(card(page)).toBeHidden();
  await page
    .getByRole("row", { name: /gpt-oss-20b/ })
    .getByRole("cell")
    .nth(3)
    .click();
  await expect(card(page).getByRole("heading", { level: 2 })).toHaveText("gpt-oss-20b");
  await expect(card(page).getByRole("button", { name: "Use this model" })).toHaveCount(0);
});

test("keeps amounts readable, whatever is calculated", async ({ page, binary }) => {
  await open(page, binary);
  await openCard(page, "gpt-oss-120b");
  const calls = card(page).getByLabel("Calls a day"),
    tokens = card(page).getByLabel("Input tokens a call");
  for (const [value, shown] of [
    ["1e9", /a day€8,400,000 in 30 days$/],
    ["1e12", /a day€8,400,000,000 in 30 days$/],
    ["1e200", /^€0\.00028 a call€2\.8E196 a day€8\.4E197 in 30 days$/],
    ["1e308", /in 30 days$/],
  ]) {
    await tokens.fill("1000");
    await calls.fill(value);
    await expect(cost(page)).toHaveText(shown);
  }
  await tokens.fill("1e308");
  await expect(cost(page)).toHaveText(/unknown in 30 days$/);
  expect(await cost(page).innerText()).not.toMatch(/\u221e|NaN|Infinity/);
  await calls.fill("");
  await calls.pressSequentially("1,000");
  const typed = await calls.evaluate(input => input.value); // browsers differ: what is shown is what is calculated
  if (typed) await expect(calls).toHaveJSProperty("valueAsNumber", 1000);
  else await expect(cost(page)).toHaveText("Calls a day must be a number of 0 or more.");
});

test("stays open when the marking of a text ends outside", async ({ page, binary }) => {
  await open(page, binary);
  await openCard(page, "gpt-oss-120b");
  const title = await card(page).getByRole("heading", { level: 2 }).boundingBox();
  await page.mouse.move(title.x + 20, title.y + 10);
  await page.mouse.down();
  await page.mouse.move(5, 5, { steps: 3 });
  await page.mouse.up();
  await expect(card(page)).toBeVisible();
  await page.mouse.click(5, 5);
  await expect(card(page)).toBeHidden();
});
