import { createHash } from "node:crypto";
import { expect, test } from "@playwright/test";
import { html } from "./servers.mjs";

const hash = text => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

test("is one small file that allows only what it holds", () => {
  const file = html();
  expect(Buffer.byteLength(file)).toBeLessThan(250_000);
  const scripts = [...file.matchAll(/<script>(.*?)<\/script>/gs)].map(m => m[1]);
  const styles = [...file.matchAll(/<style>(.*?)<\/style>/gs)].map(m => m[1]);
  expect([scripts.length, styles.length]).toEqual([1, 1]);
  const [, policy] = /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/.exec(file);
  expect(policy.split("; ")).toEqual([
    "default-src 'none'",
    `script-src ${hash(scripts[0])}`,
    `style-src ${hash(styles[0])}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(file.indexOf("Content-Security-Policy")).toBeLessThan(file.indexOf("<script"));
  expect(file).toContain('<script type="application/json" id="data"></script>');
  const markup = file.replace(/<(script|style)>.*?<\/\1>/gs, "").replace(/<!--.*?-->/gs, "");
  expect(markup).not.toMatch(/\sstyle=|\son\w+=|https?:/);
  expect(scripts[0]).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
  expect(file).toContain("Copyright (c) 2022 Leon Sorokin");
});
