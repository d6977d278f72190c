import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { box, card, catalog, expect, model, openCard, priced, rows, test } from "./fixtures.js";
import { fileWith } from "./servers.mjs";

const guide = "## Tags\n\n- Series: llama (1)\n\n## Rankers\n\n- latest: the last\n";

/** Writes the file and opens it as a browser does that is given its path. */
async function openFile(page, data) {
  const path = join(mkdtempSync(join(tmpdir(), "view-")), "models.html");
  writeFileSync(path, fileWith(data));
  await page.goto("file://" + path);
}

test("shows its own data, and asks nobody", async ({ page }) => {
  const asked = [];
  page.on("request", request => asked.push(request.url()));
  await openFile(page, {
    catalog: catalog([priced("llama-1", 1, 2, { params_b: 7, series: "llama" })], { sandbox: "Sandbox: made up." }),
    virtual_models: guide,
    usage: null,
  });
  await expect(rows(page)).toHaveText(/llama-1/);
  await expect(page.getByText("saved as a file")).toBeVisible();
  await expect(page.getByText("made up.")).toBeVisible();
  await openCard(page, "llama-1");
  await expect(card(page).getByRole("button", { name: "Copy query" })).toHaveCount(0);
  await expect(card(page).locator("output")).toContainText("€0.002 a call");
  await page.keyboard.press("Escape");
  await page.getByRole("radio", { name: "Plot" }).check({ force: true });
  await expect(page.getByRole("button", { name: /^llama-1: 7B parameters/ })).toBeVisible();
  expect(asked.filter(url => !url.startsWith("file:") && !url.startsWith("data:"))).toEqual([]);
});

test("offers the command that resolves a query", async ({ page }) => {
  await openFile(page, { catalog: catalog([model("a")]), virtual_models: guide, usage: null });
  await expect(rows(page)).toHaveText(/^a/);
  await box(page).fill("lla");
  await expect(page.getByRole("option", { name: "llama@" })).toBeVisible();
  await box(page).fill("llama@latest?params>'7'");
  await expect(page.locator(".resolution")).toContainText("A file has no server that could resolve this.");
  await expect(page.locator(".command code")).toHaveText("ai-endpoints-mcp resolve 'llama@latest?params>'\\''7'\\'''");
  await expect(page.getByRole("button", { name: "Copy command" })).toBeVisible();
});

test("is not ended by a hostile name in its data", async ({ page }) => {
  const name = "</script><script>window.pwned = 1</script><!-- \u2028";
  await openFile(page, { catalog: catalog([model(name)]), virtual_models: name, usage: null });
  await expect(rows(page)).toContainText(["</script><script>window.pwned = 1</script><!--"]);
  expect(await page.evaluate(() => window.pwned)).toBe(undefined);
});

test("shows the usage that it holds", async ({ page }) => {
  await openFile(page, {
    catalog: catalog([model("a")]),
    virtual_models: null,
    usage: { since: "2026-08-03T08:00:00Z", total: { calls: 1, cost_eur: 0 }, models: {} },
  });
  await expect(page.getByRole("region", { name: "Usage" })).toContainText("1 call");
});
