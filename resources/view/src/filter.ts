import { h } from "./dom";
import { abilityNames, kindNames, plural } from "./format";
import { abilities, isOf, kinds, type Ability, type Kind, type Model } from "./model";

export interface Filter {
  text: string;
  kind: Kind | "all";
  abilities: Set<Ability>;
  maxPrice: number | undefined; // EUR for the unit that is shown
}

export function matches(model: Model, filter: Filter): boolean {
  if (filter.kind !== "all" && !isOf(model, filter.kind)) return false;
  for (const ability of filter.abilities) {
    if (!model.abilities.includes(ability)) return false;
  }
  if (filter.maxPrice !== undefined && !(model.price && model.price.eur <= filter.maxPrice)) return false;
  return filter.text.split(/\s+/).every(word => model.search.includes(word));
}

/** The controls that choose which models table and plot show. */
export class FilterBar {
  readonly element: HTMLElement;
  readonly #text = h("input", {
    type: "search",
    id: "find",
    placeholder: "Name, publisher, tag",
    spellcheck: "false",
  });
  readonly #kind = h("select", { id: "kind" });
  readonly #price = h("input", { type: "number", id: "price", min: 0, step: "any", inputmode: "decimal", placeholder: "any" });
  readonly #count = h("p", { class: "count", role: "status", "aria-live": "polite" });
  readonly #reset = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.reset() }, "Clear filters");
  readonly #boxes: HTMLInputElement[];
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#boxes = abilities.map(a => h("input", { type: "checkbox", value: a, onchange: changed }));
    this.#text.addEventListener("input", changed);
    this.#kind.addEventListener("change", changed);
    this.#price.addEventListener("input", changed);
    this.element = h(
      "form",
      { class: "filters", role: "search", "aria-label": "Filter the models", onsubmit: (e: Event) => e.preventDefault() },
      field("find", "Search", this.#text),
      field("kind", "Kind", this.#kind),
      field("price", "Price at most, EUR", this.#price),
      h(
        "fieldset",
        { class: "chips" },
        h("legend", {}, "Abilities"),
        ...this.#boxes.map((box, i) => h("label", { class: "chip" }, box, h("span", {}, abilityNames[abilities[i]!]))),
      ),
      h("div", { class: "found" }, this.#count, this.#reset),
    );
  }

  get value(): Filter {
    const price = this.#price.valueAsNumber;
    return {
      text: this.#text.value.trim().toLowerCase(),
      kind: this.#kind.value as Kind | "all",
      abilities: new Set(this.#boxes.filter(b => b.checked).map(b => b.value as Ability)),
      maxPrice: Number.isFinite(price) ? price : undefined,
    };
  }

  /** Offers the kinds that there are. */
  offer(models: Model[]): void {
    const chosen = this.#kind.value || "all";
    const present = kinds.filter(k => models.some(m => isOf(m, k)));
    this.#kind.replaceChildren(h("option", { value: "all" }, "All kinds"), ...present.map(k => h("option", { value: k }, kindNames[k])));
    this.#kind.value = chosen;
    if (this.#kind.selectedIndex < 0) this.#kind.value = "all";
  }

  announce(shown: number, total: number): void {
    this.#count.textContent = shown === total ? plural(total, "model") : `${shown.toLocaleString("en")} of ${plural(total, "model")}`;
    const { text, kind, abilities: wanted, maxPrice } = this.value;
    this.#reset.hidden = !text && kind === "all" && wanted.size === 0 && maxPrice === undefined;
  }

  reset(): void {
    this.#text.value = this.#price.value = "";
    this.#kind.value = "all";
    for (const box of this.#boxes) box.checked = false;
    this.#text.focus();
    this.#changed();
  }
}

function field(id: string, label: string, control: HTMLElement): HTMLElement {
  return h("div", { class: "field" }, h("label", { for: id }, label), control);
}
