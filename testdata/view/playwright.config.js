import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  outputDir: "results",
  workers: 2,
  fullyParallel: true, // else one file is what the last worker is left with
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 20_000 }, // a busy machine is slow, not wrong
  reporter: "list",
  use: {
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" },
  },
});
