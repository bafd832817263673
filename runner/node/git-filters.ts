import { runGit } from "#runner/node/git-run";

/**
 * The arguments with which Git leaves out the filters that the repository itself configures. Git runs such a program
 * to compare a file that was touched, and an agent that may write here may write the configuration, too: its program
 * would run outside of its sandbox. Filters of the user (Git LFS, say) are left as they are.
 * @throws Error where Git fails, as one before 2.26 does, or where a filter has a name that cannot be passed on
 */
export async function withoutOwnFilters(git: string, folder: string, signal: AbortSignal): Promise<string[]> {
  const asked = ["config", "--show-scope", "--null", "--name-only", "--get-regexp", "^filter\\."];
  // Git ends with 1 where there is none.
  const fields = (await runGit(git, folder, asked, signal, [1])).split("\0");
  const names = new Set<string>();
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [scope = "", key = ""] = fields.slice(i, i + 2);
    const name = key.slice("filter.".length, key.lastIndexOf("."));
    if (usersScopes.has(scope) || key.lastIndexOf(".") < "filter.".length) continue;
    if (name.includes("=")) throw new Error("a filter of the repository has a name that cannot be switched off");
    names.add(name);
  }
  // With a process of no name Git starts neither that nor the other programs of a filter.
  return [...names].flatMap((name) => ["-c", `filter.${name}.process=`, "-c", `filter.${name}.required=false`]);
}

const usersScopes = new Set(["system", "global", "command"]);
