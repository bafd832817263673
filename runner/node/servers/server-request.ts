import { join, resolve } from "node:path";
import { devServerAgent, type Project } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { CommandRequest } from "#runner/core/host";
import { commandOnPort } from "#runner/node/projects/command-on-port";
import { nextFreePort, takenPort } from "#runner/node/projects/port-taken";

interface ServerRequestDeps {
  /** The runner's folder, a real path. */
  readonly folder: string;
  /** What can be run in it, as it is now. */
  projects(): Promise<readonly Project[]>;
  /** The same of a folder that lies deeper, or elsewhere, where the user's configuration allows that. */
  projectsIn(folder: string): Promise<readonly Project[]>;
}

/** Servers that go on to the next port by themselves. */
const movesByItself = new Set([
  ...["angular", "astro", "eleventy", "next", "nuxt", "parcel", "react-router", "remix", "sveltekit"],
  ...["vite", "vitepress", "webpack-dev-server"],
]);

/**
 * What is asked of a dev server, with what only the folder knows: its own command lines need nobody's word, as whoever
 * may have an agent work there may start what it made; and another port is said in the words of its framework.
 * @throws BatonError `port_taken`, with a port that is free
 */
export async function serverRequest(deps: ServerRequestDeps, request: CommandRequest): Promise<CommandRequest> {
  if (request.agent !== devServerAgent) return request;
  const { server, text, cwd } = request;
  const project =
    projectOf(deps.folder, await deps.projects(), request) ?? projectOf(cwd, await deps.projectsIn(cwd), request);
  // A set-up command, or a template's repository, is no line of the folder's.
  const approved = request.approved || (project !== undefined && request.build === undefined);
  if (server?.port !== undefined) {
    const { command, env } = commandOnPort({ command: text, ...portArgumentsOf(project) }, server.port);
    return { ...request, approved, text: command, env: { ...request.env, ...env } };
  }
  // A run that is replaced still holds the port.
  if (project?.port !== undefined && server?.replaces === undefined && !movesByItself.has(project.framework ?? "")) {
    await needFree(project.port);
  }
  return { ...request, approved };
}

const projectOf = (root: string, projects: readonly Project[], { cwd, text }: CommandRequest): Project | undefined =>
  projects.find(({ folder, command }) => resolve(join(root, folder)) === cwd && command === text);

const portArgumentsOf = (project: Project | undefined) =>
  project?.portArguments === undefined ? {} : { portArguments: project.portArguments };

async function needFree(port: number): Promise<void> {
  const taken = await takenPort(port);
  if (!taken) return;
  const { name, pid } = taken.holder ?? {};
  const by = name === undefined ? "another program" : `${name} (process ${pid})`;
  throw new BatonError("port_taken", { port, by, free: await nextFreePort(port + 1) });
}
