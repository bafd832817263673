import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** The folder of the built artifacts: `BATON_DIST` or `dist`, from the folder the tests run in. */
export const distFolder = resolve(process.env.BATON_DIST ?? "dist");

/** The artifacts by name, so that a test never spells a path. */
export const artifacts = {
  relay: "baton-relay.cjs",
  cli: "baton.cjs",
  keeper: "keeper.cjs",
  snapshotWorker: "snapshot-worker.cjs",
  nodePty: "node-pty",
  ui: "ui",
  extension: "extension.cjs",
} as const;

/**
 * The absolute path of a built artifact.
 * @throws Error when it was not built
 */
export function artifact(name: keyof typeof artifacts): string {
  const path = resolve(distFolder, artifacts[name]);
  if (!existsSync(path)) throw new Error(`${path} is not there; run “npm run build” first`);
  return path;
}
