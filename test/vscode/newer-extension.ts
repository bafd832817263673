import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runProcess } from "#test/support/processes";
import type { TempFolder } from "#test/support/temp";
import type { Editor } from "#test/vscode/editor";
import { codeServer } from "./code-server.mjs";

/** Far above any version that is released. */
export const newerVersion = "99.0.0";
/** What is no source: packages, builds and tools' own. */
const isSource = (name: string) => !/^(node_modules|playground|dist.*|.*\.vsix|\.(?!vscodeignore$).*)$/.test(name);

/** Packages the same sources as the version to come. @returns the .vsix */
export function newerExtension(temp: TempFolder): string {
  const sources = temp.at("newer");
  mkdirSync(sources);
  cpSync(".", sources, { recursive: true, filter: (file) => file === "." || isSource(file) });
  symlinkSync(resolve("node_modules"), join(sources, "node_modules"), "junction");
  const manifest = join(sources, "package.json");
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, "utf8")), version: newerVersion }));
  const file = temp.at("newer.vsix");
  execFileSync(process.execPath, ["scripts/package.mjs", "--out", file], {
    cwd: sources,
    env: { ...process.env, BATON_DIST: "dist" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return file;
}

/** Installs it over what the editor has, which goes on meanwhile, as `code --install-extension` does. */
export async function updateExtension({ folder }: Pick<Editor, "folder">, vsix: string): Promise<void> {
  const { node, entry } = codeServer();
  const where = ["--user-data-dir", folder.at("data"), "--extensions-dir", folder.at("extensions")];
  const { code, stdout, stderr } = await runProcess(
    [node, entry, "--config", folder.at("config.yaml"), "--auth", "none", ...where, "--install-extension", vsix],
    { env: { EXTENSIONS_GALLERY: '{"serviceUrl":"","itemUrl":""}', VSCODE_IPC_HOOK_CLI: undefined } },
  );
  if (code !== 0) throw new Error(`the extension could not be updated\n${stdout}${stderr}`);
}
