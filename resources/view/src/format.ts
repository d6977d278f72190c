import { inputTokens, outputTokens, type Kind, type Price } from "./model";

export const unknown = "unknown";

const figures = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
const huge = new Intl.NumberFormat("en", { notation: "scientific", maximumSignificantDigits: 3 });
const least = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

const cents = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const parts = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 });

export function number(value: number | undefined): string {
  return value === undefined ? unknown : value >= 1000 ? whole.format(value) : figures.format(value);
}

/** Returns 128k for 131072, as people name sizes of contexts. */
export function tokens(value: number | undefined): string {
  if (value === undefined) return unknown;
  if (value >= 1024 && value % 1024 === 0) return value < 1024 * 1024 ? `${value / 1024}k` : `${figures.format(value / 1024 / 1024)}M`;
  return short.format(value).replace("K", "k");
}

/** Returns 117B, or 567M for less than a billion. */
export function parameters(billions: number | undefined): string {
  if (billions === undefined) return unknown;
  return short.format(billions * 1e9);
}

export function euros(amount: number | undefined): string {
  if (amount === undefined || !Number.isFinite(amount)) return unknown;
  if (amount === 0) return "€0";
  if (amount < 0.00000001) return "less than €0.00000001";
  if (amount >= 1e12) return "€" + huge.format(amount);
  return "€" + (amount >= 1 ? cents : amount >= 0.01 ? parts : least).format(amount);
}

interface Unit {
  long: string;
  short: string;
  quantity: string;
  per: number;
  usual: number;
}

/** The words for a unit of price, and how its quantity is asked for: `per` of them are one unit. */
export function unit(name: string): Unit {
  switch (name) {
    case inputTokens:
      return { long: "per million input tokens", short: "/\u00a0M\u00a0tokens", quantity: "Input tokens a call", per: 1e6, usual: 1000 };
    case outputTokens:
      return { long: "per million output tokens", short: "/\u00a0M\u00a0tokens", quantity: "Output tokens a call", per: 1e6, usual: 500 };
    case "million_input_chars":
      return { long: "per million input characters", short: "/\u00a0M\u00a0chars", quantity: "Characters a call", per: 1e6, usual: 1000 };
    case "audio_duration_seconds":
      return { long: "per second of audio", short: "/\u00a0s", quantity: "Seconds of audio a call", per: 1, usual: 60 };
    case "per_image":
      return { long: "per image", short: "/\u00a0image", quantity: "Images a call", per: 1, usual: 1 };
    default: {
      const words = name.replaceAll("_", " ");
      return { long: `by ${words}`, short: `by ${words}`, quantity: `${words} a call`, per: 1, usual: 1 };
    }
  }
}

export function price(p: Price): string {
  return p.eur === 0 ? "free" : `${euros(p.eur)} ${unit(p.unit).long}`;
}

export const kindNames: Record<Kind, string> = {
  chat: "Chat",
  vision: "Vision",
  embedding: "Embedding",
  speech: "Speech",
  image: "Image",
  moderation: "Moderation",
  "": "Unknown",
};

export const abilityNames = { vision: "Vision", tools: "Tools", reasoning: "Reasoning", json_schema: "JSON Schema" } as const;

/** Cuts a text that no table has room for. */
export function shorten(words: string, most = 120): string {
  return words.length > most ? words.slice(0, most - 1).replace(/\p{Cs}$/u, "") + "…" : words;
}

export function plural(n: number, one: string, many = one + "s"): string {
  return `${whole.format(n)} ${n === 1 ? one : many}`;
}
