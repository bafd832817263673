import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A throw-away folder. Its path is short and real, so that a Unix socket below it stays within 107 bytes. */
export interface TempFolder extends Disposable {
  readonly path: string;
  /** A path below the folder. */
  readonly at: (...parts: string[]) => string;
  readonly remove: () => void;
}

/** Makes a throw-away folder; `BATON_KEEP_TEMP=1` leaves it for a look. */
export function tempFolder(name = "baton"): TempFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)));
  const remove = () => {
    if (process.env.BATON_KEEP_TEMP !== "1") rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  };
  return { path, at: (...parts) => join(path, ...parts), remove, [Symbol.dispose]: remove };
}
