/** The words of queries, as ai-endpoints://virtual-models has them. */
export interface Guide {
  tags: Word[];
  rankers: Word[];
  specs: Spec[];
  examples: Word[];
}

export interface Word {
  text: string;
  note: string;
}

export interface Spec extends Word {
  values: string[];
}

export const emptyGuide: Guide = { tags: [], rankers: [], specs: [], examples: [] };

/** Reads the guide's Markdown. What it does not have as expected is not offered; queries can be typed all the same. */
export function readGuide(markdown: unknown): Guide {
  if (typeof markdown !== "string") return emptyGuide;
  const parts = new Map(
    markdown
      .split(/^## /m)
      .slice(1)
      .map(part => {
        const [name = "", ...lines] = part.split("\n");
        return [name.trim(), lines] as const;
      }),
  );
  return {
    tags: (parts.get("Tags") ?? []).flatMap(readTags),
    rankers: (parts.get("Rankers") ?? []).flatMap(line => {
      const found = /^- (\w+): (.+)$/.exec(line);
      return found ? [{ text: found[1]!, note: found[2]! }] : [];
    }),
    specs: rows(parts.get("Specs")).map(([name = "", unit = "", range = ""]) => ({
      text: name,
      note: unit,
      values: /^(\S+) to (\S+)$/.exec(range)?.slice(1) ?? [],
    })),
    examples: rows(parts.get("Examples")).map(([query = "", picks = "", because = ""]) => ({
      text: query.replace(/^`|`$/g, ""),
      note: `picks ${picks}: ${because}`,
    })),
  };
}

function readTags(line: string): Word[] {
  const found = /^- ([^:]+): (.*)$/.exec(line);
  if (!found) return [];
  const of = found[1]!.toLowerCase();
  return [...found[2]!.matchAll(/(.+?) \((\d+)\)(?:, |$)/g)].map(m => ({
    text: unescape(m[1]!),
    note: `${of}, ${m[2]} ${m[2] === "1" ? "model" : "models"}`,
  }));
}

/** Returns the cells of a table's rows, without its head. */
function rows(lines: string[] = []): string[][] {
  return lines
    .filter(l => l.startsWith("|"))
    .slice(2)
    .map(l =>
      l
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map(cell => unescape(cell.trim())),
    );
}

function unescape(cell: string): string {
  return cell.replaceAll("\\|", "|");
}
