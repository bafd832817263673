import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, processGone } from "#test/support/processes";

/** Ends the keepers of a `BATON_HOME` in order; by themselves they wait half a minute for more work. */
export async function endKeepers(home: string): Promise<void> {
  const folder = join(home, "data", "keeper");
  const pids = namesIn(folder).flatMap((version) => pidOf(join(folder, version, "keeper.json")));
  for (const pid of pids) process.kill(pid, "SIGTERM");
  await Promise.all(pids.map((pid) => processGone(pid)));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** A keeper that has left has taken its file away, or left one that names nobody. */
function pidOf(file: string): number[] {
  try {
    const { pid } = JSON.parse(readFileSync(file, "utf8"));
    return isAlive(pid) ? [pid] : [];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || (error as NodeJS.ErrnoException).code === "ENOTDIR")
      return [];
    throw error;
  }
}
