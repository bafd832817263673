// Builds everything that runs or ships: one row a target, all of them awaited, exit code 1 on the first failure.
//   node esbuild.mjs [--only NAME,…] [--watch] [--minify] [--out DIR]

import { readdirSync } from "node:fs";
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as esbuild from "esbuild";

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
  external: ["node-pty", "vscode"],
  sourcemap: "linked",
  legalComments: "none",
  logLevel: "warning",
  minify,
};

/** @type {Record<string, { options: import("esbuild").BuildOptions, after?: () => Promise<void> }>} */
const targets = {
  relay: { options: { ...node, entryPoints: { "baton-relay": "relay/main.ts" }, outdir: out } },
  cli: { options: { ...node, entryPoints: { baton: "runner/node/cli/main.ts" }, outdir: out } },
  keeper: {
    options: {
      ...node,
      entryPoints: { keeper: "runner/keeper/main.ts", "snapshot-worker": "runner/keeper/snapshot-worker.ts" },
      outdir: out,
    },
    after: copyNodePty,
  },
  extension: { options: { ...node, entryPoints: { extension: "extension/main.ts" }, outdir: out } },
  ui: {
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
      legalComments: "none",
      logLevel: "warning",
    },
  },
  test: {
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
};

function filesBelow(folder) {
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

const only = value("only")?.split(",") ?? Object.keys(targets);
await Promise.all(
  only.map(async (name) => {
    const target = targets[name];
    if (!target) throw new Error(`there is no target “${name}”`);
    if (flag("watch")) await (await esbuild.context(target.options)).watch();
    else await esbuild.build(target.options);
    await target.after?.();
  }),
);
