import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { startProcess } from "#test/support/processes";

interface InstallOptions {
  /** How code-server is started. */
  readonly code: { readonly node: string; readonly entry: string };
  /** Its configuration file. */
  readonly config: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * What an editor's folder of extensions is once a .vsix was installed: made beside the .vsix, once for each that is
 * packaged, for editors to have a copy of.
 * @returns the folder. @throws Error with what the editor says where it cannot be installed
 */
export async function installedExtension(vsix: string, options: InstallOptions): Promise<string> {
  const { mtimeMs, size } = statSync(vsix);
  const mark = `${basename(vsix)}.installed-`;
  const folder = join(dirname(vsix), `${mark}${Math.trunc(mtimeMs)}-${size}`);
  if (existsSync(folder)) return folder;
  const making = mkdtempSync(join(dirname(vsix), ".installing-"));
  try {
    await install(vsix, making, options);
    for (const name of readdirSync(dirname(vsix)).filter((one) => one.startsWith(mark))) {
      if (name !== basename(folder)) rmSync(join(dirname(vsix), name), { recursive: true, force: true });
    }
    takeIn(join(making, "extensions"), folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}

async function install(vsix: string, into: string, { code, config, env }: InstallOptions): Promise<void> {
  const where = ["--user-data-dir", join(into, "data"), "--extensions-dir", join(into, "extensions")];
  const installing = startProcess(
    [code.node, code.entry, "--config", config, "--auth", "none", ...where, "--install-extension", vsix],
    { env },
  );
  const { code: exit } = await installing.exited;
  if (exit !== 0) throw new Error(`the extension could not be installed\n${installing.stdout()}${installing.stderr()}`);
}

/** Where somebody else was faster, theirs is as good. */
function takeIn(made: string, folder: string): void {
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
