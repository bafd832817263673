import type { RunnerBody } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import type { RunnerId } from "#protocol/ids";
import { createRunner } from "#runner/core/runner";
import { createTerminalAsker } from "#runner/node/ask-terminal";
import { cancelRuns, endIdleKeeper } from "#runner/node/cli/clean-exit";
import { failureLine } from "#runner/node/cli/failure";
import { interrupted } from "#runner/node/cli/interrupted";
import type { RunnerFlags } from "#runner/node/cli/runner-command";
import { createServeVoice } from "#runner/node/cli/serve-voice";
import { lookAround } from "#runner/node/cli/surroundings";
import { createNodeHost, describeRunner } from "#runner/node/host";
import { type Identity, loadIdentity, normalizeRelayUrl, type Pairing } from "#runner/node/identity";
import { productVersion } from "#runner/node/product";
import { createRules } from "#runner/node/rules";
import { watchConfig } from "#runner/node/watch-config";

/** `baton runner`: serves the folder until it is stopped, by a signal or by the relay. */
export async function serve(flags: RunnerFlags, misuse: (text: string) => never): Promise<void> {
  const here = lookAround({
    workspace: flags.workspace,
    logLevel: flags.logLevel,
    isJson: flags.json,
    client: "baton runner",
  });
  const relayUrl = flags.relay ?? (here.config.relay && normalizeRelayUrl(here.config.relay));
  if (!relayUrl)
    return misuse("--relay is missing: the address of your relay (or BATON_RELAY, or “relay” in config.json)");
  const signal = interrupted();
  const identity = loadIdentity(here.dirs);
  const runnerId = identity.runnerIdOf(here.folder);
  const name = flags.name ?? here.config.name ?? here.folderName;
  const wishes = wishesOf(flags);
  const pairing =
    identity.pairingOf(runnerId, relayUrl) ??
    (await pairNow({ relayUrl, identity, runnerId, body: describeRunner(here.folder, name, wishes), flags, signal }));

  const config = watchConfig(here, signal);
  const maxRunMinutes = flags.maxRunMinutes ?? here.config.maxRunMinutes;
  const rules = createRules(
    {
      config: { ...here.config, ...(maxRunMinutes !== undefined && { maxRunMinutes }) },
      workspace: here.workspace,
      ...(flags.policy && { policy: flags.policy }),
    },
    () => config.profiles().map(({ id }) => id),
  );
  config.onChange(rules.replace);
  const host = createNodeHost({
    dirs: here.dirs,
    folder: here.folder,
    version: productVersion,
    log: here.log,
    identity,
    runnerId,
    keeper: here.keeper,
    rules,
    name,
    wishes,
    profiles: config.profiles,
    environment: here.environment,
    allowedFolders: () => config.current().folders,
    passEnvironment: () => config.current().passEnvironment,
    // With --json stdout is for programs; the person reads stderr.
    ask: createTerminalAsker({ input: process.stdin, output: flags.json ? process.stderr : process.stdout }),
  });
  const runner = createRunner(host, { relay: { url: relayUrl, deviceId: pairing.deviceId } });
  const voice = createServeVoice({ isJson: flags.json, folder: here.folder, relayUrl, runnerId, name });
  runner.onChange((status) => {
    voice.status(status);
    if (status.link.state === "stopped") runner.stop();
  });
  let cancelled = 0;
  signal.addEventListener("abort", async () => {
    try {
      if (flags.cancelOnExit) cancelled = await cancelRuns(here.keeper, runnerId);
    } catch (error) {
      process.stderr.write(`baton: ${failureLine(error)}\n`);
    } finally {
      runner.stop();
    }
  });
  voice.started(await host.inspect(), rules.current().policy);
  await runner.run();
  if (flags.cancelOnExit) voice.left(cancelled, await endIdleKeeper(here.keeper));
  const { link } = runner.status();
  if (link.state !== "stopped" || !link.error) return;
  process.stderr.write(`baton: ${errorText(link.error)}\n`);
  process.exitCode = 1;
}

/** What pairing needs is loaded only where a folder is paired. */
async function pairNow(wish: {
  readonly relayUrl: string;
  readonly identity: Identity;
  readonly runnerId: RunnerId;
  readonly body: RunnerBody;
  readonly flags: RunnerFlags;
  readonly signal: AbortSignal;
}): Promise<Pairing> {
  const { pairingVoice, pairWith } = await import("#runner/node/cli/pair-folder");
  const { relayUrl, identity, runnerId, body, flags, signal } = wish;
  return pairWith(relayUrl, identity, runnerId, body, flags.joinToken, pairingVoice(flags.json), signal);
}

const wishesOf = ({ label, concurrency }: RunnerFlags): Partial<RunnerBody> => ({
  ...(label && { labels: label }),
  ...(concurrency !== undefined && { concurrency }),
});
