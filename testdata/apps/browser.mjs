// Debian's Chromium, for which nothing is fetched.
import { chromium } from "playwright-core";

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});

/** Waits until body returns without throwing, and returns its result. */
export async function eventually(body) {
  for (const end = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      return await body();
    } catch (err) {
      if (Date.now() > end) throw err;
    }
  }
}
