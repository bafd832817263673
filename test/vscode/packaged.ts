import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { distFolder } from "#test/support/dist";

let vsix: string | undefined;

/**
 * The extension as it ships, packaged once for all suites of this process. `BATON_TEST_VSIX` names one that whoever
 * started several such processes has packaged for them.
 * @returns the .vsix
 */
export function packagedExtension(): string {
  vsix ??= process.env.BATON_TEST_VSIX || pack();
  return vsix;
}

function pack(): string {
  const file = join(distFolder, "test-baton.vsix");
  execFileSync(process.execPath, ["scripts/package.mjs", "--out", file], { stdio: ["ignore", "ignore", "inherit"] });
  return file;
}
