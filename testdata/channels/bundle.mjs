// Checks an MCP bundle with the tool of its format: its manifest is valid, the tool packs what it unpacks, and the command that
// a host makes of the manifest starts the server, whatever the user has filled in. Usage: bundle.mjs BUNDLE MESSAGES
import { getMcpConfigForManifest, packExtension, unpackExtension, validateManifest } from "@anthropic-ai/mcpb";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const [bundle, messages] = process.argv.slice(2);
const folder = join(process.env.HOME, "unpacked");
const again = join(process.env.HOME, "again");
check(await unpackExtension({ mcpbPath: bundle, outputDir: folder, silent: true }), "mcpb unpack");
check(validateManifest(join(folder, "manifest.json")), "mcpb validate");
check(await packExtension({ extensionPath: folder, outputPath: `${again}.mcpb`, silent: true }), "mcpb pack");
check(await unpackExtension({ mcpbPath: `${again}.mcpb`, outputDir: again, silent: true }), "mcpb unpack of mcpb pack");
check(contents(folder) === contents(again), "mcpb packs the same files, with their modes");

const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
check(existsSync(join(folder, manifest.server.entry_point)), "the entry point is there");
const folders = ["a", "b"].map((name) => join(process.env.HOME, "images", name));
folders.forEach((name) => mkdirSync(name, { recursive: true }));
for (const [name, userConfig, logged] of [
  ["filled in", { api_key: "a-key", folders }, "OVH_AI_ENDPOINTS_ACCESS_TOKEN"],
  ["blank", { api_key: "", folders: [] }, "free tier"],
  ["left out", {}, "free tier"],
  ["unexpanded", undefined, "free tier"],
]) {
  const config = userConfig
    ? await getMcpConfigForManifest({ manifest, extensionPath: folder, systemDirs: {}, userConfig, pathSeparator: "/" })
    : unexpanded(manifest.server.mcp_config);
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...config.env };
  const run = spawnSync(config.command, config.args, { env, input: readFileSync(messages), encoding: "utf8" });
  const answers = run.stdout.trim().split("\n").map((line) => JSON.parse(line));
  const listed = answers.find((answer) => answer.id === 2)?.result.tools.map((tool) => tool.name);
  check(run.status === 0 && answers.some((answer) => answer.result?.serverInfo), `${name}: the server starts: ${run.stderr}`);
  check(JSON.stringify(listed) === JSON.stringify(manifest.tools.map((tool) => tool.name)), `${name}: the manifest lists its tools`);
  check(run.stderr.includes(logged) && !run.stderr.includes("a-key"), `${name}: its log says ${logged}: ${run.stderr}`);
  const called = spawnSync(config.command, ["call", "chat", "prompt=hi", "--sandbox"], { env, encoding: "utf8" });
  check(called.status === 0 && called.stdout.startsWith("[emulator]"), `${name}: a call is answered: ${called.stderr}`);
}
for (const path of [folder, again, `${again}.mcpb`]) rmSync(path, { recursive: true });

// unexpanded is what a host makes of a config that knows only where the bundle is.
function unexpanded(config) {
  const own = { ...config, ...config.platform_overrides?.[process.platform] };
  return JSON.parse(JSON.stringify(own).replaceAll("${__dirname}", folder));
}

function contents(root) {
  const files = readdirSync(root, { recursive: true }).sort().map((name) => {
    const path = join(root, name);
    const { mode } = statSync(path);
    return statSync(path).isFile() ? [name, mode, createHash("sha256").update(readFileSync(path)).digest("hex")] : [name];
  });
  return JSON.stringify(files);
}

function check(ok, what) {
  if (ok) return;
  console.error(`FAIL  ${what}`);
  process.exit(1);
}
