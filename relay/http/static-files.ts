import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
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
  const compress = compressOnce();
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
    await send(join(folder, ...path.split("/")), path, request, response, compress);
  };
}

/** Files whose content never changes are compressed once, because anybody may ask for them at any time. */
function compressOnce(): (file: string, isFixed: boolean) => Promise<Uint8Array> {
  const known = new Map<string, Promise<Uint8Array>>();
  return (file, isFixed) => {
    const made = known.get(file) ?? readFile(file).then((bytes) => promisify(gzip)(bytes));
    if (!isFixed || known.has(file)) return made;
    known.set(file, made);
    made.catch(() => known.delete(file));
    return made;
  };
}

async function send(
  file: string,
  path: string,
  request: Request,
  response: Response,
  compress: ReturnType<typeof compressOnce>,
): Promise<void> {
  const ending = extname(path);
  const isFixed = hashedName.test(path);
  response.set({
    "Content-Type": mediaTypes[ending] ?? "application/octet-stream",
    "Cache-Control": isFixed ? "public, max-age=31536000, immutable" : "no-cache",
    Vary: "Accept-Encoding",
  });
  const isCompressed = compressed.has(ending) && request.acceptsEncodings("gzip") === "gzip";
  if (isCompressed) response.set("Content-Encoding", "gzip");
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  if (isCompressed) response.end(await compress(file, isFixed));
  // A browser that leaves in the middle is no failure.
  else await pipeline(createReadStream(file), response).catch(() => response.destroy());
}

function noDashboard(response: Response): void {
  response
    .status(404)
    .type("text/plain")
    .send("The dashboard was not built into this relay. Its API is at /api/openapi.json.\n");
}
