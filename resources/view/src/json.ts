// Data of a server, a host or a file is read field by field. A field of an unexpected type counts as missing.

export type Fields = Record<string, unknown>;

export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

const longest = 4000;

/** Returns a text without control characters, invisible ones such as those that reverse its direction, and halves of characters. */
export function text(value: unknown): string {
  if (typeof value !== "string") return "";
  const clean = value
    .slice(0, longest)
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\p{Cs}]/gu, "");
  return clean.trim();
}

export function texts(value: unknown): string[] {
  return list(value).map(text).filter(Boolean);
}

/** Returns a figure from 0 to 1e15; any other counts as missing. */
export function figure(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= 1e15 ? value : undefined;
}

/** Returns a whole number above 0, where 0 stands for unknown. */
export function count(value: unknown): number | undefined {
  return Number.isInteger(value) ? figure(value) || undefined : undefined;
}
