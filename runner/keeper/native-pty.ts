import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** The native half of node-pty 1.2, which makes a terminal with a process in it and reports the process's end. */
export interface NativePty {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    cols: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    exited: (exitCode: number, signal: number) => void,
  ): { fd: number; pid: number; pty: string };
  resize(fd: number, cols: number, rows: number, pixelWidth: number, pixelHeight: number): void;
}

let loaded: { native: NativePty; helper: string } | undefined;

/** Loads it at the first run, from beside this file; `helper` is what starts processes on macOS. */
export function loadNativePty(): { native: NativePty; helper: string } {
  if (loaded) return loaded;
  const folder = join(import.meta.dirname, "node-pty", "lib");
  const { loadNativeModule } = createRequire(join(folder, "utils.js"))("./utils.js") as {
    loadNativeModule: (name: string) => { dir: string; module: NativePty };
  };
  const { dir, module } = loadNativeModule("pty");
  loaded = { native: module, helper: resolve(folder, dir, "spawn-helper") };
  return loaded;
}
