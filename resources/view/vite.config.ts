import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

export default defineConfig({
  build: {
    write: false, // the plugin writes the one file
    target: "es2022",
    cssTarget: "esnext", // light-dark() stays as it is written
    modulePreload: false,
    reportCompressedSize: false,
  },
  plugins: [oneFile("catalog.html")],
});

/** Puts script and style into the page and allows them, and nothing else, by their hashes. */
function oneFile(name: string): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      let html = "",
        script = "",
        style = "";
      for (const [file, output] of Object.entries(bundle)) {
        if (output.type === "chunk") script += output.code.trim();
        else if (file.endsWith(".css")) style += text(output.source).trim();
        else html = text(output.source);
      }
      // A function keeps its names from the window. Nothing in it may end the element that it stands in.
      script = `(()=>{"use strict";${script}})()`.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
      const policy = [
        "default-src 'none'",
        `script-src '${hash(script)}'`,
        `style-src '${hash(style)}'`,
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
      ].join("; ");
      html = html.replace(/\s*<script type="module"[^>]*><\/script>/, "").replace(/\s*<link rel="stylesheet"[^>]*>/, "");
      // Functions, since a text would have its $& replaced.
      html = html.replace('<meta charset="utf-8">', found => `${found}\n<meta http-equiv="Content-Security-Policy" content="${policy}">`);
      html = html.replace("<!doctype html>", found => `${found}\n<!--\nContains uPlot.\n\n${license("uplot")}\n-->`);
      html = html.replace("</head>", found => `<style>${style}</style>\n${found}`);
      html = html.replace("</body>", found => `<script>${script}</script>\n${found}`);
      writeFileSync(new URL(name, import.meta.url), html);
    },
  };
}

function text(source: string | Uint8Array): string {
  return typeof source === "string" ? source : Buffer.from(source).toString();
}

function license(name: string): string {
  return readFileSync(new URL(`node_modules/${name}/LICENSE`, import.meta.url), "utf8").trim();
}

function hash(content: string): string {
  return "sha256-" + createHash("sha256").update(content).digest("base64");
}
