import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { type TempFolder, tempFolder } from "#test/support/temp";

/** What the server does with a request instead of passing it to Git. @returns whether it did */
export type Interference = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Real repositories behind Git's own HTTP server, on loopback. */
export interface GitServer extends AsyncDisposable {
  /** @returns the address of a new repository with one commit of these files; text that begins with `→` is a link */
  readonly repository: (name: string, files: Readonly<Record<string, string | Buffer>>) => string;
  /** Runs Git in a repository's working tree. */
  readonly git: (name: string, ...args: string[]) => string;
  readonly folderOf: (name: string) => string;
  /** What was asked for so far. */
  readonly requests: string[];
  interfere: Interference | undefined;
}

export async function startGitServer(): Promise<GitServer> {
  const temp: TempFolder = tempFolder("git-server");
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (!made.interfere?.(request, response)) passToGit(temp.path, request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const git: GitServer["git"] = (name, ...args) => runGitIn(temp.at(name), ...args);
  const made: GitServer = {
    requests,
    interfere: undefined,
    git,
    folderOf: (name) => temp.at(name),
    repository(name, files) {
      rmSync(temp.at(name), { recursive: true, force: true });
      mkdirSync(temp.at(name), { recursive: true });
      git(name, "init", "--quiet", "--initial-branch=main");
      writeTree(temp.at(name), files);
      git(name, "add", "--all", "--force");
      git(name, "commit", "--quiet", "--allow-empty", "--message=first");
      return `http://127.0.0.1:${port}/${name}/.git`;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      temp.remove();
    },
  };
  return made;
}

/** Git with nothing of this machine's own settings. */
export const gitEnvironment = (home: string): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: home,
  GIT_CONFIG_NOSYSTEM: "1",
});

export function runGitIn(folder: string, ...args: string[]): string {
  const who = ["-c", "user.name=Tess", "-c", "user.email=tess@example.com"];
  const env = gitEnvironment(folder);
  return execFileSync("git", [...who, ...args], {
    cwd: folder,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export function writeTree(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (typeof content === "string" && content.startsWith("→")) symlinkSync(content.slice(1), join(folder, path));
    else writeFileSync(join(folder, path), content);
  }
}

/** CGI (RFC 3875), as far as `git http-backend` asks for it. */
function passToGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
      GIT_PROTOCOL: request.headers["git-protocol"] as string | undefined,
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => undefined);
  response.on("close", () => child.kill());
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  let isHeadSent = false;
  child.stdout.on("data", (piece: Buffer) => {
    if (isHeadSent) return void response.write(piece);
    head = Buffer.concat([head, piece]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    isHeadSent = true;
    for (const line of head.toString("latin1", 0, end).split("\r\n")) {
      const [name = "", value = ""] = line.split(/: ?(.*)/s);
      if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
  });
  child.stdout.on("end", () => response.end());
}
