import { copyButton } from "./copy";
import { costCalculator } from "./cost";
import { h, replace } from "./dom";
import { abilityNames, kindNames, number, parameters, price, shorten, unknown } from "./format";
import { fields, figure, text } from "./json";
import { abilities, has, type Model } from "./model";
import type { Server } from "./server";
import { configSnippet, queryFor } from "./snippets";
import { kindMark, statusMark } from "./table";

/** Tells the host's model which model the user chose; only apps have it. */
export type UseModel = (id: string) => Promise<void>;

/** The dialog with all that is known of one model. */
export class Card {
  readonly element = h("dialog", {
    class: "card",
    "aria-labelledby": "card-title",
    onpointerdown: (e: Event) => (this.#pressedOutside = e.target === this.element),
    onclick: (e: Event) => this.#clickOutside(e),
  });
  readonly #server: Server;
  readonly #use: UseModel | undefined;
  #model: Model | undefined;
  #pressedOutside = false;

  constructor(server: Server, use: UseModel | undefined) {
    this.#server = server;
    this.#use = use;
  }

  open(model: Model): void {
    this.#model = model;
    const description = h("p", { class: "description", hidden: true });
    replace(
      this.element,
      h(
        "div",
        { class: "card-inside" },
        this.#head(model),
        description,
        section("Price", prices(model)),
        section("What it would cost", costCalculator(model)),
        section("Limits", facts(limits(model))),
        section("Abilities", facts(abilityFacts(model))),
        section("About", facts(about(model))),
      ),
    );
    if (!this.element.open) this.element.showModal();
    this.element.scrollTop = 0;
    this.element.querySelector<HTMLElement>("h2")?.focus();
    void this.#describe(model, description);
  }

  close(): void {
    this.element.close();
  }

  #head(model: Model): HTMLElement {
    const said = h("span", { class: "copied", role: "status" });
    const use =
      this.#use && h("button", { type: "button", class: "primary", onclick: () => void this.#useModel(model, said) }, "Use this model");
    return h(
      "header",
      {},
      h(
        "div",
        { class: "title" },
        h("h2", { id: "card-title", tabindex: -1 }, h("bdi", {}, shorten(model.id, 400))),
        h("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => this.close() }, "×"),
      ),
      h("p", { class: "marks" }, kindMark(model), ...statusMark(model)),
      model.replacement && h("p", { class: "note" }, "Replaced by ", h("bdi", {}, model.replacement)),
      h(
        "div",
        { class: "actions" },
        use ?? null,
        use ? said : null,
        copyButton("Copy id", () => model.id),
        this.#canQuery(model) && copyButton("Copy query", () => queryFor(model, this.#server)),
        copyButton("Copy config", () => configSnippet(model)),
      ),
    );
  }

  // Queries pick among models that chat, and only a server can say which one.
  #canQuery(model: Model): boolean {
    return this.#server.kind !== "file" && (model.kind === "chat" || model.kind === "vision") && Boolean(model.series || model.publisher);
  }

  async #useModel(model: Model, said: HTMLElement): Promise<void> {
    said.textContent = "";
    try {
      await this.#use?.(model.id);
      said.textContent = "The conversation knows your choice";
    } catch (error) {
      said.textContent = `The host refused: ${error instanceof Error ? error.message : unknown}`;
    }
  }

  // The catalogue of all models leaves the descriptions out.
  async #describe(model: Model, place: HTMLElement): Promise<void> {
    let words = model.description;
    if (!words && model.complete && this.#server.kind !== "file") {
      const found = await this.#server.readResource(`ai-endpoints://models/${encodeURIComponent(model.id)}`).catch(() => undefined);
      words = text(fields(found)["description"]);
    }
    if (!words || this.#model !== model) return;
    place.textContent = words;
    place.hidden = false;
  }

  // Marking a text may end outside.
  #clickOutside(event: Event): void {
    if (event.target === this.element && this.#pressedOutside) this.close();
  }
}

