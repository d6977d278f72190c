import { catalog, model, priced } from "./fixtures.js";

export const script = "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>";

/** A catalogue of all that must not be believed. */
export const hostile = catalog(
  [
    priced(script, 0.1, 0.2, {
      params_b: 7,
      context_tokens: 8192,
      publisher: '"><svg onload=window.pwned=1>',
      tags: ["'onclick=alert(1) x='", "a|b"],
      published_at: "2026-02-30",
    }),
    priced("x".repeat(3000), 1e-12, 1e300, { params_b: 1e300, context_tokens: Number.MAX_SAFE_INTEGER, published_at: "9999-99-99" }),
    priced("right\u202Eto\u200Fleft\u0000\u0007bell", -1, "0.2", { params_b: -7, context_tokens: "8192", max_output_tokens: 1.5 }),
    model("javascript:alert(1)", {
      status: "<b>new</b>",
      series: "s".repeat(500),
      aliases: [1, null, {}, "ok"],
      prices: "free",
      audio: [],
      embedding: "yes",
    }),
    model("constructor", { tags: { length: 3 }, input: "text", output: null, unknown: 5 }),
    model("__proto__", { prices: [{ eur: 1, unit: "<i>unit</i>" }, { eur: Infinity, unit: "x" }, null, 7] }),
    { id: "only-an-id" },
    { id: "" },
    { id: 7 },
    {},
    null,
    "text",
    [model("nested")],
  ],
  { sandbox: "<b>Sandbox</b>", source: "<i>", fetched_at: "yesterday" },
);
