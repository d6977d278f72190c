import { count, fields, figure, list, text, texts, type Fields } from "./json";

export interface Price {
  eur: number;
  unit: string;
}

/** What a model is for, in the words of list-models; "" is unknown. */
export type Kind = "chat" | "vision" | "embedding" | "speech" | "image" | "moderation" | "";

export const kinds: Kind[] = ["chat", "vision", "embedding", "speech", "image", "moderation", ""];

export const abilities = ["vision", "tools", "reasoning", "json_schema"] as const;
export type Ability = (typeof abilities)[number];

/** A model as the catalogue or list-models has it. What is undefined or "" is unknown. */
export interface Model {
  id: string;
  kind: Kind;
  abilities: Ability[];
  prices: Price[];
  price: Price | undefined; // the one that compares it with others of its kind
  outputPrice: number | undefined; // EUR per million output tokens
  paramsB: number | undefined;
  context: number | undefined;
  maxOutput: number | undefined;
  maxImages: number | undefined;
  speed: number | undefined;
  published: string;
  created: string;
  retires: string;
  replacement: string;
  status: string;
  publisher: string;
  series: string;
  category: string;
  licence: string;
  description: string;
  tags: string[];
  aliases: string[];
  input: string[];
  output: string[];
  responseFormats: string[];
  unknown: string[];
  audio: Fields;
  embedding: Fields;
  anonymousPerMinute: number | undefined;
  keyPerMinute: number | undefined;
  complete: boolean; // has the fields of the catalogue, and not only those of list-models
  search: string;
}

export const inputTokens = "million_input_tokens";
export const outputTokens = "million_output_tokens";

/** In the order in which they compare models, as in the server. */
const units = [inputTokens, "audio_duration_seconds", "per_image", "million_input_chars", outputTokens];

/** Reads a model of ai-endpoints://catalog or of list-models; undefined without an id. */
export function readModel(value: unknown): Model | undefined {
  const raw = fields(value);
  const id = text(raw["id"]);
  if (!id) return undefined;
  const prices = readPrices(raw);
  const model: Model = {
    id,
    kind: readKind(raw),
    abilities: readAbilities(raw),
    prices,
    price: [...prices].sort((a, b) => rank(a.unit) - rank(b.unit))[0],
    outputPrice: prices.find(p => p.unit === outputTokens)?.eur,
    paramsB: figure(raw["params_b"]) || undefined,
    context: count(raw["context_tokens"]),
    maxOutput: count(raw["max_output_tokens"]),
    maxImages: count(raw["max_images"]),
    speed: figure(raw["speed"]),
    published: date(raw["published_at"] ?? raw["published"]),
    created: date(raw["model_created_at"]),
    retires: date(raw["retires_at"] ?? raw["retires"]),
    replacement: text(raw["replacement"]),
    status: readStatus(raw),
    publisher: text(raw["publisher"]),
    series: text(raw["series"]),
    category: text(raw["category"]),
    licence: text(raw["licence"]),
    description: text(raw["description"]),
    tags: texts(raw["tags"]),
    aliases: texts(raw["aliases"]),
    input: texts(raw["input"]),
    output: texts(raw["output"]),
    responseFormats: texts(raw["response_formats"]),
    unknown: texts(raw["unknown"]),
    audio: fields(raw["audio"]),
    embedding: fields(raw["embedding"]),
    anonymousPerMinute: count(raw["anonymous_per_minute"]),
    keyPerMinute: count(raw["key_per_minute"]),
    complete: typeof raw["available"] === "boolean",
    search: "",
  };
  model.search = [id, model.publisher, model.series, model.category, ...model.tags, ...model.aliases].join("\n").toLowerCase();
  return model;
}

/** Returns the place of the unit of a model's price; those without a price are last. */
export function unitRank(model: Model): number {
  return model.price ? rank(model.price.unit) : units.length + 1;
}

function rank(unit: string): number {
  const i = units.indexOf(unit);
  return i < 0 ? units.length : i;
}

function readPrices(raw: Fields): Price[] {
  const prices: Price[] = [];
  const add = (eur: unknown, unit: unknown) => {
    const price = { eur: figure(eur), unit: text(unit) };
    if (price.eur !== undefined && price.unit && !prices.some(p => p.unit === price.unit))
      prices.push({ eur: price.eur, unit: price.unit });
  };
  for (const price of list(raw["prices"])) add(fields(price)["eur"], fields(price)["unit"]);
  add(raw["input_price"], raw["price_unit"] ?? inputTokens);
  add(raw["output_price"], outputTokens);
  return prices;
}

function readKind(raw: Fields): Kind {
  const said = text(raw["kind"]);
  return kinds.find(k => k === said) ?? "";
}

function readAbilities(raw: Fields): Ability[] {
  const said = texts(raw["supports"]);
  return abilities.filter(a => said.includes(a));
}

function readStatus(raw: Fields): string {
  const retires = date(raw["retires_at"]);
  if (raw["available"] === false) return retires ? "retired" : "unavailable";
  return retires ? "retiring" : text(raw["status"]);
}

function date(value: unknown): string {
  const found = /^\d{4}-\d{2}-\d{2}/.exec(text(value));
  const moment = new Date(found?.[0] ?? "");
  // Date reads 2026-02-30 as a day of March.
  return found && !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(found[0]) ? found[0] : "";
}

/** Whether a kind includes a model: chat includes vision. */
export function isOf(model: Model, kind: Kind): boolean {
  return model.kind === kind || (kind === "chat" && model.kind === "vision");
}

/** Whether models of this kind have a context, or an output in tokens; of others the figure is not unknown, there is none. */
export function has(model: Model, what: "context" | "output"): boolean {
  return !(model.kind === "speech" || model.kind === "image" || (what === "output" && model.kind === "embedding"));
}
