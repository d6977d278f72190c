import { fields, list, text, type Fields } from "./json";

/** Where the view gets its data: a page's endpoint, the host of an app, or the file itself. */
export interface Server {
  readonly kind: "page" | "app" | "file";
  /** Returns the JSON of a resource, or its text where it is another format. */
  readResource(uri: string): Promise<unknown>;
  callTool(name: string, args: Fields): Promise<ToolResult>;
}

/** What a tool answered. A failed call is one with an error. */
export interface ToolResult {
  structured: Fields;
  text: string;
  error: { code: string; message: string; hint: string } | undefined;
}

/** The server refused a call as a whole: a tool or resource that it does not offer, a host that denies it. */
export class Refused extends Error {}

/** No answer came. */
export class Unreachable extends Error {}

/** The endpoint wants another token. */
export class Unauthorized extends Error {}

/** There is no server: the view is a file. */
export class NoServer extends Error {}

/** Reads the result of tools/call. */
export function toolResult(value: unknown): ToolResult {
  const result = fields(value),
    structured = fields(result["structuredContent"]),
    said = fields(structured["error"]);
  const first =
    list(result["content"])
      .map(c => text(fields(c)["text"]))
      .find(Boolean) ?? "";
  const failed = result["isError"] === true || structured["error"] !== undefined;
  return {
    structured,
    text: first,
    error: failed ? { code: text(said["code"]), message: text(said["message"]) || first, hint: text(said["hint"]) } : undefined,
  };
}

/** Reads the result of resources/read. */
export function resourceContent(value: unknown): unknown {
  const content = fields(list(fields(value)["contents"])[0]);
  if (typeof content["text"] !== "string") throw new Refused("the resource has no text");
  return text(content["mimeType"]).includes("json") ? JSON.parse(content["text"]) : content["text"];
}
