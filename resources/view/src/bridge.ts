import { fields, text, type Fields } from "./json";
import { Refused, resourceContent, toolResult, type Server, type ToolResult } from "./server";

/** What the host tells the view. */
export interface HostEvents {
  toolInput(args: Fields): void;
  toolResult(result: ToolResult): void;
  context(context: Fields): void;
  teardown(): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
  timer: number;
}

const protocolVersion = "2026-01-26";
const longestWait = 60_000;

/** The view's side of the MCP Apps extension: JSON-RPC with the window that holds it. */
export class Bridge implements Server {
  readonly kind = "app";
  readonly #host: Window;
  readonly #events: HostEvents;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #context: Fields = {};
  #stopWatching = () => {};

  constructor(host: Window, events: HostEvents) {
    this.#host = host;
    this.#events = events;
    window.addEventListener("message", this.#receive);
  }

  /** Initializes the connection, and from then on reports the size of the view. */
  async connect(): Promise<void> {
    const result = fields(
      await this.#request("ui/initialize", {
        appInfo: { name: "ai-endpoints-catalog", title: "Models of AI Endpoints", version: "1.0.0" },
        appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
        protocolVersion,
      }),
    );
    this.#changeContext(fields(result["hostContext"]));
    this.#notify("ui/notifications/initialized", {});
    this.#watchSize();
  }

  async readResource(uri: string): Promise<unknown> {
    return resourceContent(await this.#request("resources/read", { uri }));
  }

  async callTool(name: string, args: Fields): Promise<ToolResult> {
    return toolResult(await this.#request("tools/call", { name, arguments: args }));
  }

  /** Tells the host's model which model the user chose. */
  async useModel(id: string): Promise<void> {
    await this.#request("ui/update-model-context", {
      content: [{ type: "text", text: `The user chose the model ${JSON.stringify(id)} of AI Endpoints. Pass it as model.` }],
      structuredContent: { model: id },
    });
  }

  #request(method: string, params: Fields): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => {
        this.#pending.delete(id);
        reject(new Refused(`the host did not answer ${method}`));
      }, longestWait);
      this.#pending.set(id, { resolve, reject, timer });
      this.#send({ id, method, params });
    });
  }

  #notify(method: string, params: Fields): void {
    this.#send({ method, params });
  }

  // The origin is "*" because a sandboxed host has none to name; nothing that is sent is secret.
  #send(message: Fields): void {
    this.#host.postMessage({ jsonrpc: "2.0", ...message }, "*");
  }

  readonly #receive = (event: MessageEvent): void => {
    if (event.source !== this.#host) return;
    const message = fields(event.data);
    if (message["jsonrpc"] !== "2.0") return;
    if (typeof message["method"] !== "string") this.#handleResponse(message);
    else if (message["id"] === undefined) this.#handleNotification(message["method"], fields(message["params"]));
    else this.#handleRequest(message["method"], message["id"]);
  };

  #handleResponse(message: Fields): void {
    const pending = this.#pending.get(Number(message["id"]));
    if (!pending) return;
    this.#pending.delete(Number(message["id"]));
    window.clearTimeout(pending.timer);
    if (message["error"] === undefined) pending.resolve(message["result"]);
    else pending.reject(new Refused(text(fields(message["error"])["message"]) || "the host denied it"));
  }

  #handleNotification(method: string, params: Fields): void {
    switch (method) {
      case "ui/notifications/tool-input":
        return this.#events.toolInput(fields(params["arguments"]));
      case "ui/notifications/tool-result":
        return this.#events.toolResult(toolResult(params));
      case "ui/notifications/host-context-changed":
        return this.#changeContext(params);
    }
  }

  #handleRequest(method: string, id: unknown): void {
    switch (method) {
      case "ping":
        return this.#send({ id, result: {} });
      case "ui/resource-teardown":
        this.#stopWatching();
        this.#events.teardown();
        return this.#send({ id, result: {} });
      default:
        return this.#send({ id, error: { code: -32601, message: `the view has no method ${method}` } });
    }
  }

  // A change has only the fields that changed.
  #changeContext(change: Fields): void {
    this.#context = { ...this.#context, ...change };
    this.#events.context(this.#context);
  }

  #watchSize(): void {
    let last = "";
    const report = () => {
      const width = Math.ceil(window.innerWidth),
        height = Math.ceil(document.documentElement.getBoundingClientRect().height);
      if (last === `${width} ${height}`) return;
      last = `${width} ${height}`;
      this.#notify("ui/notifications/size-changed", { width, height });
    };
    const observer = new ResizeObserver(() => requestAnimationFrame(report));
    observer.observe(document.documentElement);
    observer.observe(document.body);
    this.#stopWatching = () => observer.disconnect();
    report();
  }
}
