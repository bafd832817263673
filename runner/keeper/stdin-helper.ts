import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/**
 * On Windows: runs a command whose stdin is a file, in the console of this process. Its exit code is passed on.
 * @param args the file, then the command
 */
export async function execWithStdin(args: readonly string[]): Promise<void> {
  const [file, command, ...rest] = args;
  if (!file || !command) throw new Error("exec-with-stdin: FILE COMMAND [ARGUMENT…]");
  const fd = openSync(file, "r");
  const child = spawn(command, rest, { stdio: [fd, "inherit", "inherit"] });
  closeSync(fd);
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
