import { statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Log } from "#runner/core/host";
import type { Profile } from "#runner/core/profiles";
import { configPollMs } from "#runner/node/caps";
import { configFile, loadConfig, profilesOf, type UserConfig } from "#runner/node/config";
import type { BatonDirs } from "#runner/node/dirs";
import { makePrivateFolder } from "#runner/node/files";
import { loadWorkspace, type Workspace, workspaceFileOf } from "#runner/node/workspace-file";

export interface LiveConfig {
  current(): UserConfig;
  profiles(): readonly Profile[];
  onChange(listener: (config: UserConfig, workspace: Workspace) => void): void;
}

interface WatchDeps {
  readonly dirs: BatonDirs;
  readonly folder: string;
  readonly config: UserConfig;
  readonly workspace: Workspace;
  readonly log: Log;
}

const settleMs = 100;

/**
 * The user's configuration and the folder's file as they are now: changes count without a restart. A file with a
 * fault is named in the log and changes nothing.
 */
export function watchConfig(deps: WatchDeps, signal: AbortSignal): LiveConfig {
  const { dirs, folder, log } = deps;
  const listeners = new Set<(config: UserConfig, workspace: Workspace) => void>();
  let { config, workspace } = deps;
  let timer: NodeJS.Timeout | undefined;

  const reload = () => {
    try {
      config = loadConfig(dirs);
      workspace = loadWorkspace(dirs, folder);
    } catch (error) {
      log.error({}, error instanceof Error ? error.message : String(error));
      return;
    }
    for (const listener of listeners) listener(config, workspace);
  };

  const reloadSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(reload, settleMs).unref();
  };

  makePrivateFolder(dirs.config);
  for (const file of [configFile(dirs), workspaceFileOf(folder)]) {
    let isPolled = false;
    const poll = (error: unknown) => {
      if (isPolled || signal.aborted) return;
      isPolled = true;
      log.warn({ file, error: String(error) }, "this file cannot be watched; it is looked at every few seconds");
      let seen = stampOf(file);
      const look = () => {
        const now = stampOf(file);
        if (now !== seen) reloadSoon();
        seen = now;
      };
      const looking = setInterval(look, configPollMs).unref();
      signal.addEventListener("abort", () => clearInterval(looking), { once: true });
    };
    try {
      // The folder is watched, because editors replace files.
      watch(dirname(file), { persistent: false, signal }, (_event, name) => {
        if (name === null || name === basename(file)) reloadSoon();
      }).on("error", poll);
    } catch (error) {
      // The system has no watch left to give, or the folder is not there yet.
      poll(error);
    }
  }
  // What changed after it was loaded and before it was watched counts as well.
  reloadSoon();

  return {
    current: () => config,
    profiles: () => profilesOf(config, workspace.accepted),
    onChange: (listener) => listeners.add(listener),
  };
}

/** Differs when a file was written, replaced, made or removed. */
function stampOf(file: string): string {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : "";
  } catch (error) {
    // A file that cannot be reached now is one that changes when it can.
    return String(error);
  }
}