function section(title: string, content: HTMLElement): HTMLElement {
  return h("section", {}, h("h3", {}, title), content);
}

type Fact = [name: string, value: string];

function facts(rows: Fact[]): HTMLElement {
  return h(
    "dl",
    {},
    ...rows.map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", { class: value === unknown && "unknown" }, h("bdi", {}, shorten(value, 1000)))),
    ),
  );
}

function prices(model: Model): HTMLElement {
  if (model.prices.length === 0) return h("p", { class: "unknown" }, unknown);
  const perHour = (p: { eur: number; unit: string }) =>
    p.unit === "audio_duration_seconds" && p.eur > 0 ? ` (€${number(p.eur * 3600)} an hour)` : "";
  return h(
    "ul",
    { class: "prices" },
    ...model.prices.map(p =>
      h("li", {}, h("bdi", {}, price(p) + perHour(p)), p.eur === 0 && h("span", { class: "hint" }, ` ${p.unit.replaceAll("_", " ")}`)),
    ),
  );
}

function limits(model: Model): Fact[] {
  const { audio, embedding } = model;
  const rows: [string, string | 0 | undefined][] = [
    ["Context", model.context && `${number(model.context)} tokens`],
    ["Longest output", model.maxOutput && `${number(model.maxOutput)} tokens`],
    ["Images a prompt", model.maxImages && number(model.maxImages)],
    ["Calls a minute with a key", model.keyPerMinute && number(model.keyPerMinute)],
    ["Calls a minute without", model.anonymousPerMinute && number(model.anonymousPerMinute)],
  ];
  const optional: [string, unknown, string][] = [
    ["Audio with a key", audio["seconds"], "s"],
    ["Audio without", audio["anonymous_seconds"], "s"],
    ["Audio file with a key", audio["mb"], "MiB"],
    ["Audio file without", audio["anonymous_mb"], "MiB"],
    ["Dimensions", embedding["dimensions"], ""],
    ["Least dimensions", embedding["min_dimensions"], ""],
    ["Inputs a request", embedding["max_batch"], ""],
  ];
  // What models of this kind do not have is left out, not unknown.
  const belongs = (name: string) =>
    name === "Images a prompt"
      ? model.kind === "vision"
      : name === "Longest output"
        ? has(model, "output")
        : name === "Context"
          ? has(model, "context")
          : true;
  return [
    ...rows.filter(([name, value]) => value || belongs(name)).map(([name, value]): Fact => [name, value || unknown]),
    ...optional.filter(([, value]) => figure(value)).map(([name, value, of]): Fact => [name, `${number(figure(value))} ${of}`.trim()]),
  ];
}

function abilityFacts(model: Model): Fact[] {
  const known = model.kind !== "";
  return [
    ["Kind", kindNames[model.kind]],
    ...abilities.map((a): Fact => [
      abilityNames[a],
      model.abilities.includes(a) ? "yes" : !known || model.unknown.includes(a) ? unknown : "no",
    ]),
    ["Takes", model.input.join(", ") || unknown],
    ["Returns", model.output.join(", ") || unknown],
    ["Response formats", model.responseFormats.join(", ") || unknown],
    ["Tags", model.tags.join(", ") || unknown],
  ];
}

function about(model: Model): Fact[] {
  return [
    ["Publisher", model.publisher || unknown],
    ["Series", model.series || unknown],
    ["Category", model.category || unknown],
    ["Licence", model.licence || unknown],
    ["Parameters", model.paramsB === undefined ? unknown : `${parameters(model.paramsB)} (${number(model.paramsB)} billion)`],
    ["Speed, larger is faster", number(model.speed)],
    ["Status", model.status || unknown],
    ["Endpoint published", model.published || unknown],
    ["Model released", model.created || unknown],
    ...(model.retires ? [["Retires", model.retires] as Fact] : []),
    ["Also called", model.aliases.join(", ") || unknown],
  ];
}
