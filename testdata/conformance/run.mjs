// The conformance suite against the fixtures and the binary: node run.mjs FIXTURES BIN
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { notScored, run, unmet } from "./suite.mjs";

const [, , fixturesProgram, bin] = process.argv;
const started = Date.now();
const legacy = "2025-11-25", modern = "2026-07-28";
const inARow = 10;

const servers = [];

/** Starts a server and returns what it says about its address. */
async function serve(program, args, telling) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  process.on("exit", () => child.kill());
  servers.push(child);
  let said = "";
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        const found = line.match(telling)?.[1];
        if (found) resolve(found);
        said = (said + line + "\n").slice(-2000);
      });
    }
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${program} ended with ${code}: ${said}`)));
  });
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1)); // so that the servers end too

const url = await serve(fixturesProgram, [], /^(http:\S+)$/);
const binAddress = await serve(bin, ["http", "--sandbox", "--listen", "127.0.0.1:0", "--log-format", "json"], /"address":"([^"]+)"/);
const binURL = `http://${binAddress}/mcp`;

const wrong = [];
const met = new Map(); // the entries that were met, for each baseline

/** Prints the table of some runs, and keeps what is wrong. */
async function table(title, runs, unscored = new Map()) {
  const start = Date.now(), lines = new Map();
  for (const one of runs) {
    const got = await run(one);
    wrong.push(...got.wrong.map((what) => `${title}: ${what}`));
    if (one.expected) met.set(one.expected, new Set([...(met.get(one.expected) ?? []), ...got.met]));
    for (const line of got.lines) lines.set(line.scenario, [...(lines.get(line.scenario) ?? []), line]);
  }
  console.log(`\n== ${title} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  console.log(row("scenario", "verdict", ["passed", "failed", "warned", "skipped"]));
  const verdicts = {};
  for (const [scenario, repeats] of lines) {
    const verdict = repeats.find((line) => line.verdict === "FAILED")?.verdict ?? repeats[0].verdict;
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    const total = repeats.reduce((sum, { counts }) => sum.map((n, i) => n + counts[i]), [0, 0, 0, 0]);
    const remarks = [repeats.length > 1 && `${repeats.length} times`, unscored.has(scenario) && `not scored: ${unscored.get(scenario)}`];
    console.log(row(scenario, verdict, total, remarks.filter(Boolean).join(", ")));
  }
  console.log(`${lines.size} scenarios: ${Object.entries(verdicts).map(([verdict, n]) => `${n} ${verdict}`).join(", ")}`);
}

const row = (scenario, verdict, counts, remark = "") =>
  `${scenario.padEnd(46)} ${verdict.padEnd(8)} ${counts.map((n) => String(n).padStart(7)).join(" ")}  ${remark}`.trimEnd();

/** Runs of single scenarios of a revision. */
const single = (target, revision, scenarios, expected) => scenarios.map((scenario) => ({
  version: "0.2", args: ["--url", target, "--scenario", scenario, "--spec-version", revision], expected,
}));
/** The same ones again and again: what is lost in a race is not lost each time. */
const repeated = (...of) => Array.from({ length: inARow }, () => single(url, ...of)).flat();

const expected = (revision) => `expected-${revision}.yml`;
await table(`suite 0.1.16, ${legacy}`, [{ version: "0.1", args: ["--url", url], expected: expected(legacy) }]);
for (const revision of [legacy, modern]) {
  const all = { version: "0.2", args: ["--url", url, "--requirements", revision], expected: expected(revision) };
  await table(`suite 0.2.0-alpha.12, ${revision}`, [all], notScored(revision));
}
await table(`${inARow} times in a row, ${legacy}`, repeated(legacy, ["tools-call-with-progress"]));
await table(`${inARow} times in a row, ${modern}`, repeated(modern, ["tools-call-with-progress", "server-stateless"], expected(modern)));

// What needs no fixture. The binary's own tools and resources are what is listed and read.
const anyRevision = ["tools-list", "resources-list", "prompts-list", "completion-complete", "dns-rebinding-protection", "server-sse-multiple-streams"];
await table(`the binary, ${legacy}`, single(binURL, legacy, ["server-initialize", "ping", ...anyRevision], expected(legacy)));
await table(`the binary, ${modern}`, single(binURL, modern, [
  "server-stateless", "sep-2164-resource-not-found", "http-header-validation", "caching", "input-required-result-unsupported-methods", ...anyRevision,
], expected(`binary-${modern}`)));

for (const [file, entries] of met) wrong.push(...unmet(file, entries));
for (const what of wrong) console.log(`WRONG ${what}`);
console.log(`\n${wrong.length ? `${wrong.length} surprises` : "as expected"}, ${((Date.now() - started) / 1000).toFixed(0)} s`);
await Promise.all(servers.map((child) => child.kill() && once(child, "exit")));
process.exit(wrong.length ? 1 : 0);
