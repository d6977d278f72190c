import { fields, list, text, type Fields } from "./json";
import { Refused, resourceContent, toolResult, Unauthorized, type Server, type ToolResult } from "./server";

/** The endpoint beside the page. The token is held here only, so it is gone with the page. */
export class PageServer implements Server {
  readonly kind = "page";
  token = "";
  #lastId = 0;
  // The server writes another there if its endpoint is not beside the page.
  readonly #endpoint = document.querySelector<HTMLMetaElement>("meta[name=endpoint]")?.content ?? "mcp";

  async readResource(uri: string): Promise<unknown> {
    return resourceContent(await this.#request("resources/read", { uri }));
  }

  async callTool(name: string, args: Fields): Promise<ToolResult> {
    return toolResult(await this.#request("tools/call", { name, arguments: args }));
  }

  async #request(method: string, params: Fields): Promise<unknown> {
    const id = ++this.#lastId;
    const headers: Record<string, string> = {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      "Mcp-Protocol-Version": "2025-11-25",
    };
    if (this.token) headers["Authorization"] = "Bearer " + this.token;
    const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
    const response = await fetch(this.#endpoint, { method: "POST", headers, body, credentials: "omit", cache: "no-store" });
    if (response.status === 401) throw new Unauthorized(await reason(response));
    const answer = messages(await response.text())
      .map(fields)
      .find(m => m["id"] === id);
    if (answer?.["error"]) throw new Refused(text(fields(answer["error"])["message"]) || "refused without a reason");
    if (!response.ok) throw new Refused(`the server answered with status ${response.status}${retryAfter(response)}`);
    if (!answer) throw new Refused("the server's answer is not one of MCP");
    return answer["result"];
  }
}

/** Returns the messages of a body, which is JSON or a stream of events. */
function messages(body: string): unknown[] {
  const whole = parse(body);
  if (whole !== undefined) return Array.isArray(whole) ? list(whole) : [whole];
  const events = body.split(/\r?\n\r?\n/);
  return events.map(event =>
    parse(
      event
        .split(/\r?\n/)
        .filter(l => l.startsWith("data:"))
        .map(l => l.slice(5))
        .join("\n"),
    ),
  );
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

async function reason(response: Response): Promise<string> {
  const body = fields(parse(await response.text()));
  return text(fields(body["error"])["message"]) || text(body["error"]);
}

function retryAfter(response: Response): string {
  const seconds = Number(response.headers.get("Retry-After"));
  return seconds > 0 ? `; try again in ${seconds} s` : "";
}
