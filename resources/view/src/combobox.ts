import type { Completion } from "./complete";
import { h, newId, setAttribute } from "./dom";

export interface ComboboxOptions {
  label: string;
  placeholder: string;
  complete(text: string, caret: number): Completion[];
  changed(text: string): void;
}

/** A text field that completes what is typed: the combobox with a listbox of ARIA's authoring practices. */
export class Combobox {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #options: ComboboxOptions;
  #completions: Completion[] = [];
  #active = -1;

  constructor(options: ComboboxOptions) {
    this.#options = options;
    const id = newId("query"),
      listId = newId("list");
    this.#list = h("ul", {
      role: "listbox",
      id: listId,
      "aria-label": "Completions",
      hidden: true,
      // The field keeps the focus.
      onmousedown: (e: Event) => e.preventDefault(),
      onclick: (e: Event) => this.#pick(e),
    });
    this.input = h("input", {
      type: "text",
      id,
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": listId,
      "aria-autocomplete": "list",
      autocapitalize: "off",
      spellcheck: "false",
      enterkeyhint: "go",
      placeholder: options.placeholder,
      oninput: () => this.#typed(),
      onkeydown: (e: KeyboardEvent) => this.#key(e),
      onblur: () => this.#close(),
      onclick: () => this.#open(),
    });
    this.element = h(
      "div",
      { class: "combobox" },
      h("label", { for: id }, options.label),
      h("div", { class: "field" }, this.input, this.#list),
    );
  }

  set(text: string): void {
    this.input.value = text;
    this.#close();
    this.#options.changed(text);
  }

  #typed(): void {
    this.#options.changed(this.input.value);
    this.#open();
  }

  #open(): void {
    this.#completions = this.#options.complete(this.input.value, this.input.selectionStart ?? this.input.value.length);
    this.#list.replaceChildren(
      ...this.#completions.map(c =>
        h("li", { role: "option", id: newId("option"), "aria-selected": "false" }, h("code", {}, c.text), " ", h("span", {}, c.note)),
      ),
    );
    this.#list.hidden = this.#completions.length === 0;
    this.#list.classList.toggle("single", this.#completions.length === 1);
    setAttribute(this.input, "aria-expanded", String(!this.#list.hidden));
    this.#choose(-1);
  }

  #close(): void {
    this.#list.hidden = true;
    setAttribute(this.input, "aria-expanded", "false");
    this.#choose(-1);
  }

  #choose(index: number): void {
    this.#list.children[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = index;
    const option = this.#list.children[index];
    setAttribute(this.input, "aria-activedescendant", option?.id);
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
  }

  #pick(event: Event): void {
    const option = event.target instanceof Element && event.target.closest("li");
    if (option) this.#accept([...this.#list.children].indexOf(option));
  }

  #accept(index: number): void {
    const completion = this.#completions[index];
    if (!completion) return;
    this.input.setRangeText(completion.text, completion.from, completion.to, "end");
    this.#typed();
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const open = !this.#list.hidden,
      count = this.#completions.length;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        if (!open) this.#open();
        if (this.#list.hidden) return;
        if (event.key === "ArrowDown") this.#choose(this.#active + 1 >= this.#completions.length ? 0 : this.#active + 1);
        else this.#choose(this.#active <= 0 ? this.#completions.length - 1 : this.#active - 1);
        break;
      case "Enter":
        if (open && this.#active >= 0) this.#accept(this.#active);
        else this.set(this.input.value);
        break;
      case "Escape":
        if (open && count) this.#close();
        else if (this.input.value) this.set("");
        else return;
        break;
      default:
        return;
    }
    event.preventDefault();
  }
}
