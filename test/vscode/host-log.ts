import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How long the extension host waits before it writes a rejection down that nobody has handled. */
export const rejectionWrittenMs = 1_100;

/** An entry begins with its time and level; what follows without them belongs to it. */
const entryStart = /^\d{4}-\d{2}-\d{2} [\d:.]+ \[(\w+)\] /;
/**
 * Not ours: extensions that come with the editor, the socket that code-server takes away as it ends, what a window that
 * goes no longer waits for, and the lock of a workspace's storage that another window has, or is still writing.
 */
const others = [
  /\[vscode\.[\w-]+\]/,
  /\/lib\/vscode\/extensions\//,
  /ENOENT \S*code-server-ipc\.sock/,
  /: Canceled$/,
  /\/vscode\.lock'|_getWorkspaceStorageURI/,
  /SyntaxError: Unexpected end of JSON input\n(\s+at [^\n]*(<anonymous>|\/extensionHostProcess\.js:)[^\n]*\n?)+$/,
];
const isOthers = (entry: string) => others.some((pattern) => pattern.test(entry));

/**
 * What the logs of an editor's extension hosts complain of: errors that nobody caught, rejections that nobody handled,
 * commands that threw. A window writes a log of its own each time it is loaded.
 * @param data the editor's user data folder
 */
export function hostErrors(data: string): string[] {
  const logs = join(data, "logs");
  return readdirSync(logs, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("remoteexthost.log"))
    .flatMap((file) => errorsIn(readFileSync(join(logs, file), "utf8")));
}

function errorsIn(log: string): string[] {
  const entries: string[] = [];
  for (const line of log.split("\n")) {
    if (entryStart.test(line) || entries.length === 0) entries.push(line);
    else entries.push(`${entries.pop()}\n${line}`);
  }
  return entries.filter((entry) => entryStart.exec(entry)?.[1] === "error" && !isOthers(entry));
}
