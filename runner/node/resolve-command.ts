import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { devServerAgent } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { CommandRequest, ResolvedCommand } from "#runner/core/host";
import { buildCommand, type Profile, sessionLookup } from "#runner/core/profiles";
import { readIfThere } from "#runner/keeper/files";
import { textWithAttachments, type WrittenAttachments, writeAttachments } from "#runner/node/attachments";
import { checkBatchArguments, isBatchFile, programArgv } from "#runner/node/batch-file";
import { checkSetUp, checkSource, withBuild } from "#runner/node/builds/with-build";
import { executableOf } from "#runner/node/detect";
import type { BatonDirs } from "#runner/node/dirs";
import { allowedEnvironment, type Environment, mergedEnvironment } from "#runner/node/environment";
import { writePrivateFile } from "#runner/node/files";
import { findExecutable } from "#runner/node/find-executable";
import { withRestarts } from "#runner/node/servers/with-restarts";
import { lookUpSession } from "#runner/node/session-lookup";
import { shellCommand } from "#runner/node/shell-command";

export interface ResolveDeps {
  readonly dirs: BatonDirs;
  profiles(): readonly Profile[];
  environment(): Promise<Environment>;
  /** Variables that every agent gets, by the user's configuration. */
  passEnvironment(): readonly string[];
  /** Repositories that a prompt may begin with unasked. */
  templateSources?(): readonly string[];
  /** The runner's folder, a real path; a build needs it. */
  readonly folder?: string;
  /** The folder of the built artifacts, with `agent-view.cjs` in it. */
  readonly built?: string;
}

/** Windows takes 32,767 characters for the whole command line. */
const maxPromptArgumentBytesOnWindows = 24 * 1024;

/**
 * The command of a run: what is spawned is absolute and complete, so the keeper needs nothing of the user's
 * configuration.
 * @throws BatonError `agent_missing`, and what `buildCommand` throws
 */
export async function resolveCommand(deps: ResolveDeps, request: CommandRequest): Promise<ResolvedCommand> {
  const { server, build } = request;
  if (build) {
    checkSource(deps, build, request.approved);
    await checkSetUp(deps, build, request.approved);
  }
  const resolved = await agentCommand(deps, request);
  if (build) return withBuild(deps, build, request.cwd, resolved, request.env);
  return server?.restarts && request.agent === devServerAgent ? withRestarts(deps, resolved) : resolved;
}

