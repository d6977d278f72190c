import type { Model } from "./model";
import type { Server } from "./server";

/** Returns lines of config.yaml that give the model a name and make it the default of its kind. */
export function configSnippet(model: Model): string {
  const role = defaultsKey(model);
  const named = `models:\n  my-model:\n    model: ${JSON.stringify(model.id)}\n`;
  return role ? `${named}defaults:\n  ${role}: my-model\n` : named;
}

function defaultsKey(model: Model): string | undefined {
  switch (model.kind) {
    case "chat":
    case "vision":
    case "embedding":
      return { chat: "chat", vision: "vision", embedding: "embed" }[model.kind];
    case "speech":
      return model.input.includes("sound") ? "speech" : undefined;
    default:
      return undefined;
  }
}

/** Returns a query that picks the model now, found by asking the server. */
export async function queryFor(model: Model, server: Server): Promise<string> {
  for (const query of possibleQueries(model)) {
    const result = await server.callTool("resolve-virtual-model", { query, limit: 1 });
    if (result.structured["model"] === model.id) return query;
  }
  throw new Error("No short query picks this model");
}

function possibleQueries(model: Model): string[] {
  const conditions = ["", ...(model.paramsB === undefined ? [] : [`?params=${model.paramsB}`])];
  return conditions.flatMap(condition =>
    [model.series, model.publisher]
      .filter(Boolean)
      .flatMap(tag => ["latest", "biggest", "smallest", "cheapest"].map(ranker => `${tag}@${ranker}${condition}`)),
  );
}
