import "uplot/dist/uPlot.min.css";
import "./style.css";
import "./card.css";
import "./narrow.css";
import { Bridge } from "./bridge";
import { readList } from "./catalog";
import { FileServer } from "./file";
import { text, type Fields } from "./json";
import { PageServer } from "./page";
import type { ToolResult } from "./server";
import { applyContext } from "./theme";
import { View } from "./view";

const data = document.getElementById("data")?.textContent?.trim();
if (data) startFile(data);
else if (window.parent !== window) void startApp(window.parent);
else startPage();

function startFile(json: string): void {
  void new View(new FileServer(JSON.parse(json))).load();
}

function startPage(): void {
  const server = new PageServer();
  void new View(server, {
    login: token => {
      server.token = token;
    },
  }).load();
}

async function startApp(host: Window): Promise<void> {
  document.documentElement.dataset["app"] = "";
  let input: Fields = {};
  const bridge = new Bridge(host, {
    toolInput: args => {
      input = args;
    },
    toolResult: result => showResult(view, result, input),
    context: applyContext,
    teardown: () => document.body.replaceChildren(),
  });
  const view = new View(bridge, { use: id => bridge.useModel(id) });
  await bridge.connect().catch(() => {}); // what a host without a handshake denies is said by what is denied next
  await view.load();
}

/** Shows at once what the conversation has; the whole catalogue follows. */
function showResult(view: View, result: ToolResult, input: Fields): void {
  if ("models" in result.structured && !result.error) view.showEarly(readList(result));
  else if ("candidates" in result.structured)
    view.showResolution(text(result.structured["requested_model"]) || text(input["query"]), result);
}
