import { test as base, expect } from "@playwright/test";
import axe from "axe-core";
import { startBinary, startMadeUp } from "./servers.mjs";

export { expect };

/** Tests with the sandbox of the binary. Each also proves that nothing broke, and that no request went to another origin. */
export const test = base.extend({
  binary: [
    async ({}, use) => {
      const server = await startBinary();
      await use(server);
      server.stop();
    },
    { scope: "worker" },
  ],

  /** Starts servers of made-up data that end with the test. */
  madeUp: async ({}, use) => {
    const started = [];
    await use(async data => {
      started.push(await startMadeUp(data));
      return started.at(-1);
    });
    for (const server of started) server.stop();
  },

  /** Problems of the page that a test expects are taken out of this list. */
  problems: async ({}, use) => use([]),
  requests: async ({}, use) => use([]),

  watched: [
    async ({ page, problems, requests }, use) => {
      page.on("pageerror", error => problems.push(String(error)));
      page.on("console", message => {
        if (message.type() === "error") problems.push(message.text());
      });
      page.on("request", request => {
        const from = new URL(page.url()).origin,
          to = new URL(request.url()).origin;
        if (!request.isNavigationRequest() && !request.url().startsWith("data:") && from !== to) requests.push(`${from} to ${to}`);
      });
      await use();
      expect(problems).toEqual([]);
      expect(requests).toEqual([]);
    },
    { auto: true },
  ],
});

/** Opens the page and waits until it has the models. */
export async function open(page, server) {
  await page.goto(server.url);
  await expect(page.getByRole("table", { name: "Models" }).getByRole("row").nth(1)).toBeVisible();
}

/** Has axe look at a frame, by itself: what a page around it lacks is not the view's. */
export async function expectAccessible(frame) {
  await frame.evaluate(axe.source);
  const violations = await frame.evaluate(async () => (await window.axe.run({ resultTypes: ["violations"] })).violations);
  expect(violations.map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 200) + " " + n.failureSummary).join(" | ")}`)).toEqual([]);
}

export const rows = page => page.getByRole("table", { name: "Models" }).locator("tbody tr");
export const names = page => page.locator("tbody th.name button").allTextContents();
export const card = page => page.getByRole("dialog");
export const box = page => page.getByRole("combobox", { name: "Query" });

export async function openCard(page, id) {
  await page.getByRole("table", { name: "Models" }).getByRole("button", { name: id, exact: true }).click();
  await expect(card(page).getByRole("heading", { level: 2, name: id, exact: true })).toBeVisible();
}

export const catalog = (models, more = {}) => ({
  source: "live",
  fetched_at: "2026-08-03T10:00:00Z",
  currency: "EUR",
  models,
  ...more,
});

export const model = (id, more = {}) => ({
  id,
  available: true,
  listed: true,
  served: true,
  input: ["text"],
  output: ["text"],
  kind: "chat",
  ...more,
});

export const priced = (id, input, output, more = {}) =>
  model(id, {
    input_price: input,
    output_price: output,
    prices: [
      { eur: input, unit: "million_input_tokens" },
      { eur: output, unit: "million_output_tokens" },
    ],
    ...more,
  });
