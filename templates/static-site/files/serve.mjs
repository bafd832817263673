// Serves this folder to this machine, and reloads the page when a file changes.   PORT=8080 node serve.mjs

import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const port = Number(process.env.PORT) || 8080;
const types = {
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};
/** A page says what it has seen, because a file may change before the page listens. */
const reload = () => `<script>new EventSource("/.reload?${changed}").onmessage = () => location.reload();</script>`;
const pages = new Set();
let changed = Date.now();

const server = createServer(async (request, response) => {
  const [path, seen] = (request.url ?? "/").split("?");
  if (path === "/.reload") {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(seen === String(changed) ? ":\n\n" : "data: changed\n\n");
    pages.add(response);
    response.on("close", () => pages.delete(response));
    return;
  }
  const { status, type, body } = await find(request.url ?? "/");
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
});

/** The file of an address. What begins with a dot, and what lies elsewhere, is nobody's business. */
async function find(url) {
  const script = reload();
  try {
    const path = normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
    if (/[/\\]\./.test(path)) throw new Error("hidden");
    const file = join(root, /[/\\]$/.test(path) ? join(path, "index.html") : path);
    const type = types[extname(file)] ?? "application/octet-stream";
    const body = await readFile(file);
    return { status: 200, type, body: extname(file) === ".html" ? `${body}${script}` : body };
  } catch {
    return { status: 404, type: types[".html"], body: `<h1>Nothing is here</h1>${script}` };
  }
}

let timer;
watch(root, { recursive: true }, () => {
  changed = Date.now();
  clearTimeout(timer);
  timer = setTimeout(() => {
    for (const page of pages) page.write("data: changed\n\n");
  }, 50);
});

server.on("error", (error) => {
  const isTaken = error.code === "EADDRINUSE";
  console.error(isTaken ? `Port ${port} is taken. Choose another one: PORT=${port + 1} npm start` : error.message);
  process.exit(1);
});
server.listen(port, "127.0.0.1", () => console.log(`http://localhost:${port}`));
