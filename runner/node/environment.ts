/** What every agent gets of the user's environment: enough to find programs, the home folder, language and terminal. */
const always = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "COLORTERM",
  "EDITOR",
  "VISUAL",
  "PAGER",
  "SSH_AUTH_SOCK",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_CACHE_HOME",
  "XDG_STATE_HOME",
  "XDG_RUNTIME_DIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "GIT_SSH_COMMAND",
] as const;

const onWindows = [
  "APPDATA",
  "LOCALAPPDATA",
  "PROGRAMDATA",
  "PROGRAMFILES",
  "PROGRAMFILES(X86)",
  "COMMONPROGRAMFILES",
  "SYSTEMROOT",
  "SYSTEMDRIVE",
  "WINDIR",
  "COMSPEC",
  "PATHEXT",
  "TEMP",
  "TMP",
  "USERPROFILE",
  "USERNAME",
  "USERDOMAIN",
  "HOMEDRIVE",
  "HOMEPATH",
  "NUMBER_OF_PROCESSORS",
  "PROCESSOR_ARCHITECTURE",
  "PROGRAMW6432",
  "COMMONPROGRAMW6432",
  "ALLUSERSPROFILE",
  "PUBLIC",
  "COMPUTERNAME",
  "OS",
] as const;

export type Environment = Readonly<Record<string, string>>;

/**
 * The environment of an agent: what is on the allow-list, nothing else. Secrets of the machine that no profile names
 * stay out of it.
 * @param source the user's environment, as the login shell has it
 * @param names what the profile and the user's configuration add to the list
 */
export function allowedEnvironment(
  source: Environment,
  names: readonly string[],
  platform = process.platform,
): Record<string, string> {
  const isWindows = platform === "win32";
  const fold = (name: string) => (isWindows ? name.toUpperCase() : name);
  const allowed = new Set([...always, ...(isWindows ? onWindows : []), ...names].map(fold));
  const isAllowed = (name: string) => allowed.has(fold(name)) || name.startsWith("LC_");
  return Object.fromEntries(Object.entries(source).filter(([name]) => isAllowed(name)));
}

/** The values of a variable by its name, which Windows compares without case. */
export function variable(source: Environment, name: string, platform = process.platform): string | undefined {
  if (platform !== "win32") return source[name];
  const found = Object.keys(source).find((key) => key.toUpperCase() === name.toUpperCase());
  return found === undefined ? undefined : source[found];
}

/** One environment of several, the last one first in rank; by the platform's own rule for names. */
export function mergedEnvironment(
  sources: readonly Environment[],
  platform = process.platform,
): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const source of sources) {
    for (const [name, value] of Object.entries(source)) {
      const before = Object.keys(merged).find(
        (key) => platform === "win32" && key.toUpperCase() === name.toUpperCase(),
      );
      merged[before ?? name] = value;
    }
  }
  return merged;
}

/** `process.env` without what is not set. */
export const ownEnvironment = (): Record<string, string> =>
  Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
