import type { PackageManager } from "#protocol/documents/project";
import type { PackageManifest } from "#runner/node/projects/package-manifest";
import { readManifest } from "#runner/node/projects/package-manifest";
import { fromHereUp, type SeenFolder } from "#runner/node/projects/seen-folder";

export type NodePackageManager = Extract<PackageManager, "npm" | "pnpm" | "yarn" | "bun">;

const lockFiles: readonly (readonly [string, NodePackageManager])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
];

/** What the nearest folder says, by its manifest or its lock file; a package of a monorepo says nothing itself. */
export async function packageManagerOf(folder: SeenFolder): Promise<NodePackageManager> {
  for (const one of fromHereUp(folder)) {
    const named = one.files.has("package.json") ? namedIn(await readManifest(one)) : undefined;
    const [, locked] = lockFiles.find(([file]) => one.files.has(file)) ?? [];
    const found = named ?? locked;
    if (found) return found;
  }
  return "npm";
}

/** `"packageManager": "pnpm@9.1.0+sha512…"` (Corepack). */
function namedIn(manifest: PackageManifest | undefined): NodePackageManager | undefined {
  const [name] = (manifest?.packageManager ?? "").split("@");
  return lockFiles.find(([, manager]) => manager === name)?.[1];
}

interface Runner {
  readonly run: (script: string) => string;
  /** What stands before arguments that are the script's. */
  readonly before: string;
}

/** How each of them runs a script. pnpm gives a `--` to the script as well. */
export const scriptRunners: Readonly<Record<NodePackageManager, Runner>> = {
  npm: { run: (script) => `npm run ${script}`, before: "-- " },
  pnpm: { run: (script) => `pnpm run ${script}`, before: "" },
  yarn: { run: (script) => `yarn run ${script}`, before: "" },
  bun: { run: (script) => `bun run ${script}`, before: "" },
};
