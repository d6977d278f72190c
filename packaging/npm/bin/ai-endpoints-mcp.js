#!/usr/bin/env node
// Starts the program, which npm installs as the optional dependency for this system.
"use strict";

const { spawn } = require("node:child_process");
const { isatty } = require("node:tty");

const system = `${process.platform}-${process.arch}`;
const dependency = `@ai-endpoints-mcp/${system}`;
const file = process.platform === "win32" ? "ai-endpoints-mcp.exe" : "ai-endpoints-mcp";

let program;
try {
  program = require.resolve(`${dependency}/bin/${file}`);
} catch {
  const built = Object.keys(require("../package.json").optionalDependencies).includes(dependency);
  console.error(
    built
      ? `error: the package ${dependency} is not installed\nhint: install ai-endpoints-mcp again without --omit=optional, on the system that it is to run on`
      : `error: there is no build of ai-endpoints-mcp for ${system}\nhint: with Go, go install github.com/ai-endpoints-mcp/ai-endpoints-mcp@latest`,
  );
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });

// A terminal sends Ctrl-C to both processes, and a second SIGINT would end the program before it has printed what it has.
const onTerminal = [0, 1, 2].some((fd) => isatty(fd));
const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"];
for (const signal of forwarded) {
  process.on(signal, () => {
    if (signal !== "SIGINT" || !onTerminal) child.kill(signal);
  });
}

child.on("error", (err) => {
  console.error(`error: starting ${program}: ${err.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  for (const name of forwarded) process.removeAllListeners(name);
  process.kill(process.pid, signal);
});
