import { h } from "./dom";
import { euros, number, plural } from "./format";
import { fields, figure, text, type Fields } from "./json";

/** Shows ai-endpoints://usage, to those who may see it. */
export function usagePanel(value: unknown): HTMLElement | undefined {
  const usage = fields(value);
  if (!text(usage["since"])) return undefined;
  const models = Object.entries(fields(usage["models"])).map(([id, of]) => ({ id, of: fields(of) }));
  models.sort((a, b) => (figure(b.of["cost_eur"]) ?? 0) - (figure(a.of["cost_eur"]) ?? 0));
  const who = text(usage["caller"]) ? ` of ${text(usage["caller"])}` : "";
  const total = fields(usage["total"]);
  // The program that writes a file made no calls: then only the budget says something.
  const hasTotals = (figure(total["calls"]) ?? 0) > 0 || !usage["budget"];
  return h(
    "section",
    { class: "panel usage", "aria-labelledby": "usage-title" },
    h("h2", { id: "usage-title" }, h("bdi", {}, `Usage${who}`)),
    hasTotals && h("p", { class: "hint" }, `Since the server started, ${text(usage["since"]).slice(0, 16).replace("T", " ")} UTC`),
    hasTotals && h("p", { class: "totals" }, summary(total)),
    budget("Today's budget", fields(usage["budget"]), "spent_today_eur"),
    budget("The month's budget", fields(usage["budget_month"]), "spent_month_eur"),
    models.length > 0 &&
      h(
        "details",
        {},
        h("summary", {}, `By model (${models.length})`),
        h("ul", {}, ...models.slice(0, 200).map(m => h("li", {}, h("bdi", {}, m.id), `: ${summary(m.of)}`))),
      ),
  );
}

function summary(usage: Fields): string {
  return [
    plural(figure(usage["calls"]) ?? 0, "call"),
    `${number(figure(usage["prompt_tokens"]))} tokens in`,
    `${number(figure(usage["completion_tokens"]))} out`,
    euros(figure(usage["cost_eur"])),
  ].join(" · ");
}

function budget(name: string, of: Fields, spentField: string): HTMLElement | undefined {
  const most = figure(of["max_cost_eur"]),
    spent = figure(of[spentField]);
  if (most === undefined || spent === undefined) return undefined;
  return h(
    "div",
    { class: "budget" },
    h(
      "label",
      {},
      `${name}: ${euros(spent)} of ${euros(most)} `,
      h("meter", { min: 0, max: most || 1, value: Math.min(spent, most || 1), high: most * 0.8 }),
    ),
  );
}
