// Makes the extension's .vsix: a minified build and the files of .vscodeignore, staged in a folder of their own.
//   npm run package [-- --out FILE]

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { dist, root, setup } from "./setup.mjs";

setup();
const { createVSIX } = await import("@vscode/vsce");

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const given = process.argv.indexOf("--out");
const file = resolve(given > 0 ? process.argv[given + 1] : `${manifest.name}-${manifest.version}.vsix`);
const stage = join(root, dist, "vsix");

rmSync(stage, { recursive: true, force: true });
mkdirSync(join(stage, "extension"), { recursive: true });
const build = ["esbuild.mjs", "--only", "extension,keeper", "--minify", "--out", join(stage, "dist")];
const { status } = spawnSync(process.execPath, build, { cwd: root, stdio: ["ignore", 2, 2] });
if (status !== 0) process.exit(1);

// What only the repository needs stays out of the shipped manifest.
const { scripts, devDependencies, imports, bin, files, private: _, ...shipped } = manifest;
writeFileSync(join(stage, "package.json"), `${JSON.stringify(shipped, null, 2)}\n`);
cpSync(join(root, "extension/README.md"), join(stage, "README.md"));
for (const path of ["CHANGELOG.md", "LICENSE", ".vscodeignore", "extension/media"]) {
  cpSync(join(root, path), join(stage, path), { recursive: true });
}
mkdirSync(dirname(file), { recursive: true });
await createVSIX({
  cwd: stage,
  packagePath: file,
  dependencies: false,
  allowMissingRepository: true,
  skipLicense: true,
});
console.log(file);
