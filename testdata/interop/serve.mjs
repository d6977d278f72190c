// Starts the binary as an HTTP endpoint on its emulator, for callers with a token or with OAuth.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

export const token = "a-token-of-the-interop-team-0123456789";
export const authorization = `Bearer ${token}`;

/** Serves on a free port of the loopback and returns the endpoint's URL. It ends with this process. */
export async function serve(bin, ...more) {
  writeFileSync("tokens", `interop: ${token}\n`, { mode: 0o600 });
  // No limit of requests: some checks make hundreds at once.
  const flags = ["http", "--sandbox", "--listen", "127.0.0.1:0", "--auth-token-file", "tokens", "--token-rate", "0", "--log-format", "json"];
  const child = spawn(bin, [...flags, ...more], { stdio: ["ignore", "ignore", "pipe"] });
  process.on("exit", () => child.kill());
  let log = "";
  for await (const line of createInterface({ input: child.stderr })) {
    const address = line.match(/"msg":"serving MCP over HTTP","address":"([^"]+)"/)?.[1];
    if (address) {
      child.stderr.resume();
      return `http://${address}/mcp`;
    }
    log += line + "\n";
  }
  throw new Error(`the binary does not serve: ${log}`);
}

/** Starts an OAuth issuer whose tokens are for this audience, and returns its URL. It ends with this process. */
export async function serveIssuer(issuer, audience) {
  const child = spawn(issuer, [audience], { stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => child.kill());
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("the issuer does not serve");
}
