// Builds everything that runs or ships: one row a target, all of them awaited, exit code 1 on the first failure.
//   node esbuild.mjs [--only NAME,…] [--watch] [--minify] [--out DIR]
// Without --only, every target whose sources are there is built. With --watch, each finished build is one line.

import { existsSync, readdirSync } from "node:fs";
import { chmod, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as esbuild from "esbuild";

/** @type {Promise<void> | undefined} */
let copiedTemplates;
const flag = (name) => process.argv.includes(`--${name}`);
const value = (name) =>
  process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : undefined;

const out = value("out") ?? process.env.BATON_DIST ?? "dist";
const minify = flag("minify");

const node = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  define: { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" },
  external: ["node-pty", "vscode", "pac-proxy-agent"],
  sourcemap: "linked",
  legalComments: "none",
  logLevel: "warning",
  minify,
  // A comment with one letter beyond ASCII would double the memory that Node keeps the whole text in.
  minifyWhitespace: true,
};

/** What a shell can start by its name. */
const command = { banner: { js: "#!/usr/bin/env node" } };

/**
 * `fresh`: the folder is emptied first, because names of files change from build to build.
 * @type {Record<string, { options: import("esbuild").BuildOptions, fresh?: boolean, after?: (result: import("esbuild").BuildResult) => Promise<void> }>}
 */
const targets = {
  relay: {
    options: {
      ...node,
      ...command,
      entryPoints: { "baton-relay": "relay/main.ts" },
      outdir: out,
      alias: { "iconv-lite": "./relay/http/instead/iconv-lite.cjs", "mime-db": "./relay/http/instead/mime-db.json" },
    },
    after: () => chmod(join(out, "baton-relay.cjs"), 0o755),
  },
  cli: {
    options: {
      ...node,
      ...command,
      entryPoints: { baton: "runner/node/cli/main.ts" },
      outdir: out,
    },
    after: async () => {
      await chmod(join(out, "baton.cjs"), 0o755);
      await copyTemplates();
    },
  },
  keeper: {
    options: {
      ...node,
      entryPoints: {
        keeper: "runner/keeper/main.ts",
        "snapshot-worker": "runner/keeper/snapshot-worker.ts",
        "agent-view": "runner/node/agent-view.ts",
        build: "runner/node/builds/main.ts",
        restarting: "runner/node/servers/restarting.ts",
        "cloudflared-tunnel": "runner/node/cloudflare/tunnel-main.ts",
        "cloudflared-hosting": "runner/node/cloudflare/hosting-main.ts",
        "cloudflared-install": "runner/node/cloudflare/install-main.ts",
      },
      outdir: out,
    },
    after: copyNodePty,
  },
  // Two bundles: what every window reads at its start, and everything else, which is read when Baton is used.
  extension: {
    options: { ...node, entryPoints: { extension: "extension/main.ts", window: "extension/window.ts" }, outdir: out },
    after: copyTemplates,
  },
  ui: {
    fresh: true,
    options: {
      bundle: true,
      splitting: true,
      format: "esm",
      target: "es2022",
      entryPoints: { app: "webview-ui/main.tsx" },
      entryNames: "[name]-[hash]",
      chunkNames: "[name]-[hash]",
      assetNames: "[name]-[hash]",
      outdir: join(out, "ui"),
      loader: { ".ttf": "file", ".svg": "file", ".png": "file" },
      jsx: "automatic",
      metafile: true,
      minify: !flag("watch"),
      define: { "process.env.NODE_ENV": flag("watch") ? '"development"' : '"production"' },
      legalComments: "none",
      logLevel: "warning",
    },
    after: writePage,
  },
  // The editor's panels: one script a page, because a panel's policy lets nothing in but by its nonce.
  panel: {
    fresh: true,
    options: {
      bundle: true,
      format: "iife",
      target: "es2022",
      entryPoints: { panel: "webview-ui/panel.tsx" },
      outdir: join(out, "panel"),
      loader: { ".ttf": "file" },
      plugins: [columnStyles()],
      assetNames: "[name]",
      jsx: "automatic",
      minify: !flag("watch"),
      define: { "process.env.NODE_ENV": flag("watch") ? '"development"' : '"production"' },
      legalComments: "none",
      logLevel: "warning",
    },
  },
  test: {
    fresh: true,
    options: {
      bundle: true,
      splitting: true,
      platform: "node",
      target: "node20.19",
      format: "esm",
      packages: "external",
      entryPoints: filesBelow("test").filter((file) => /\.(test|main)\.tsx?$/.test(file)),
      outbase: "test",
      outdir: join(out, "test"),
      outExtension: { ".js": ".mjs" },
      chunkNames: "chunks/[name]-[hash]",
      sourcemap: "linked",
      logLevel: "warning",
    },
  },
  // The suite that VS Code loads into its own extension host, which gives it `vscode` and mocha.
  host: {
    options: {
      ...node,
      entryPoints: { index: "test/vscode/host/index.ts" },
      outdir: join(out, "host"),
      external: ["vscode", "mocha"],
    },
  },
  // The generators of documents in docs/.
  docs: {
    options: {
      ...node,
      entryPoints: filesBelow("scripts").filter((file) => file.endsWith(".ts")),
      outdir: join(out, "docs"),
    },
  },
};

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** node-pty is not bundled: its prebuilt binaries for all six platforms ship beside the keeper, which requires it by path. */
async function copyNodePty() {
  const to = join(out, "node-pty");
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  for (const part of ["package.json", "LICENSE", "lib", "prebuilds"]) {
    await cp(join("node_modules/node-pty", part), join(to, part), {
      recursive: true,
      filter: (source) => !/\.(pdb|map|test\.js)$/.test(source),
    });
  }
}

/** The built-in templates are read from beside the program. Targets that are built at the same time share one copy. */
function copyTemplates() {
  copiedTemplates ??= (async () => {
    const to = join(out, "templates");
    await rm(to, { recursive: true, force: true });
    await cp("templates", to, { recursive: true });
  })();
  return copiedTemplates;
}

/**
 * The scripts that the relay puts into pages of previews: each one file that leaves nothing behind in the page, and as
 * small as it can be, because a page waits for the first of them.
 */
const previewPage = {
  bundle: true,
  format: "iife",
  target: "es2020",
  entryPoints: { page: "webview-ui/previews/page/main.ts", picture: "webview-ui/previews/page/picture.ts" },
  outdir: join(out, "ui", "preview-page"),
  minify: true,
  legalComments: "none",
  logLevel: "warning",
};

/** The dashboard's page, with the hashed names of what it loads at once, and the files beside it. */
async function writePage({ metafile }) {
  await esbuild.build(previewPage);
  const folder = join(out, "ui");
  const entry = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === "webview-ui/main.tsx");
  if (!entry) throw new Error("the dashboard has no entry");
  const [script, { cssBundle, imports }] = entry;
  const chunks = imports.filter(({ kind, path }) => kind === "import-statement" && path.endsWith(".js"));
  const tags = [
    ...(cssBundle ? [`<link rel="stylesheet" href="/${basename(cssBundle)}" />`] : []),
    ...chunks.map(({ path }) => `<link rel="modulepreload" href="/${basename(path)}" />`),
    `<script type="module" src="/${basename(script)}"></script>`,
  ];
  const page = await readFile("webview-ui/index.html", "utf8");
  await cp("webview-ui/public", folder, { recursive: true });
  await writeFile(join(folder, "index.html"), page.replace("<!-- styles and scripts -->", tags.join("\n    ")));
}

