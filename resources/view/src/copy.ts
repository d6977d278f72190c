import { h } from "./dom";

/** Makes a button that copies a text, and says that it did. */
export function copyButton(label: string, text: () => string | Promise<string>): HTMLElement {
  const said = h("span", { class: "copied", role: "status" });
  const button = h("button", { type: "button", class: "quiet" }, label);
  const field = h("textarea", { readonly: true, hidden: true, rows: 3, "aria-label": "Text to copy" });
  button.addEventListener("click", () => void copy());
  const element = h("span", { class: "copy" }, button, said, field);
  return element;

  async function copy(): Promise<void> {
    field.hidden = true;
    said.textContent = "";
    try {
      const copied = await text();
      if (await write(copied, element)) {
        said.textContent = "Copied";
        return;
      }
      said.textContent = "Not allowed here: press Ctrl+C";
      field.value = copied;
      field.hidden = false;
      field.select();
    } catch (error) {
      said.textContent = error instanceof Error && error.message ? `Not copied: ${error.message}` : "Not copied";
    }
  }
}

// Frames of hosts often have no clipboard, or refuse it.
async function write(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { class: "visually-hidden", "aria-hidden": "true", tabindex: -1 });
    const focused = document.activeElement;
    area.value = text;
    near.append(area); // in the dialog, which lets nothing outside of it have the focus
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
    return done;
  }
}
