/**
 * What a template's repository, ref and folder may look like. Git takes a word that begins with a dash for an option,
 * and some addresses for a program to start, so that only these few forms get that far.
 */

/** A repository as Git is given it. */
export interface Repository {
  readonly transport: "https" | "ssh" | "http";
  readonly url: string;
  /** Its last part, for people. */
  readonly name: string;
}

/** Of the address of a repository: a host's name or address, and a path without spaces or quotes. */
const host = "(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\])";
const user = "[A-Za-z0-9_][A-Za-z0-9._-]*";
const pathCharacters = "[A-Za-z0-9._~+@%/-]";
const forms = {
  short: /^([A-Za-z0-9][A-Za-z0-9-]*)\/([A-Za-z0-9_.-]+)$/,
  https: new RegExp(`^https://${host}(?::[0-9]{1,5})?/${pathCharacters}+$`),
  ssh: new RegExp(`^ssh://(?:${user}@)?${host}(?::[0-9]{1,5})?/${pathCharacters}+$`),
  scp: new RegExp(`^${user}@${host}:(?!-)${pathCharacters}+$`),
  loopback: /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5}\/[A-Za-z0-9._~/-]+$/,
};

/**
 * @param text `https://…`, `ssh://…`, `user@host:path`, or `owner/name` at GitHub
 * @param allowsLoopback plain http to this machine, which only tests need
 * @returns undefined for anything else
 */
export function parseRepository(text: string, allowsLoopback = false): Repository | undefined {
  const url = forms.short.test(text) ? `https://github.com/${text}` : text;
  const transport = forms.https.test(url)
    ? "https"
    : forms.ssh.test(url) || forms.scp.test(url)
      ? "ssh"
      : allowsLoopback && forms.loopback.test(url)
        ? "http"
        : undefined;
  if (transport === undefined || steps(url).includes("..") || steps(url).includes(".")) return undefined;
  const name = steps(url.replace(/\/+$/, "").replace(/\/?\.git$/, "")).at(-1);
  return name ? { transport, url, name } : undefined;
}

const steps = (url: string): string[] => url.split(/[/:]/);

/** What is wrong with a repository's address; undefined: nothing. */
export function repositoryProblem(text: string): string | undefined {
  if (parseRepository(text)) return undefined;
  if (/^https:\/\/[^/]*@/.test(text))
    return "an address has no user or password in it; Git asks its own helper for them";
  return "expected https://…, ssh://…, user@host:path, or owner/name";
}

/** What is wrong with a branch, a tag or a commit's id (git-check-ref-format). */
export function refProblem(ref: string | undefined): string | undefined {
  if (ref === undefined) return undefined;
  const isPlain = /^[\p{L}\p{N}_@][^\s~^:?*[\\\p{C}]*$/u.test(ref);
  const isOdd = /\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|[/.]$|^@$/.test(ref);
  return isPlain && !isOdd ? undefined : "expected the name of a branch or a tag, or a commit's id";
}

/** What is wrong with a folder below the repository's root. */
export function folderProblem(folder: string | undefined): string | undefined {
  if (folder === undefined || folder === "") return undefined;
  const isPlain = folder
    .split("/")
    .every((step) => step !== "" && step !== "." && step !== ".." && !/[\\\p{C}]/u.test(step));
  return isPlain ? undefined : "expected a folder below the repository's root, with / between its parts";
}
