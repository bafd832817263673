import type { Access, RunHeader } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { newId } from "#protocol/ids";
import type { SpawnCommand } from "#protocol/keeper-link";
import { promptTitle } from "#protocol/plain-text";
import { defaultTerminalSize } from "#runner/core/caps";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { titleOf } from "#runner/core/title";
import { defaultAccess } from "#runner/node/cli/default-access";
import { exitCodes } from "#runner/node/cli/failure";
import { createRunVoice, followRun } from "#runner/node/cli/follow-output";
import { openLocalTerminal } from "#runner/node/cli/local-terminal";
import type { RunFlags } from "#runner/node/cli/run-command";
import type { Surroundings } from "#runner/node/cli/surroundings";
import { checkFolder } from "#runner/node/folders";
import { loadIdentity } from "#runner/node/identity";
import { resolveCommand } from "#runner/node/resolve-command";

/** Runs a prompt on this machine, through the keeper and without any relay. The person who typed it has allowed it. */
export async function runLocally(here: Surroundings, text: string, flags: RunFlags): Promise<number> {
  const identity = loadIdentity(here.dirs);
  const cwd = await checkFolder(here.folder, here.config.folders, flags.folder);
  const profile = here.profiles().find(({ id }) => id === flags.agent);
  if (!profile) {
    const known = here.profiles().map(({ id }) => id);
    throw new BatonError("request_invalid", {
      field: "--agent",
      reason: `there is no “${flags.agent}”, only ${known.join(", ")}`,
    });
  }
  const levels = Object.keys(profile.modes[flags.mode]?.access ?? {}) as Access[];
  const access = flags.access ?? defaultAccess(levels);
  const { columns, rows } = process.stdout;
  const { command, shown } = await resolveCommand(
    {
      dirs: here.dirs,
      profiles: here.profiles,
      environment: here.environment,
      passEnvironment: () => here.config.passEnvironment,
      built: here.built,
    },
    {
      agent: flags.agent,
      mode: flags.mode,
      access,
      text,
      cwd,
      env: {},
      size: process.stdout.isTTY && columns > 1 ? { cols: columns, rows } : defaultTerminalSize,
      approved: true,
    },
  );
  const header: RunHeader = {
    v: 1,
    id: newId("run"),
    runnerId: identity.runnerIdOf(here.folder),
    threadId: newId("thread"),
    agent: flags.agent,
    mode: flags.mode,
    access,
    visibility: "local",
    createdAt: Date.now(),
    storeId: "",
    body: { title: titleOf(promptTitle(text)), prompt: text, cwd, command: shown },
  };
  const keeper = await start(here, header, command);
  const runId = header.id;
  const voice = createRunVoice(flags.json);
  voice.prompt({ event: "started", runId });
  if (!flags.follow) {
    if (!flags.json) process.stdout.write(`${runId}\n`);
    keeper.close();
    return exitCodes.success;
  }
  const open = () => openLocalTerminal(keeper, runId, true, voice.sink);
  return followRun(runId, open, flags.mode === "interactive", voice);
}

/** A keeper that leaves at the same moment is followed by another; the run's id makes that one start. */
async function start(here: Surroundings, header: RunHeader, command: SpawnCommand): Promise<KeeperConnection> {
  for (let isRepeated = false; ; isRepeated = true) {
    const keeper = await here.keeper.connect();
    try {
      await keeper.request("start", { header: { ...header, storeId: keeper.storeId }, command });
      return keeper;
    } catch (error) {
      keeper.close();
      if (isRepeated || !(error instanceof BatonError) || error.code !== "connection_lost") throw error;
    }
  }
}
