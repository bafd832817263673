import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Takes the lock off a folder whose store has “died” inside of this process, which of course is alive. */
export function freeLock(dataFolder: string): void {
  for (const name of readdirSync(dataFolder)) {
    if (name.startsWith("relay.lock.")) rmSync(join(dataFolder, name));
  }
}
