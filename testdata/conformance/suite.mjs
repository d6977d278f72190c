// Runs the conformance suite and judges its results by a list of expected failures.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const perRun = 60_000; // ms

/** The entries of a baseline: scenario, or scenario:check. */
function baseline(file) {
  return file ? [...readFileSync(file, "utf8").matchAll(/^ +- (\S+)$/gm)].map(([, entry]) => entry) : [];
}

/** Runs one version of the suite; gives its exit code, what it printed, and where its results are. */
function execute(version, args) {
  mkdirSync("results", { recursive: true });
  const out = join("results", String(readdirSync("results").length));
  const argv = [`node_modules/conformance-${version}/dist/index.js`, "server", ...args, "-o", out];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, argv, { timeout: perRun, maxBuffer: 64 << 20 }, (err, stdout, stderr) => {
      resolve({ code: err ? (err.code ?? err.signal ?? 1) : 0, said: stdout + stderr, out });
    });
    child.stdin.end();
  });
}

/** The checks of each scenario that has results. */
function results(out) {
  const checks = new Map();
  for (const folder of existsSync(out) ? readdirSync(out) : []) {
    const scenario = folder.match(/^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/)?.[1];
    const file = join(out, folder, "checks.json");
    if (scenario && existsSync(file)) checks.set(scenario, JSON.parse(readFileSync(file, "utf8")));
  }
  return checks;
}

const failing = ({ status }) => status === "FAILURE" || status === "WARNING";

/**
 * One line of a table. A warning counts as a failure, as it does in the suite; "no case" is a scenario that found
 * nothing here that it could check.
 */
function judge(scenario, checks, expected) {
  const failed = checks.filter(failing);
  const excused = (id) => expected.includes(scenario) || expected.includes(`${scenario}:${id}`);
  const surprises = failed.filter(({ id }) => !excused(id));
  const stale = expected.filter((entry) => {
    const [name, id] = entry.split(":");
    return name === scenario && !failed.some((check) => !id || check.id === id);
  });
  const count = (status) => checks.filter((check) => check.status === status).length;
  return {
    scenario, surprises, stale,
    verdict: surprises.length || stale.length ? "FAILED" : failed.length ? "expected" : count("SUCCESS") ? "passed" : "no case",
    counts: [count("SUCCESS"), count("FAILURE"), count("WARNING"), count("SKIPPED") + count("INFO")],
  };
}

/** Runs a suite, and gives the lines of its table, what is wrong, and the entries that it met. */
export async function run({ version, args, expected: file }) {
  const expected = baseline(file);
  const { code, said, out } = await execute(version, [...args, ...(file ? ["--expected-failures", file] : [])]);
  const wrong = [];
  const lines = [...results(out)].map(([scenario, checks]) => judge(scenario, checks, expected));
  for (const { scenario, surprises, stale } of lines) {
    for (const check of surprises) wrong.push(`${scenario}:${check.id}: ${check.errorMessage ?? JSON.stringify(check.details)}`);
    for (const entry of stale) wrong.push(`${entry} passes: take it out of ${file}`);
  }
  const announced = Number(said.match(/\((\d+) scenarios?\)/)?.[1] ?? 1);
  if (lines.length !== announced) wrong.push(`${lines.length} of ${announced} scenarios gave results: ${said.slice(-2000)}`);
  // The suite judges too, except what it does not score.
  if (code !== 0 && !wrong.length) wrong.push(`the suite ended with ${code}: ${said.slice(-2000)}`);
  const met = expected.filter((entry) => lines.some(({ scenario }) => scenario === entry.split(":")[0]));
  return { lines, wrong, met };
}

/** The scenarios that a revision runs without counting them, each with the reason. */
export function notScored(revision) {
  const text = readFileSync(`node_modules/conformance-0.2/requirements/${revision}.yaml`, "utf8");
  return new Map([...text.matchAll(/scenario: (\S+)\n +leg: server\n +reason: (\S+)/g)].map(([, scenario, why]) => [scenario, why]));
}

/** What is wrong with a baseline whose entries no run has met. */
export const unmet = (file, met) => baseline(file).filter((entry) => !met.has(entry)).map((entry) => `${entry} of ${file} is no scenario that ran`);
