import { posix, win32 } from "node:path";
import { type Environment, mergedEnvironment, variable } from "#runner/node/environment";

/**
 * The login shell's environment, with a PATH that also has what only this process has: a virtual environment, a
 * direnv, a Node that was chosen in this terminal. Such folders outrank the login shell's, as they do in the terminal
 * itself. A process whose PATH adds nothing, an editor that was started from a dock, takes the login shell's as it is.
 * @param login as the login shell has it
 * @param own of this process
 */
export function withOwnPath(login: Environment, own: Environment, platform = process.platform): Environment {
  const { delimiter } = platform === "win32" ? win32 : posix;
  const folders = (env: Environment) => (variable(env, "PATH", platform) ?? "").split(delimiter).filter(Boolean);
  const theirs = folders(login);
  const mine = folders(own);
  const fold = (folder: string) => (platform === "win32" ? folder.toLowerCase() : folder).replace(/(?<=.)[/\\]+$/, "");
  const has = (list: readonly string[], folder: string) => list.some((one) => fold(one) === fold(folder));
  if (mine.every((folder) => has(theirs, folder))) return login;
  const path = [...mine, ...theirs.filter((folder) => !has(mine, folder))].join(delimiter);
  return mergedEnvironment([login, { PATH: path }], platform);
}
