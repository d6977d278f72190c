import { fields, type Fields } from "./json";
import { NoServer, Refused, type Server, type ToolResult } from "./server";

/** The data that the program wrote into the file. */
export class FileServer implements Server {
  readonly kind = "file";
  readonly #data: Fields;

  constructor(data: unknown) {
    this.#data = fields(data);
  }

  async readResource(uri: string): Promise<unknown> {
    const name = uri.replace("ai-endpoints://", "").replace("-", "_");
    const found = this.#data[name];
    if (found === undefined || found === null) throw new Refused("the file does not have it");
    return found;
  }

  async callTool(): Promise<ToolResult> {
    throw new NoServer();
  }
}
