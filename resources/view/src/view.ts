import { Card, type UseModel } from "./card";
import { fetchCatalog, origin, readCandidates, type Catalog } from "./catalog";
import { debounce, h, replace } from "./dom";
import { FilterBar, matches } from "./filter";
import { plural } from "./format";
import { readGuide } from "./guide";
import { text } from "./json";
import { loginForm } from "./login";
import { readModel, type Model } from "./model";
import { Plot } from "./plot";
import { QueryBox } from "./query";
import { Unauthorized, Unreachable, type Server, type ToolResult } from "./server";
import { ModelTable } from "./table";
import { usagePanel } from "./usage";

/** The whole view, from waiting for the catalogue to a failure or a form for the token. */
export class View {
  readonly #server: Server;
  readonly #card: Card;
  readonly #query: QueryBox;
  readonly #table = new ModelTable(model => this.#card.open(model));
  readonly #plot = new Plot(model => this.#card.open(model));
  readonly #filter = new FilterBar(debounce(20, () => this.#filterModels()));
  readonly #origin = h("p", { class: "origin" });
  readonly #notes = h("div", { class: "notes", role: "status" });
  readonly #usage = h("div", {});
  readonly #shown = h("div", {}, this.#table.element);
  readonly #main = h("main", {});
  readonly #content: HTMLElement[];
  readonly #shapes: HTMLInputElement[];
  #catalog: Catalog | undefined;
  #loaded = false;
  #denied = ""; // what to say beside a part of the catalogue, once the whole one was denied
  #login: (token: string) => void;

  constructor(server: Server, options: { use?: UseModel; login?: (token: string) => void } = {}) {
    this.#server = server;
    this.#login = options.login ?? (() => {});
    this.#card = new Card(server, options.use);
    this.#query = new QueryBox(
      server,
      id => this.#openById(id),
      () => this.#askForToken("The server no longer takes the token."),
    );
    this.#shapes = ["Table", "Plot"].map((name, i) =>
      h("input", { type: "radio", name: "shape", value: name, checked: i === 0, onchange: () => this.#filterModels() }),
    );
    const browse = h(
      "section",
      { class: "panel browse", "aria-labelledby": "browse-title" },
      h(
        "div",
        { class: "heading" },
        h("h2", { id: "browse-title" }, "All models"),
        h(
          "fieldset",
          { class: "segmented" },
          h("legend", { class: "visually-hidden" }, "Show as"),
          ...this.#shapes.map(s => h("label", {}, s, h("span", {}, s.value))),
        ),
      ),
      this.#filter.element,
      this.#shown,
    );
    this.#content = [this.#query.element, browse, this.#usage];
    document.body.append(
      h("header", { class: "top" }, h("h1", {}, "Models of AI Endpoints"), this.#origin),
      this.#notes,
      this.#main,
      this.#card.element,
    );
    this.#wait();
  }

  /** Loads what the server has; what it denies is left out, or said where it matters. */
  async load(token = ""): Promise<void> {
    try {
      const catalog = await fetchCatalog(this.#server);
      this.#loaded = true;
      this.showCatalog(catalog, catalog.models.length < catalog.total ? "The host does not let this view read the whole catalogue." : "");
    } catch (error) {
      return this.#showFailure(error, token);
    }
    await Promise.all([
      this.#server.readResource("ai-endpoints://virtual-models").then(
        guide => {
          this.#query.guide = readGuide(guide);
        },
        () => {},
      ),
      this.#server.readResource("ai-endpoints://usage").then(
        usage => replace(this.#usage, usagePanel(usage)),
        () => replace(this.#usage), // that of another caller, who was here before
      ),
    ]);
  }

  /** Shows a part of the catalogue, unless the whole one is there already. */
  showEarly(catalog: Catalog): void {
    if (!this.#loaded) this.showCatalog(catalog, this.#denied);
  }

  showCatalog(catalog: Catalog, note = ""): void {
    this.#catalog = catalog;
    const part =
      catalog.models.length < catalog.total
        ? `${catalog.models.length} of ${plural(catalog.total, "model")}`
        : plural(catalog.total, "model");
    this.#origin.textContent = `${part} · ${origin(catalog)} · prices in EUR${this.#server.kind === "file" ? " · saved as a file" : ""}`;
    replace(
      this.#notes,
      catalog.sandbox && h("p", { class: "note sandbox" }, h("strong", {}, "Sandbox"), " ", catalog.sandbox.replace(/^Sandbox:\s*/, "")),
      catalog.problem && h("p", { class: "note error" }, `The catalogue could not be refreshed: ${catalog.problem}`),
      note && h("p", { class: "note" }, note),
      this.#loaded && catalog.total === 0 && h("p", { class: "note" }, "The catalogue has no models."),
    );
    if (this.#main.firstChild !== this.#content[0]) replace(this.#main, ...this.#content);
    this.#filter.offer(catalog.models);
    this.#filterModels();
  }

  showResolution(query: string, result: ToolResult): void {
    if (!this.#catalog) this.showCatalog(readCandidates(result), this.#denied);
    this.#query.showResult(query, result);
  }

  #filterModels(): void {
    const filter = this.#filter.value,
      all = this.#catalog?.models ?? [];
    const models = all.filter(m => matches(m, filter));
    const plot = this.#shapes[1]!.checked,
      shown = plot ? this.#plot.element : this.#table.element;
    if (this.#shown.firstChild !== shown) replace(this.#shown, shown);
    if (plot) this.#plot.show(models);
    else this.#table.show(models);
    this.#filter.announce(models.length, all.length);
  }

  #openById(id: string): void {
    const models = this.#catalog?.models ?? [];
    const model: Model | undefined = models.find(m => m.id === id) ?? models.find(m => m.aliases.includes(id)) ?? readModel({ id });
    if (model) this.#card.open(model);
  }

  #wait(): void {
    replace(this.#main, h("p", { class: "panel waiting", role: "status" }, "Reading the catalogue…"));
  }

  #showFailure(error: unknown, token: string): void {
    if (error instanceof Unauthorized) return this.#askForToken(token ? `The server does not take this token${error.message && `: ${error.message}`}` : "");
    const reason = error instanceof Error ? error.message : text(error);
    this.#denied = `The host does not let this view read the whole catalogue (${reason}). Shown is what the conversation has.`;
    if (this.#server.kind === "app" && this.#catalog) return this.showCatalog(this.#catalog, this.#denied);
    const unreachable = error instanceof Unreachable;
    const retry = () => {
      this.#wait();
      void this.load(token);
    };
    replace(
      this.#main,
      h(
        "section",
        { class: "panel", "aria-labelledby": "failure" },
        h("h2", { id: "failure" }, "The catalogue could not be read"),
        h("p", { class: "note error", role: "alert" }, unreachable && "The server could not be reached: ", reason),
        h("button", { type: "button", class: "primary", onclick: retry }, "Try again"),
        token && h("button", { type: "button", class: "quiet", onclick: () => this.#askForToken("") }, "Use another token"),
      ),
    );
  }

  #askForToken(problem: string): void {
    if (this.#card.element.open) this.#card.close();
    replace(this.#notes);
    this.#origin.textContent = "";
    replace(
      this.#main,
      loginForm(problem, token => {
        this.#login(token);
        this.#wait();
        // The focused field is gone. A query box that is not shown takes no focus.
        void this.load(token).then(() => this.#query.resume());
      }),
    );
  }
}
