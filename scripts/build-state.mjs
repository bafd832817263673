// Which targets of esbuild.mjs are older than their sources. Uses only what Node ships.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What each target is made from, beside the build file and the lock file. */
const sources = {
  relay: ["protocol", "relay", "templates"],
  cli: ["protocol", "runner", "sdk", "templates"],
  keeper: ["protocol", "runner"],
  extension: ["protocol", "runner", "sdk", "extension", "templates"],
  ui: ["protocol", "sdk", "webview-ui"],
  panel: ["protocol", "sdk", "webview-ui"],
  test: ["protocol", "relay", "runner", "extension", "sdk", "webview-ui", "test"],
  host: ["protocol", "runner", "sdk", "extension", "test/vscode"],
  docs: ["protocol", "scripts"],
};
const everywhere = ["esbuild.mjs", "package-lock.json", "package.json"];

/** What `npm start` runs. */
export const productTargets = ["relay", "cli", "keeper", "ui"];
export const allTargets = Object.keys(sources);

const stampFile = (dist) => join(dist, ".built.json");

/**
 * The targets among `names` that have to be built, with the stamp that says so afterwards.
 * @returns {{ stale: string[], confirm: () => void }}
 */
export function staleTargets(root, dist, names) {
  const known = readStamp(join(root, dist));
  const hashes = Object.fromEntries(names.map((name) => [name, hashOf(root, [...everywhere, ...sources[name]])]));
  return {
    stale: names.filter((name) => known[name] !== hashes[name]),
    confirm: () => {
      const file = stampFile(join(root, dist));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${JSON.stringify({ ...readStamp(join(root, dist)), ...hashes }, null, 1)}\n`);
    },
  };
}

function readStamp(dist) {
  if (!existsSync(stampFile(dist))) return {};
  try {
    return JSON.parse(readFileSync(stampFile(dist), "utf8"));
  } catch {
    return {}; // A stamp that was cut while it was written only means one more build.
  }
}

/** Names, sizes and times of change: enough to notice an edit, and read in a few milliseconds. */
function hashOf(root, paths) {
  const hash = createHash("sha256");
  for (const path of paths) addTo(hash, root, path);
  return hash.digest("base64url");
}

function addTo(hash, root, path) {
  const at = join(root, path);
  const stat = statSync(at, { throwIfNoEntry: false });
  if (!stat) return;
  if (stat.isDirectory()) {
    for (const name of readdirSync(at).sort()) addTo(hash, root, join(path, name));
  } else {
    hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
  }
}
