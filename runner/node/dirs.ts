import { join, resolve } from "node:path";
import envPaths from "env-paths";

/** Where everything of this user lies. `BATON_HOME` puts all of it below one folder. */
export interface BatonDirs {
  readonly data: string;
  readonly config: string;
}

/** @param env the environment that may name `BATON_HOME` */
export function batonDirs(env: NodeJS.ProcessEnv = process.env): BatonDirs {
  const home = env.BATON_HOME;
  if (home) return { data: join(resolve(home), "data"), config: join(resolve(home), "config") };
  const { data, config } = envPaths("baton", { suffix: "" });
  return { data, config };
}
