type Attribute = string | number | boolean | null | undefined;
type Child = Node | string | null | undefined | false;

/** Makes an element. Children that are texts are never read as HTML; a property "on…" is a listener. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Record<string, Attribute | ((event: never) => void)> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  // A browser that reloads the page would put values back that the view knows nothing of.
  if (tag === "input" || tag === "select") element.setAttribute("autocomplete", "off");
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else setAttribute(element, name, value);
  }
  append(element, children);
  return element;
}

export function setAttribute(element: Element, name: string, value: Attribute): void {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

export function replace(parent: Element, ...children: Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

function append(parent: Element, children: Child[]): void {
  for (const child of children) {
    if (child) parent.append(child);
  }
}

let lastId = 0;

/** Returns an id that no other element has. */
export function newId(prefix: string): string {
  return `${prefix}-${++lastId}`;
}

/** Calls action when delay has passed since the last call. */
export function debounce<A extends unknown[]>(delay: number, action: (...args: A) => void): (...args: A) => void {
  let timer: number | undefined;
  return (...args) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => action(...args), delay);
  };
}
