import { realpathSync } from "node:fs";
import { basename } from "node:path";
import type { Log } from "#runner/core/host";
import type { Profile } from "#runner/core/profiles";
import { productVersion } from "#runner/keeper/version";
import type { UserConfig } from "#runner/node/config";
import { loadConfig, profilesOf } from "#runner/node/config";
import { type BatonDirs, batonDirs } from "#runner/node/dirs";
import type { Environment } from "#runner/node/environment";
import { createKeeperClient, type KeeperClient } from "#runner/node/keeper-client";
import { createLog, type LogLevel } from "#runner/node/log";
import { createLoginEnvironment } from "#runner/node/login-shell";
import { loadWorkspace, type Workspace } from "#runner/node/workspace-file";

/** What the commands of this machine have in common: the user's files, the folder and the keeper. */
export interface Surroundings {
  readonly dirs: BatonDirs;
  readonly folder: string;
  readonly config: UserConfig;
  readonly workspace: Workspace;
  readonly log: Log;
  readonly keeper: KeeperClient;
  /** Where this program lies, and what belongs to it. */
  readonly built: string;
  /** The name of the folder, as long as nobody gives another. */
  readonly folderName: string;
  profiles(): readonly Profile[];
  environment(): Promise<Environment>;
}

/** @throws BatonError `profile_invalid`, which names file, line and field */
export function lookAround(options: {
  readonly workspace?: string | undefined;
  readonly logLevel?: LogLevel;
  readonly isJson?: boolean;
  readonly client: string;
}): Surroundings {
  const dirs = batonDirs();
  const folder = options.workspace ?? realpathSync(process.cwd());
  const config = loadConfig(dirs);
  const workspace = loadWorkspace(dirs, folder);
  const log = createLog({
    level: options.logLevel ?? "warn",
    isJson: options.isJson ?? false,
    write: (line) => process.stderr.write(line),
  });
  const built = import.meta.dirname;
  return {
    dirs,
    folder,
    built,
    config,
    workspace,
    log,
    folderName: basename(folder) || folder,
    keeper: createKeeperClient({
      dataFolder: dirs.data,
      built,
      productVersion,
      client: options.client,
    }),
    profiles: () => profilesOf(config, workspace.accepted),
    environment: createLoginEnvironment(log),
  };
}
