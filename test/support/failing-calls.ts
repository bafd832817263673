import type { Context } from "mocha";
import { runProcess, startProcess } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { until } from "#test/support/until";

/** Skips the test where the system calls of a process cannot be made to fail. */
export async function needsFailingCalls(context: Context): Promise<void> {
  if (process.platform !== "linux") skipBecause(context, "strace, which makes a disk fail, is only on Linux");
  const tried = await runProcess(["strace", "-qq", "-e", "inject=fsync:error=EIO", "true"]).catch(() => undefined);
  if (tried?.code !== 0) skipBecause(context, "strace is not installed, or may not trace here");
}

/**
 * Makes system calls of a running process fail, in the kernel's own place, until it is stopped.
 * @param injection as `strace -e inject=` takes it, such as `pwrite64:error=EIO`
 */
export async function failingCalls(pid: number, injection: string): Promise<{ readonly stop: () => Promise<void> }> {
  const calls = injection.split(":", 1)[0] ?? "";
  const process = startProcess([
    "strace",
    "-f",
    "-e",
    `trace=${calls}`,
    "-e",
    `inject=${injection}`,
    "-o",
    "/dev/null",
    "-p",
    String(pid),
  ]);
  await until("strace is attached", async () => (/ attached/.test(process.stderr()) ? true : undefined));
  return {
    async stop() {
      process.kill("SIGINT");
      await process.exited;
    },
  };
}
