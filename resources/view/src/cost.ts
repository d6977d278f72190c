import { h, newId, replace } from "./dom";
import { euros, number, unit, unknown } from "./format";
import { inputTokens, outputTokens, type Model, type Price } from "./model";

const days = 30;

/** Whether the service's Batch API, at half the price, takes the model: language models and embeddings only. */
export function hasHalfPrice(model: Model): boolean {
  return ["chat", "vision", "embedding"].includes(model.kind) && model.prices.some(p => p.unit === inputTokens);
}

/** Returns what one call costs; undefined where a price is missing of something that the call has. */
export function costOfCall(prices: Price[], quantities: Map<string, number>): number | undefined {
  let sum = 0;
  for (const [name, quantity] of quantities) {
    const price = prices.find(p => p.unit === name);
    if (price) sum += (price.eur * quantity) / unit(name).per;
    else if (quantity > 0) return undefined;
  }
  return sum;
}

/** The calculator of a model's card. */
export function costCalculator(model: Model): HTMLElement {
  const units = unitsOf(model);
  if (units.length === 0) return h("p", { class: "hint" }, "Cost unknown: the catalogue has no price of this model.");
  const inputs = units.map(name => quantity(unit(name).quantity, unit(name).usual));
  const calls = quantity("Calls a day", 1000);
  const batch = h("input", { type: "checkbox", onchange: calculate });
  const result = h("output", { class: "cost", "aria-live": "polite" });
  for (const input of [...inputs, calls]) input.control.addEventListener("input", calculate);
  calculate();
  return h(
    "div",
    { class: "calculator" },
    h("div", { class: "quantities" }, ...inputs.map(i => i.element), calls.element),
    hasHalfPrice(model) && h("label", { class: "batch" }, batch, " As a batch, at half the price (answers within a day)"),
    result,
  );

  function calculate(): void {
    const wrong = [...inputs, calls].find(i => i.value === undefined);
    if (wrong) return replace(result, `${wrong.label} must be a number of 0 or more.`);
    const quantities = new Map(units.map((name, i) => [name, inputs[i]!.value!]));
    const single = costOfCall(model.prices, quantities);
    const call = single === undefined ? undefined : single * (batch.checked ? 0.5 : 1);
    const day = call === undefined ? undefined : call * calls.value!;
    replace(result, line("a call", call), line("a day", day), line(`in ${days} days`, day === undefined ? undefined : day * days));
  }
}

function unitsOf(model: Model): string[] {
  const units = model.prices.map(p => p.unit);
  // A chat has an answer, even if its price is not known.
  if ((model.kind === "chat" || model.kind === "vision") && units.includes(inputTokens) && !units.includes(outputTokens))
    units.push(outputTokens);
  return units;
}

function line(name: string, amount: number | undefined): HTMLElement {
  const shown = amount !== undefined && amount >= 1e6 && amount < 1e12 ? "€" + number(amount) : euros(amount);
  return h("span", { class: "amount" }, h("strong", { class: shown === unknown && "unknown" }, shown), ` ${name}`);
}

function quantity(label: string, usual: number) {
  const id = newId("quantity");
  const control = h("input", { type: "number", id, min: 0, step: "any", value: usual, inputmode: "decimal" });
  return {
    label,
    control,
    element: h("div", { class: "field" }, h("label", { for: id }, label), control),
    get value(): number | undefined {
      const value = control.valueAsNumber;
      return Number.isFinite(value) && value >= 0 ? value : undefined;
    },
  };
}
