import { fields, figure, list, text, type Fields } from "./json";
import type { ToolResult } from "./server";

/** What resolve-virtual-model answered. */
export interface Resolution {
  candidates: Candidate[];
  groups: Group[];
}

export interface Candidate {
  id: string;
  value: string; // by which it was ranked, with its unit
  context: number | undefined;
  inputPrice: number | undefined;
  outputPrice: number | undefined;
}

/** The models that are excluded for one reason. */
export interface Group {
  reason: string;
  models: { id: string; detail: string }[];
}

export function readResolution(result: ToolResult): Resolution {
  return {
    candidates: list(result.structured["candidates"]).map(c => readCandidate(fields(c))),
    groups: group(list(result.structured["excluded"])),
  };
}

function readCandidate(raw: Fields): Candidate {
  const value = raw["value"];
  const shown = typeof value === "number" ? value.toLocaleString("en", { maximumSignificantDigits: 6 }) : text(value);
  return {
    id: text(raw["model"]),
    value: [shown, text(raw["unit"])].filter(Boolean).join(" "),
    context: figure(raw["context_tokens"]) || undefined,
    inputPrice: figure(raw["input_price"]),
    outputPrice: figure(raw["output_price"]),
  };
}

/** Groups models by reason: "has input_cost 0.6, not <0.2" differs by the figure only. */
function group(excluded: unknown[]): Group[] {
  const groups = new Map<string, Group>();
  for (const entry of excluded) {
    const id = text(fields(entry)["model"]),
      details: string[] = [];
    const reason = text(fields(entry)["reason"]).replace(/has (\S+) (\S+(?: \S+)?), not ([<>=]+\s*\S+)/g, (_, spec, figure, condition) => {
      details.push(figure);
      return `${spec} is not ${condition}`;
    });
    const found = groups.get(reason) ?? { reason, models: [] };
    found.models.push({ id, detail: details.join(", ") });
    groups.set(reason, found);
  }
  return [...groups.values()].sort((a, b) => b.models.length - a.models.length);
}
