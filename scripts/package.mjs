// Makes the extension's .vsix: a minified build and the files of .vscodeignore, staged in a folder of their own.
//   npm run package [-- --target linux-x64] [--out FILE]     without a target: one file for every platform
//   … --images URL     where docs/images of this version can be had; without it the extension's page has no pictures

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { dist, root, setup } from "./setup.mjs";

/** As the marketplace names platforms, and node-pty its prebuilt folders. */
const targets = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64"];
const maxBytes = 4_000_000;

const value = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const target = value("--target");
if (process.argv.includes("--target") && !targets.includes(target)) {
  console.error(`There is no target “${target ?? ""}”; there are ${targets.join(", ")}.`);
  process.exit(2);
}

setup();
const { createVSIX } = await import("@vscode/vsce");

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const name = [manifest.name, target, manifest.version].filter(Boolean).join("-");
const file = resolve(value("--out") ?? `${name}.vsix`);
const stage = join(root, dist, "vsix");

rmSync(stage, { recursive: true, force: true });
mkdirSync(join(stage, "extension"), { recursive: true });
const parts = "extension,keeper,panel,relay,ui";
const build = ["esbuild.mjs", "--only", parts, "--minify", "--out", join(stage, "dist")];
const { status } = spawnSync(process.execPath, build, { cwd: root, stdio: ["ignore", 2, 2] });
if (status !== 0) process.exit(1);
const prebuilds = join(stage, "dist/node-pty/prebuilds");
for (const platform of readdirSync(prebuilds)) {
  if (target && platform !== target) rmSync(join(prebuilds, platform), { recursive: true });
}

// What only the repository needs stays out of the shipped manifest.
const { scripts, devDependencies, imports, bin, files, private: _, ...shipped } = manifest;
writeFileSync(join(stage, "package.json"), `${JSON.stringify(shipped, null, 2)}\n`);
writeFileSync(join(stage, "README.md"), pageWithPictures(readFileSync(join(root, "extension/README.md"), "utf8")));
for (const path of ["CHANGELOG.md", "LICENSE", ".vscodeignore", "extension/media"]) {
  cpSync(join(root, path), join(stage, path), { recursive: true });
}
mkdirSync(dirname(file), { recursive: true });
await createVSIX({
  cwd: stage,
  packagePath: file,
  ...(target && { target }),
  dependencies: false,
  allowMissingRepository: true,
  skipLicense: true,
});
const { size } = statSync(file);
console.log(`${file} (${(size / 1e6).toFixed(2)} MB)`);
if (size > maxBytes) {
  console.error(`It is larger than ${maxBytes / 1e6} MB, which is what a window may load.`);
  process.exit(1);
}

/** The page stands where the repository's files are not; a picture that cannot be had would be a hole in it. */
function pageWithPictures(page) {
  const from = value("--images");
  if (from) return page.replaceAll("](../docs/images/", `](${from.replace(/\/+$/, "")}/`);
  return page.replace(/^!\[[^\]]*\]\(\.\.\/docs\/images\/[^)]*\)\n\n/gm, "");
}
