import { h, replace, setAttribute } from "./dom";
import { abilityNames, euros, kindNames, number, parameters, plural, shorten, tokens, unit } from "./format";
import { abilities, has, inputTokens, outputTokens, unitRank, type Model, type Price } from "./model";

type Key = string | number | undefined;

interface Column {
  name: string;
  unit?: string;
  className: string;
  first: "ascending" | "descending"; // what one expects of a first click
  group?(model: Model): number; // of values that compare; the groups keep their order
  key(model: Model): Key;
  cell(model: Model): Node | string;
}

const pageSize = 50;

const columns: Column[] = [
  { name: "Model", className: "name", first: "ascending", key: m => m.id.toLowerCase(), cell: () => "" },
  { name: "Kind", className: "kind", first: "ascending", key: m => kindNames[m.kind], cell: kindMark },
  {
    name: "Price",
    unit: "EUR / M tokens",
    className: "figure",
    first: "ascending",
    group: unitRank,
    key: m => m.price?.eur,
    cell: priceCell,
  },
  { name: "Output price", unit: "EUR / M tokens", className: "figure", first: "ascending", key: m => m.outputPrice, cell: outputCell },
  {
    name: "Context",
    className: "figure",
    first: "descending",
    key: m => m.context,
    cell: m => missing(m.context, tokens(m.context), !has(m, "context")),
  },
  {
    name: "Max output",
    className: "figure",
    first: "descending",
    key: m => m.maxOutput,
    cell: m => missing(m.maxOutput, tokens(m.maxOutput), !has(m, "output")),
  },
  { name: "Size", className: "figure", first: "descending", key: m => m.paramsB, cell: m => missing(m.paramsB, parameters(m.paramsB)) },
  { name: "Abilities", className: "abilities", first: "descending", key: m => m.abilities.length || undefined, cell: abilityTags },
  {
    name: "Published",
    className: "date",
    first: "descending",
    key: m => m.published || undefined,
    cell: m => missing(m.published, m.published),
  },
];

/** The models as a table, a page at a time, so that thousands stay quick. */
export class ModelTable {
  readonly element: HTMLElement;
  readonly #body = h("tbody", { role: "rowgroup" });
  readonly #pager = h("nav", { class: "pager", "aria-label": "Pages of the table", hidden: true });
  readonly #heads: HTMLTableCellElement[];
  readonly #open: (model: Model) => void;
  #given: Model[] = []; // the order of those that compare equal
  #models: Model[] = [];
  #sort: { column: Column; order: "ascending" | "descending" } = { column: columns[8]!, order: "descending" };
  #page = 0;

  constructor(open: (model: Model) => void) {
    this.#open = open;
    this.#heads = columns.map(c =>
      h(
        "th",
        { role: "columnheader", scope: "col", class: c.className },
        h("button", { type: "button", onclick: () => this.#sortBy(c) }, h("span", {}, c.name), c.unit && h("small", {}, ` ${c.unit}`)),
      ),
    );
    // Explicit roles: where a narrow screen lays the table out as a list, browsers drop the implicit ones.
    this.element = h(
      "div",
      { class: "table" },
      h(
        "table",
        { role: "table", "aria-label": "Models" },
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...this.#heads)),
        this.#body,
      ),
      this.#pager,
    );
  }

  show(models: Model[]): void {
    this.#given = models;
    this.#models = sorted(models, this.#sort.column, this.#sort.order);
    this.#page = 0;
    this.#draw();
  }

  #sortBy(column: Column): void {
    const again = this.#sort.column === column;
    const order = !again ? column.first : this.#sort.order === "ascending" ? "descending" : "ascending";
    this.#sort = { column, order };
    this.show(this.#given);
  }

  #draw(): void {
    columns.forEach((c, i) => setAttribute(this.#heads[i]!, "aria-sort", c === this.#sort.column && this.#sort.order));
    const from = this.#page * pageSize;
    this.#body.replaceChildren(...this.#models.slice(from, from + pageSize).map(m => this.#row(m)));
    if (this.#models.length === 0) {
      this.#body.append(h("tr", { role: "row", class: "none" }, h("td", { role: "cell", colspan: columns.length }, "No model fits.")));
    }
    this.#drawPager(from);
  }

  #row(model: Model): HTMLElement {
    const cells = columns.slice(1).map(c => h("td", { role: "cell", class: c.className, "data-label": c.name }, c.cell(model)));
    return h(
      "tr",
      { role: "row", onclick: (event: Event) => this.#click(event, model) },
      h(
        "th",
        { role: "rowheader", scope: "row", class: "name" },
        h("button", { type: "button", class: "link" }, h("bdi", {}, shorten(model.id))),
        " ",
        ...statusMark(model),
        model.publisher && h("span", { class: "publisher" }, h("bdi", {}, shorten(model.publisher))),
      ),
      ...cells,
    );
  }

  // A click anywhere in the row opens the card, unless it marked some text.
  #click(event: Event, model: Model): void {
    const onButton = event.target instanceof Element && event.target.closest("button");
    if (onButton || !window.getSelection()?.toString()) this.#open(model);
  }

  #drawPager(from: number): void {
    const last = Math.max(0, Math.ceil(this.#models.length / pageSize) - 1);
    this.#pager.hidden = last === 0;
    const turn = (name: string, to: number) =>
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          disabled: to < 0 || to > last || to === this.#page,
          onclick: () => this.#turn(to),
        },
        name,
      );
    replace(
      this.#pager,
      turn("First", 0),
      turn("Previous", this.#page - 1),
      h(
        "span",
        { role: "status" },
        `${number(from + 1)} to ${number(Math.min(from + pageSize, this.#models.length))} of ${plural(this.#models.length, "model")}`,
      ),
      turn("Next", this.#page + 1),
      turn("Last", last),
    );
  }

  // The pager is drawn anew, so the focus goes to the new button of the same name, or to one that is enabled.
  #turn(to: number): void {
    const pressed = document.activeElement?.textContent;
    this.#page = to;
    this.#draw();
    const buttons = [...this.#pager.querySelectorAll<HTMLButtonElement>("button:enabled")];
    (buttons.find(b => b.textContent === pressed) ?? buttons[0])?.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "start" });
  }
}

