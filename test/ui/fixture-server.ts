import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join } from "node:path";
import * as esbuild from "esbuild";
import { distFolder } from "#test/support/dist";

/** The dashboard's page with a relay inside it, served under the policy that the relay sends. */
export interface FixtureServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Scripts only from this origin; styles inline too, because the terminal writes its own. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const mediaTypes: Record<string, string> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".html": "text/html",
  ".ttf": "font/ttf",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

/** @param entry the page's script: with the fixture's relay inside, by default */
export async function startFixtureServer(entry = "test/ui/fixture/page.tsx"): Promise<FixtureServer> {
  // Each has a folder of its own: several suites are at work at the same time.
  const folder = await mkdtemp(join(distFolder, "ui-fixture-"));
  const { metafile } = await esbuild.build({
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    entryPoints: { page: entry },
    outdir: folder,
    loader: { ".ttf": "file" },
    jsx: "automatic",
    metafile: true,
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  const styles = Object.keys(metafile.outputs).find((name) => name.endsWith("page.css"));
  const template = await readFile("webview-ui/index.html", "utf8");
  const page = template.replace(
    "<!-- styles and scripts -->",
    `<link rel="stylesheet" href="/${basename(styles ?? "")}" /><script type="module" src="/page.js"></script>`,
  );
  const server: Server = createServer((request, response) => {
    void answer(new URL(request.url ?? "/", "http://fixture").pathname).then(({ status, type, body }) => {
      response.writeHead(status, { "content-type": type, "content-security-policy": contentSecurityPolicy });
      response.end(body);
    });
  });
  const answer = async (path: string) => {
    const type = mediaTypes[extname(path)];
    if (!type) return { status: 200, type: "text/html", body: page };
    const name = basename(path);
    const from = [join(folder, name), join("webview-ui/public", name)];
    for (const file of from) {
      const body = await readFile(file).catch(() => undefined);
      if (body) return { status: 200, type, body };
    }
    return { status: 404, type: "text/plain", body: "not found" };
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