/** A column of the editor is often narrower than a window. It has a desk's layout until it is as narrow as a phone. */
function columnStyles() {
  return {
    name: "column-styles",
    setup: (build) =>
      build.onLoad({ filter: /webview-ui[\\/].*\.css$/ }, async ({ path }) => {
        const styles = await readFile(path, "utf8");
        return { contents: styles.replaceAll("(max-width: 720px)", "(max-width: 440px)"), loader: "css" };
      }),
  };
}

/** Builds again after every change and says so, for `npm run dev`. */
async function watch(name, target) {
  const tell = {
    name: "tell",
    setup: (build) =>
      build.onEnd(async (result) => {
        if (result.errors.length > 0) return;
        await target.after?.(result);
        console.log(`built ${name}`);
      }),
  };
  const context = await esbuild.context({ ...target.options, plugins: [...(target.options.plugins ?? []), tell] });
  await context.watch();
}

const entries = ({ options }) => Object.values(options.entryPoints);
const there = Object.keys(targets).filter((name) => entries(targets[name]).some((file) => existsSync(file)));
const only = value("only")?.split(",") ?? there;
try {
  await Promise.all(only.map(build));
} catch (error) {
  // What is wrong in a source was printed by esbuild already.
  if (!(error instanceof Error && "errors" in error)) console.error(error);
  process.exit(1);
}

async function build(name) {
  const target = targets[name];
  if (!target) throw new Error(`there is no target “${name}”; there are ${Object.keys(targets).join(", ")}`);
  if (target.fresh) await rm(target.options.outdir, { recursive: true, force: true });
  if (flag("watch")) {
    await watch(name, target);
    return;
  }
  const result = await esbuild.build(target.options);
  await target.after?.(result);
}
