import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Request, RequestHandler, Response } from "express";

const mediaTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".map": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".ttf": "font/ttf",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};
const compressed = new Set([".html", ".js", ".css", ".json", ".map", ".svg", ".ttf", ".txt", ".webmanifest"]);
/** esbuild's content hash: eight letters or digits before the ending. Such a file never changes. */
const hashedName = /-[A-Z0-9]{8}\.[a-z0-9]+$/;

/**
 * The dashboard's files. Only names that were found in the folder are served, so that no path leads out of it;
 * every other path without an ending is a page of the dashboard.
 */
export function staticFiles(folder: string): RequestHandler {
  let files = new Set<string>();
  const list = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    files = new Set(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/")}`),
    );
  };
  return async (request, response, next) => {
    if (request.method !== "GET" && request.method !== "HEAD") return next();
    if (request.path === "/api" || request.path.startsWith("/api/")) return next();
    const isPage = extname(request.path) === "" || request.path === "/index.html";
    const path = isPage ? "/index.html" : request.path;
    if (!files.has(path)) await list();
    if (!files.has(path)) return isPage ? noDashboard(response) : next();
    await send(join(folder, ...path.split("/")), path, request, response);
  };
}

async function send(file: string, path: string, request: Request, response: Response): Promise<void> {
  const ending = extname(path);
  response.set({
    "Content-Type": mediaTypes[ending] ?? "application/octet-stream",
    "Cache-Control": hashedName.test(path) ? "public, max-age=31536000, immutable" : "no-cache",
    Vary: "Accept-Encoding",
  });
  const isCompressed = compressed.has(ending) && request.acceptsEncodings("gzip") === "gzip";
  if (isCompressed) response.set("Content-Encoding", "gzip");
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const source = createReadStream(file);
  // A browser that leaves in the middle is no failure.
  await (isCompressed ? pipeline(source, createGzip(), response) : pipeline(source, response)).catch(() =>
    response.destroy(),
  );
}

function noDashboard(response: Response): void {
  response
    .status(404)
    .type("text/plain")
    .send("The dashboard was not built into this relay. Its API is at /api/openapi.json.\n");
}
