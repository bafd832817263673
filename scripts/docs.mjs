// Writes the documents that are generated from the source, or with --check says which of them are out of date.
//   npm run docs [-- --check]

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { dist, root, setup } from "./setup.mjs";

/** Each document, and the generator in scripts/ whose `render()` returns its text. */
const documents = { "docs/protocol.md": "protocol-docs" };

setup({ targets: ["docs"] });
const require = createRequire(import.meta.url);
const check = process.argv.includes("--check");
const old = [];
for (const [path, generator] of Object.entries(documents)) {
  const file = join(root, path);
  const text = require(join(root, dist, "docs", `${generator}.cjs`)).render();
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  if (check) old.push(path);
  else writeFileSync(file, text);
}
if (old.length > 0) {
  console.error(`${old.join(", ")} is not what its generator makes; run “npm run docs”.`);
  process.exit(1);
}
