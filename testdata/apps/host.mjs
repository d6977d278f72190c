// Serves host.js, and the app that it loads from an origin of its own with the policy that the extension wants of hosts.
import { build } from "esbuild";
import { createServer } from "node:http";

const listen = (handler) => new Promise((resolve) => {
  const server = createServer(handler).listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
});

/** Returns the policy for what an app declares: without domains, nothing but itself. */
function policy({ connectDomains = [], resourceDomains = [], frameDomains = [], baseUriDomains = [] }) {
  const list = (domains, otherwise) => (domains.length ? domains.join(" ") : otherwise);
  const more = resourceDomains.join(" ");
  return ["default-src 'none'", `script-src 'self' 'unsafe-inline' ${more}`, `style-src 'self' 'unsafe-inline' ${more}`, `img-src 'self' data: ${more}`,
    `font-src 'self' ${more}`, `media-src 'self' data: ${more}`, `connect-src ${list(connectDomains, "'none'")}`,
    `frame-src ${list(frameDomains, "'none'")}`, `base-uri ${list(baseUriDomains, "'self'")}`, "object-src 'none'"].join("; ");
}

/** Starts the host, and returns its origin. */
export async function startHost() {
  const bundle = await build({ entryPoints: ["host.js"], bundle: true, format: "esm", write: false, logLevel: "error", define: { "process.env.NODE_ENV": '"production"' } });
  const page = `<!doctype html><html lang="en"><title>host</title><body style="margin:0">` +
    `<iframe title="app" sandbox="allow-scripts" style="width:100%;height:600px;border:0"></iframe><script type="module" src="/host.js"></script>`;
  let app = { html: "", csp: "default-src 'none'" };
  const sandbox = await listen((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": app.csp }).end(app.html);
  });
  return listen(async (request, response) => {
    if (request.method === "PUT") {
      app = { html: Buffer.concat(await request.toArray()), csp: policy(JSON.parse(request.headers["x-csp"])) };
      response.end(sandbox + "/");
    } else if (request.url === "/host.js") {
      response.writeHead(200, { "Content-Type": "text/javascript" }).end(bundle.outputFiles[0].contents);
    } else {
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(page);
    }
  });
}
