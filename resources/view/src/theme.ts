import { fields, text, type Fields } from "./json";

const listeners = new Set<() => void>();

/** Calls redraw when the colours have changed, which a canvas does not follow by itself. */
export function onTheme(redraw: () => void): void {
  listeners.add(redraw);
}

window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);

function changed(): void {
  for (const redraw of listeners) redraw();
}

/** Applies the theme, the CSS variables and the safe area of a host. */
export function applyContext(context: Fields): void {
  const root = document.documentElement,
    theme = text(context["theme"]);
  if (theme === "light" || theme === "dark") root.dataset["theme"] = theme;
  for (const [name, value] of Object.entries(fields(fields(context["styles"])["variables"]))) {
    if (/^--(color|font|border|shadow)-[a-z0-9-]+$/.test(name) && typeof value === "string") root.style.setProperty(name, value);
  }
  const insets = fields(context["safeAreaInsets"]);
  for (const side of ["top", "right", "bottom", "left"]) {
    const inset = insets[side];
    if (typeof inset === "number" && inset > 0) root.style.setProperty(`--inset-${side}`, `${Math.min(inset, 200)}px`);
  }
  changed();
}

/** Returns a colour of the style sheet as a canvas takes it. */
export function colour(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
