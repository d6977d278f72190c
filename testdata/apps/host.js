// A host of MCP Apps in a browser, of what the extension's own package brings: it calls a tool of the server, and shows the result in
// the tool's app. The driver calls window.host; what the app does is in window.seen.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { AppBridge, buildAllowAttribute, getToolUiResourceUri, PostMessageTransport, RESOURCE_MIME_TYPE } from "@modelcontextprotocol/ext-apps/app-bridge";

const extension = "io.modelcontextprotocol/ui";
const seen = (window.seen = { contexts: [], sizes: [], calls: [], reads: [], app: undefined });
const frame = document.querySelector("iframe");

let bridge;

/** Opens the app of a tool. With `deny`, the app may call nothing. */
async function open({ endpoint, authorization, tool, args, deny, context }) {
  const client = new Client({ name: "host", version: "1" }, { capabilities: { extensions: { [extension]: { mimeTypes: [RESOURCE_MIME_TYPE] } } } });
  await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { requestInit: { headers: { Authorization: authorization } } }));
  const found = (await client.listTools()).tools.find((t) => t.name === tool);
  const uri = getToolUiResourceUri(found);
  const [resource] = (await client.readResource({ uri })).contents;
  const meta = resource._meta.ui;

  const capabilities = deny ? {} : { serverTools: {}, serverResources: {}, updateModelContext: { text: {}, structuredContent: {} } };
  bridge = new AppBridge(null, { name: "host", version: "1" }, capabilities, { hostContext: { ...context, toolInfo: { tool: found } } });
  if (!deny) {
    bridge.oncalltool = async (params) => { seen.calls.push(params); return client.callTool(params); };
    bridge.onreadresource = async (params) => { seen.reads.push(params.uri); return client.readResource(params); };
    bridge.onupdatemodelcontext = async (params) => { seen.contexts.push(params); return {}; };
  }
  bridge.addEventListener("sizechange", (size) => {
    seen.sizes.push(size);
    if (size.height) frame.style.height = `${size.height}px`;
  });
  const initialized = new Promise((resolve) => bridge.addEventListener("initialized", resolve));
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));

  const stored = await fetch("/app", { method: "PUT", headers: { "X-CSP": JSON.stringify(meta.csp) }, body: resource.text });
  frame.allow = buildAllowAttribute(meta.permissions);
  frame.src = await stored.text();
  await initialized;
  seen.app = bridge.getAppVersion();
  await bridge.sendToolInput({ arguments: args });
  const result = await client.callTool({ name: tool, arguments: args });
  await bridge.sendToolResult(result);
  return { uri, mimeType: resource.mimeType, meta, extension: client.getServerCapabilities().extensions, result };
}

window.host = {
  open,
  change: (context) => bridge.setHostContext(context),
  teardown: () => bridge.teardownResource({}),
};
