import { h } from "./dom";

/** The form that asks for the token of a caller. */
export function loginForm(problem: string, submit: (token: string) => void): HTMLElement {
  const field = h("input", {
    type: "password",
    id: "token",
    name: "token",
    required: true,
    spellcheck: "false",
    "aria-describedby": problem ? "token-problem token-hint" : "token-hint",
    "aria-invalid": problem ? "true" : null,
  });
  const form = h(
    "form",
    {
      class: "panel login",
      "aria-labelledby": "login-title",
      onsubmit: (event: Event) => {
        event.preventDefault();
        const token = field.value.trim();
        field.value = "";
        if (token) submit(token);
      },
    },
    h("h2", { id: "login-title" }, "This server asks who you are"),
    problem && h("p", { id: "token-problem", class: "note error", role: "alert" }, problem),
    h("div", { class: "field" }, h("label", { for: "token" }, "Token"), field),
    h(
      "p",
      { id: "token-hint", class: "hint" },
      "The token that your MCP client sends. It stays in this page and is forgotten when you leave it.",
    ),
    h("button", { type: "submit", class: "primary" }, "Show the models"),
  );
  queueMicrotask(() => field.focus());
  return form;
}