/** The command of an agent, from its profile. */
async function agentCommand(deps: ResolveDeps, request: CommandRequest): Promise<ResolvedCommand> {
  const profile = deps.profiles().find(({ id }) => id === request.agent);
  if (!profile) throw new BatonError("agent_not_allowed", { agent: request.agent });
  const userEnvironment = await deps.environment();
  const names = [...profile.environmentKeys, ...profile.requiredEnvironment, ...deps.passEnvironment()];
  const base = mergedEnvironment([allowedEnvironment(userEnvironment, names), request.env]);
  const file = executableOf(profile, userEnvironment);
  if (!file) throw new BatonError("agent_missing", { agent: profile.name, install: profile.install });
  const program = programArgv(file, nodeOf(userEnvironment));

  const lookup =
    request.resume?.sessionId === undefined
      ? undefined
      : sessionLookup(profile, {
          sessionId: request.resume.sessionId,
          cwd: request.cwd,
          node: process.execPath,
        });
  const resume = lookup ? { sessionId: await lookUpSession(lookup, request.cwd, base) } : request.resume;
  const filesRoot = join(deps.dirs.data, "agent-files");
  const attached = attachedOf(deps, request);
  // A command line is no text that something could be said behind.
  const isLine = profile.command === "{shell}" || profile.allowedLines !== undefined;
  const text = attached && !isLine ? textWithAttachments(request.text, attached) : request.text;
  const build = (filesFolder: string) =>
    buildCommand(profile, {
      mode: request.mode,
      access: request.access,
      prompt: text,
      sessionId: randomUUID(),
      ...(resume && { resume }),
      cwd: request.cwd,
      node: process.execPath,
      shell: shellCommand(userEnvironment, profile.modes[request.mode]?.staysOpen === true),
      filesFolder,
      ...(attached && { attachedFolder: attached.folder }),
      approved: request.approved,
      ...viewerOf(deps.built, program[0] ?? ""),
      ...(process.platform === "win32" && { maxPromptArgumentBytes: maxPromptArgumentBytesOnWindows }),
    });
  // The folder is named after what lies in it, so runs share it and nothing has to be cleaned up behind them.
  const { files } = build(filesRoot);
  const filesFolder = join(filesRoot, hashOf(files));
  const built = build(filesFolder);
  writeFiles(filesFolder, files);

  // The agent's own command stands first, or behind what renders its output.
  const at = Math.max(0, built.argv.indexOf(profile.command));
  const own = built.argv[at] === profile.command ? program : [built.argv[at] ?? ""];
  const [name = "", ...rest] = [...built.argv.slice(0, at), ...own, ...built.argv.slice(at + 1)];
  const argv = [findExecutable(name, userEnvironment) ?? name, ...rest];
  if (process.platform === "win32") checkBatchArguments(argv);
  const needsNode = at > 0 || (program.length > 1 && program[0] === process.execPath);
  return {
    command: {
      argv,
      cwd: request.cwd,
      env: mergedEnvironment([
        base,
        built.env,
        attached ? { BATON_ATTACHMENTS: attached.files.join("\n") } : {},
        needsNode ? { ELECTRON_RUN_AS_NODE: "1" } : {},
      ]),
      ...(built.stdin !== undefined && { stdin: built.stdin }),
      size: request.size,
      cancelSignals: [...built.cancelSignals],
      ...(built.watchesPorts && { watchesPorts: true }),
      ...((built.sessionId !== undefined || built.learnsSession) && {
        session: {
          ...(built.sessionId !== undefined && { id: built.sessionId }),
          ...(built.learnsSession && { printed: built.learnsSession }),
        },
      }),
    },
    shown: shownCommand(profile, rest.slice(at + own.length - 1), text),
  };
}

const attachedOf = (
  { dirs }: ResolveDeps,
  { promptId, attachments = [] }: CommandRequest,
): WrittenAttachments | undefined =>
  promptId === undefined || attachments.length === 0 ? undefined : writeAttachments(dirs, promptId, attachments);

/** What renders the output of a CLI that is silent until its end otherwise. */
const viewerOf = (built: string | undefined, agent: string): { viewer?: readonly string[] } => {
  // Node starts no batch file.
  if (built === undefined || isBatchFile(agent)) return {};
  const file = join(built, "agent-view.cjs");
  return existsSync(file) ? { viewer: [process.execPath, file] } : {};
};

/** The user's own Node, else this one. */
const nodeOf = (env: Environment): string => findExecutable("node", env) ?? process.execPath;

const maxShownLength = 400;

/** What a person would type, without the prompt and without arguments that are programs of their own. */
function shownCommand(profile: Profile, args: readonly string[], prompt: string): string {
  if (profile.command === "{node}") return profile.id;
  if (profile.command === "{shell}") return profile.id === devServerAgent ? prompt.slice(0, maxShownLength) : "sh";
  const { command: name } = profile;
  const shown = args.filter((text) => text !== "" && text !== prompt && !text.endsWith(prompt));
  return [name, ...shown].join(" ").slice(0, maxShownLength);
}

const hashOf = (files: Readonly<Record<string, string>>): string =>
  createHash("sha256")
    .update(JSON.stringify(Object.entries(files).sort()))
    .digest("hex")
    .slice(0, 32);

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    if (readIfThere(file) !== content) writePrivateFile(file, content);
  }
}