/** Sorts without changing models; those without the figure are last in both directions. */
function sorted(models: Model[], column: Column, order: "ascending" | "descending"): Model[] {
  const sign = order === "ascending" ? 1 : -1;
  const keyed = models.map((model, i) => ({ model, i, key: column.key(model), group: column.group?.(model) ?? 0 }));
  keyed.sort((a, b) => {
    if (a.group !== b.group) return a.group - b.group;
    if (a.key === undefined || b.key === undefined) return a.key === b.key ? a.i - b.i : a.key === undefined ? 1 : -1;
    return a.key === b.key ? a.i - b.i : a.key < b.key ? -sign : sign;
  });
  return keyed.map(k => k.model);
}

function priceCell(model: Model): Node | string {
  if (!model.price) return missing("", "");
  if (model.price.eur === 0) return "free";
  return amount(model.price);
}

function outputCell(model: Model): Node | string {
  if (model.outputPrice === 0) return "free";
  const ofOther = model.price !== undefined && model.price.unit !== inputTokens && model.price.unit !== outputTokens;
  if (model.outputPrice !== undefined) return amount({ eur: model.outputPrice, unit: outputTokens });
  return missing("", "", ofOther || !has(model, "output"));
}

/** Shows a price; the head of the column says the unit of most. */
function amount(p: Price): Node {
  const usual = p.unit === inputTokens || p.unit === outputTokens;
  return h("span", {}, euros(p.eur), h("small", { class: usual && "usual" }, " " + shorten(unit(p.unit).short)));
}

/** Shows a figure that is missing as unknown, unless the model's kind has none. */
function missing(value: unknown, shown: string, none = false): Node | string {
  if (value !== undefined && value !== "") return shown;
  return h("span", { class: "unknown" }, none ? h("span", { class: "none", "aria-label": "none", role: "img" }, "–") : "unknown");
}

export function kindMark(model: Model): Node {
  return h("span", { class: "kind-mark", "data-kind": model.kind || "unknown" }, kindNames[model.kind]);
}

function abilityTags(model: Model): Node | string {
  if (model.abilities.length > 0)
    return h("ul", { class: "tags" }, ...model.abilities.map(a => h("li", {}, a === "json_schema" ? "JSON" : abilityNames[a])));
  return missing("", "", model.kind !== "" && !abilities.some(a => model.unknown.includes(a)));
}

/** Shows a status other than live. */
export function statusMark(model: Model): Node[] {
  if (!model.status || model.status === "live") return [];
  return [h("span", { class: "status", "data-status": model.status }, h("bdi", {}, shorten(model.status)))];
}
