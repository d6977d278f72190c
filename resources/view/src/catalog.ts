import { count, fields, list, text, type Fields } from "./json";
import { readModel, type Model } from "./model";
import type { Server, ToolResult } from "./server";

/** The models, and where they come from. */
export interface Catalog {
  models: Model[];
  source: string;
  fetchedAt: string;
  problem: string; // why it could not be refreshed
  sandbox: string; // what the server says of its sandbox; "" outside of one
  total: number; // of models that there are, of which these may be a part
}

export const catalogUri = "ai-endpoints://catalog";

/** Reads the JSON of ai-endpoints://catalog. */
export function readCatalog(value: unknown): Catalog {
  const raw = fields(value);
  return make(raw, raw, 0);
}

/** Reads the result of list-models. */
export function readList(result: ToolResult): Catalog {
  const raw = result.structured;
  return make(raw, fields(raw["catalog"]), count(raw["total"]) ?? 0);
}

/** Reads the models that a query may pick from the result of resolve-virtual-model. */
export function readCandidates(result: ToolResult): Catalog {
  const raw = result.structured,
    origin = fields(raw["catalog"]);
  const models = list(raw["candidates"])
    .map(fields)
    .map(c => ({ ...c, id: c["model"], kind: "chat" }));
  return make({ ...raw, models }, origin, count(origin["models"]) ?? 0);
}

function make(raw: Fields, origin: Fields, total: number): Catalog {
  const models = list(raw["models"])
    .map(readModel)
    .filter(m => m !== undefined);
  return {
    models,
    total: Math.max(total, models.length),
    source: text(origin["source"]),
    fetchedAt: text(origin["fetched_at"]),
    problem: text(origin["problem"]),
    sandbox: text(raw["sandbox"]),
  };
}

/** Returns the whole catalogue or, where a host denies resources, the most that list-models returns. */
export async function fetchCatalog(server: Server): Promise<Catalog> {
  try {
    return readCatalog(await server.readResource(catalogUri));
  } catch (error) {
    if (server.kind !== "app") throw error;
    const result = await server.callTool("list-models", { limit: 50 });
    if (result.error) throw error;
    return readList(result);
  }
}

const sources = new Map([
  ["live", "live catalogue"],
  ["cache", "cached catalogue"],
  ["snapshot", "built-in catalogue"],
]);

/** Says in words where a catalogue comes from. */
export function origin(catalog: Catalog): string {
  const moment = new Date(catalog.fetchedAt);
  const at = Number.isNaN(moment.getTime()) ? "" : ` of ${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return (sources.get(catalog.source) ?? "catalogue") + at;
}
