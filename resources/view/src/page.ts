import { fields, list, text, type Fields } from "./json";
import { Refused, resourceContent, toolResult, Unauthorized, Unreachable, type Server, type ToolResult } from "./server";

const longestWait = 60_000;

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
    // A header takes no other characters, and no token has them.
    if (/[^\x20-\x7e]/.test(this.token)) throw new Unauthorized("it has characters that no token has");
    if (this.token) headers["Authorization"] = "Bearer " + this.token;
    const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
    const { response, said } = await this.#send({ method: "POST", headers, body, credentials: "omit", cache: "no-store" });
    if (response.status === 401) throw new Unauthorized(reason(said));
    const answer = messages(said)
      .map(fields)
      .find(m => m["id"] === id);
    if (answer?.["error"]) throw new Refused(text(fields(answer["error"])["message"]) || "refused without a reason");
    if (!response.ok) throw new Refused(`the server answered with status ${response.status}${because(reason(said))}${retryAfter(response)}`);
    if (!answer) throw new Refused("the server's answer is not one of MCP");
    return answer["result"];
  }

  /** Sends a request, and reads the whole answer. */
  async #send(request: RequestInit): Promise<{ response: Response; said: string }> {
    try {
      const response = await fetch(this.#endpoint, { ...request, signal: AbortSignal.timeout(longestWait) });
      return { response, said: await response.text() };
    } catch (error) {
      const late = error instanceof DOMException && error.name === "TimeoutError";
      throw new Unreachable(late ? `no answer within ${longestWait / 1000} s` : "no answer; it may have stopped, or the network is gone");
    }
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

/** Returns what a refusal says, which is no answer to one request. */
function reason(said: string): string {
  const body = fields(parse(said));
  return text(fields(body["error"])["message"]) || text(body["error"]);
}

function because(words: string): string {
  return words && `: ${words}`;
}

function retryAfter(response: Response): string {
  const seconds = Number(response.headers.get("Retry-After"));
  return seconds > 0 ? `; try again in ${seconds} s` : "";
}
