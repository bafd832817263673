import { type SimpleGit, type SimpleGitOptions, simpleGit } from "simple-git";
import { templateGitMs } from "#runner/node/caps";

/** Where Git works for a template, and with what. */
export interface GitPlace {
  /** The executable. */
  readonly git: string;
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** No program of a repository's own runs, and nobody is asked anything. */
export const safeConfig: readonly string[] = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.askPass=",
  "commit.gpgSign=false",
  "fetch.recurseSubmodules=false",
  "submodule.recurse=false",
  "transfer.bundleURI=false",
  "gc.auto=0",
  "maintenance.auto=false",
];

/** What we say above is what simple-git asks to be told that it is meant. */
const unsafe = {
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeAskPass: true,
  allowUnsafeTemplateDir: true,
  allowUnsafeCustomBinary: true,
} as const;

/** Git on this machine alone, with fixed arguments. What comes from outside stands behind `--`, or is an object's id. */
export function templateGit(place: GitPlace, options: Partial<SimpleGitOptions> = {}): SimpleGit {
  const own = ownVariables("none");
  const made = simpleGit({
    baseDir: place.folder,
    binary: place.git,
    config: [...safeConfig],
    unsafe,
    allowEnvironment: Object.keys(own),
    timeout: { block: templateGitMs },
    // An exit may be heard of before the last of the output.
    completion: { onClose: true, onExit: false },
    // By itself simple-git takes a Git that fails without a word for one that does not fail.
    errors: (error, { exitCode }) => error ?? (exitCode === 0 ? undefined : new Error(`Git ended with ${exitCode}`)),
    ...(place.signal && { abort: place.signal }),
    ...options,
  });
  return made.env({ ...withoutQuestions(place.environment), ...own });
}

/** @param protocols that may be spoken, as `GIT_ALLOW_PROTOCOL` has them */
export const ownVariables = (protocols: string): Record<string, string> => ({
  GIT_ALLOW_PROTOCOL: protocols,
  GIT_TERMINAL_PROMPT: "0",
  GIT_NO_LAZY_FETCH: "1",
  GIT_LFS_SKIP_SMUDGE: "1",
});

/** Another program's idea of a repository does not count, and none puts up a window. */
export function withoutQuestions(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => !/^(GIT_|EDITOR$|VISUAL$|PAGER$|PREFIX$|SSH_ASKPASS)/i.test(name),
  );
  return { ...Object.fromEntries(kept), GCM_INTERACTIVE: "never", LC_ALL: "C" };
}
