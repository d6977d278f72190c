// The whole flow of OAuth by clients of others, with zitadel/oidc as the issuer: node oauth.mjs BIN ISSUER
// A client that has no token is sent to the issuer by what the binary answers, logs in, and calls a tool.
import * as v1 from "@modelcontextprotocol/sdk/client/index.js";
import * as v1http from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import * as v2 from "@modelcontextprotocol/client";
import { execFile } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import assert from "node:assert/strict";
import { check, finish } from "./expect.mjs";
import { authorization, serve, serveIssuer } from "./serve.mjs";

const [bin, issuerBin] = process.argv.slice(2);
const issuer = await serveIssuer(issuerBin, "interop");
const url = await serve(bin, "--oauth-issuer", issuer, "--oauth-audience", "interop");
const redirectUrl = "http://127.0.0.1:1/callback";
const chat = { name: "chat", arguments: { prompt: "hi" } };

/** What an application keeps for one server; the user's browser is fetch, and the issuer logs everybody in. */
class Session {
  redirectUrl = redirectUrl;
  clientMetadata = { client_name: "interop", redirect_uris: [redirectUrl], token_endpoint_auth_method: "none" };
  logins = 0;
  clientInformation = () => ({ client_id: "mcp-client", issuer });
  tokens = () => this.saved;
  saveTokens = (tokens) => { this.saved = tokens; };
  saveCodeVerifier = (verifier) => { this.verifier = verifier; };
  codeVerifier = () => this.verifier;
  saveDiscoveryState = (state) => { this.discovered = state; };
  discoveryState = () => this.discovered;
  async redirectToAuthorization(at) {
    this.logins++;
    this.asked = new URL(at).searchParams.get("scope");
    while (!String(at).startsWith(redirectUrl)) {
      const answer = await fetch(at, { redirect: "manual" });
      at = new URL(answer.headers.get("location") ?? assert.fail(`${answer.status} ${await answer.text()}`), at);
    }
    this.returned = at.searchParams;
  }
}

const speakers = [
  { name: "SDK 1", sdk: { ...v1, ...v1http }, finish: (transport, returned) => transport.finishAuth(returned.get("code")) },
  { name: "SDK 2", sdk: v2, finish: (transport, returned) => transport.finishAuth(returned) },
  { name: "SDK 2, 2026-07-28", sdk: v2, finish: (transport, returned) => transport.finishAuth(returned),
    options: { versionNegotiation: { mode: { pin: "2026-07-28" } } } },
];

async function connect({ sdk, options }, session) {
  const client = new sdk.Client({ name: "interop", version: "1" }, options);
  const transport = new sdk.StreamableHTTPClientTransport(new URL(url), { authProvider: session });
  return { client, transport, connected: client.connect(transport) };
}

/** Does something that needs a login, the login, and returns what comes of it the second time. */
async function afterLogin(speaker, session, transport, body) {
  await assert.rejects(body(), (err) => /unauthorized/i.test(`${err.name} ${err.message}`) || assert.fail(err));
  await speaker.finish(transport, session.returned);
}

for (const speaker of speakers) {
  const session = new Session();
  await check(`${speaker.name}: logs in and calls a tool`, async () => {
    const first = await connect(speaker, session);
    await afterLogin(speaker, session, first.transport, () => first.connected);
    assert.equal(session.asked, "ai-endpoints");
    const { client, connected } = await connect(speaker, session);
    await connected;
    const { tools } = await client.listTools();
    assert(tools.length > 5, "not all tools are listed");
    assert(!(await client.callTool(chat)).isError);
    assert.equal(session.logins, 1);
    await client.close();
  });
  await check(`${speaker.name}: logs in again for a tool that its scopes do not allow`, async () => {
    const narrow = new Session();
    const scoped = await login("openid ai-endpoints:embed");
    narrow.saveTokens({ ...scoped, issuer });
    const { client, transport, connected } = await connect(speaker, narrow);
    await connected;
    assert.deepEqual((await client.listTools()).tools.map((tool) => tool.name), ["embed"]);
    assert(!(await client.callTool({ name: "embed", arguments: { input: "hi" } })).isError);
    await afterLogin(speaker, narrow, transport, () => client.callTool(chat));
    assert.deepEqual(narrow.asked.split(" ").sort(), ["ai-endpoints:chat", "ai-endpoints:embed", "openid"]);
    assert(!(await client.callTool(chat)).isError);
    await client.close();
  });
}

/** Logs in by hand, and returns the tokens. */
async function login(scope) {
  const session = new Session(), verifier = "a-verifier-of-at-least-forty-three-characters";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const at = new URL("/authorize", issuer);
  at.search = new URLSearchParams({
    response_type: "code", client_id: "mcp-client", redirect_uri: redirectUrl, scope, state: "x",
    code_challenge: Buffer.from(digest).toString("base64url"), code_challenge_method: "S256",
  });
  await session.redirectToAuthorization(at);
  const answer = await fetch(new URL("/oauth/token", issuer), {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code", client_id: "mcp-client", redirect_uri: redirectUrl, code: session.returned.get("code"), code_verifier: verifier,
    }),
  });
  return answer.json();
}

const cli = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";

async function inspect(flags, env) {
  const args = [cli, "--cli", url, "--transport", "http", "--format", "json", "--method", "tools/call", "--tool-name", "chat", "--tool-arg", "prompt=hi", ...flags];
  const run = promisify(execFile)(process.execPath, args, { timeout: 60_000, env: { ...process.env, ...env } });
  run.child.stdin.end();
  return JSON.parse((await run).stdout).result;
}

// The browser that the Inspector opens.
writeFileSync("browser", `#!${process.execPath}\nawait fetch(process.argv[2]);\n`);
chmodSync("browser", 0o755);
await check("Inspector: logs in with a browser and calls a tool", async () => {
  const result = await inspect(
    ["--relogin", "--client-id", "mcp-client", "--callback-url", "http://127.0.0.1:16276/oauth/callback"],
    { MCP_AUTO_OPEN_ENABLED: "true", BROWSER: `${process.cwd()}/browser`, DISPLAY: "", MCP_STORAGE_DIR: `${process.cwd()}/inspector` },
  );
  assert(!result.isError && result.content[0].text);
});
await check("Inspector: a token of the issuer", async () => {
  const { access_token: token } = await login("openid ai-endpoints");
  assert(!(await inspect(["--header", `Authorization: Bearer ${token}`])).isError);
});
await check("Inspector: a token of the file, beside OAuth", async () => {
  assert(!(await inspect(["--header", `Authorization: ${authorization}`])).isError);
});
finish();
