import { Combobox } from "./combobox";
import { complete } from "./complete";
import { copyButton } from "./copy";
import { debounce, h, replace } from "./dom";
import { euros, plural, shorten, tokens, unknown } from "./format";
import { emptyGuide, type Guide } from "./guide";
import { text, type Fields } from "./json";
import { readResolution, type Candidate, type Group } from "./resolution";
import { NoServer, Unauthorized, Unreachable, type Server, type ToolResult } from "./server";

const resolveTool = "resolve-virtual-model";

const failures = new Map([
  ["query_syntax", "This is not a query yet"],
  ["no_match", "No model matches"],
]);

/** The box that resolves a query while it is typed. */
export class QueryBox {
  readonly element: HTMLElement;
  guide: Guide = emptyGuide;
  readonly #server: Server;
  readonly #open: (id: string) => void;
  readonly #unauthorized: () => void;
  readonly #box: Combobox;
  readonly #said = h("p", { class: "visually-hidden", role: "status", "aria-live": "polite" });
  // A screen reader is told once the typing pauses: what half a query lacks helps nobody.
  readonly #announce = debounce(600, (summary: string) => (this.#said.textContent = summary));
  readonly #result = h("div", { class: "resolution" });
  #unanswered = false;
  #asked = 0; // so that only the answer to the last query is shown

  constructor(server: Server, open: (id: string) => void, unauthorized: () => void) {
    this.#server = server;
    this.#open = open;
    this.#unauthorized = unauthorized;
    const resolve = debounce(150, (query: string) => void this.#resolve(query));
    this.#box = new Combobox({
      label: "Query",
      placeholder: "text_generation@biggest?input_cost<0.2",
      complete: (query, caret) => complete(query, caret, this.guide),
      changed: query => {
        this.#asked++;
        resolve(query.trim());
      },
    });
    this.element = h(
      "section",
      { class: "panel query", "aria-labelledby": "query-title" },
      h("h2", { id: "query-title" }, "Let a query pick"),
      h("p", { class: "hint" }, "A query such as ", h("code", {}, "llama@latest"), " stands for the model that fits best now."),
      this.#box.element,
      h("p", { class: "hint" }, h("code", {}, "tag@ranker?spec<value"), ", completed and resolved while you type"),
      this.#said,
      this.#result,
    );
  }

  /** Goes on after the form for the token: with what was asked for when the server wanted another. */
  resume(): void {
    this.#box.input.focus();
    if (this.#unanswered) this.#box.set(this.#box.input.value);
  }

  /** Shows what the host has resolved already. */
  showResult(query: string, result: ToolResult): void {
    this.#asked++;
    this.#box.input.value = query;
    this.#show(result);
  }

  async #resolve(query: string): Promise<void> {
    const asked = ++this.#asked;
    if (!query) return this.#say("", []);
    this.#result.setAttribute("aria-busy", "true");
    try {
      const result = await this.#server.callTool(resolveTool, { query, limit: 50 } satisfies Fields);
      if (asked === this.#asked) this.#show(result);
    } catch (error) {
      if (asked === this.#asked) this.#showFailure(query, error);
    }
  }

  #show(result: ToolResult): void {
    if (result.error) {
      const { code, message, hint } = result.error;
      const title = failures.get(code) ?? "The query could not be resolved";
      return this.#say(`${title}: ${message}`, [
        h("div", { class: "note error" }, h("strong", {}, title), h("p", {}, message), hint && h("p", { class: "hint" }, hint)),
      ]);
    }
    const { candidates, groups } = readResolution(result);
    const [winner, ...others] = candidates;
    if (!winner) return this.#say("No model matches", [h("p", { class: "note" }, "No model matches."), this.#excluded(groups)]);
    const excluded = groups.reduce((sum, g) => sum + g.models.length, 0);
    this.#say(`${winner.id} is picked, ${winner.value}; ${plural(others.length, "runner-up", "runners-up")}, ${excluded} excluded`, [
      h("div", { class: "winner" }, h("h3", {}, "Picked"), this.#candidate(winner)),
      others.length > 0 &&
        h(
          "div",
          { class: "runners" },
          h("h3", {}, "Runners-up"),
          h("ol", { start: 2 }, ...others.map(c => h("li", {}, this.#candidate(c)))),
        ),
      this.#excluded(groups),
    ]);
  }

  #candidate(c: Candidate): HTMLElement {
    const price =
      c.inputPrice === undefined && c.outputPrice === undefined
        ? `price ${unknown}`
        : `${euros(c.inputPrice)} in, ${euros(c.outputPrice)} out`;
    return h(
      "div",
      { class: "candidate" },
      h("button", { type: "button", class: "link", onclick: () => this.#open(c.id) }, h("bdi", {}, shorten(c.id))),
      h("span", { class: "value" }, h("bdi", {}, shorten(c.value))),
      h("span", { class: "figures" }, `${price} · context ${tokens(c.context)}`),
    );
  }

  #excluded(groups: Group[]): HTMLElement | false {
    return (
      groups.length > 0 &&
      h(
        "div",
        { class: "excluded" },
        h("h3", {}, "Excluded"),
        h(
          "ul",
          {},
          ...groups.map(g =>
            h(
              "li",
              {},
              h(
                "details",
                { open: g.models.length < 4 },
                h("summary", {}, h("bdi", {}, shorten(g.reason, 300)), " ", h("span", { class: "number" }, `(${g.models.length})`)),
                h(
                  "ul",
                  {},
                  ...g.models.map(m =>
                    h(
                      "li",
                      {},
                      h("button", { type: "button", class: "link", onclick: () => this.#open(m.id) }, h("bdi", {}, shorten(m.id))),
                      m.detail && h("span", { class: "number" }, ` ${m.detail}`),
                    ),
                  ),
                ),
              ),
            ),
          ),
        ),
      )
    );
  }

  #showFailure(query: string, error: unknown): void {
    if (error instanceof Unauthorized) {
      this.#say("", []);
      this.#unanswered = true;
      return this.#unauthorized();
    }
    if (error instanceof NoServer) {
      const command = `ai-endpoints-mcp resolve ${quote(query)}`;
      return this.#say("A file has no server that could resolve this. A command is offered.", [
        h(
          "div",
          { class: "note" },
          h("p", {}, "A file has no server that could resolve this. The program does:"),
          h(
            "p",
            { class: "command" },
            h("code", {}, command),
            copyButton("Copy command", () => command),
          ),
        ),
      ]);
    }
    const reason = error instanceof Error ? error.message : text(error);
    const offer = error instanceof Unreachable ? "The server could not be reached" : `The tool ${resolveTool} cannot be called here`;
    this.#say(`${offer}: ${reason}`, [h("div", { class: "note error" }, h("strong", {}, offer), h("p", {}, reason))]);
  }

  #say(summary: string, content: (HTMLElement | false)[]): void {
    this.#unanswered = false;
    this.#result.removeAttribute("aria-busy");
    this.#announce(summary);
    replace(this.#result, ...content);
  }
}

/** Quotes a text for a POSIX shell. */
function quote(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
