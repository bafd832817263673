import type { RunnerBody } from "#protocol/documents";
import { errorText, type WireError } from "#protocol/errors";
import type { RunnerId } from "#protocol/ids";
import { plainText } from "#protocol/plain-text";
import type { RunnerHost } from "#runner/core/host";
import { createRunner } from "#runner/core/runner";
import { productVersion } from "#runner/keeper/version";
import { createTerminalAsker } from "#runner/node/ask-terminal";
import { cancelRuns, endIdleKeeper } from "#runner/node/cli/clean-exit";
import { failureLine } from "#runner/node/cli/failure";
import { interrupted } from "#runner/node/cli/interrupted";
import { offerProposals } from "#runner/node/cli/proposals";
import type { RunnerFlags } from "#runner/node/cli/runner-command";
import { createServeVoice, type ServeVoice } from "#runner/node/cli/serve-voice";
import { lookAround } from "#runner/node/cli/surroundings";
import type { TunnelSettings } from "#runner/node/cloudflare/source";
import { configFile, type UserConfig } from "#runner/node/config";
import { createNodeHost, describeRunner } from "#runner/node/host";
import { type Identity, loadIdentity, normalizeRelayUrl, type Pairing } from "#runner/node/identity";
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
  const workspace = flags.json ? here.workspace : await offerProposals(here);

  const config = watchConfig({ ...here, workspace }, signal);
  const withFlags = (read: UserConfig): UserConfig => ({
    ...read,
    ...(flags.maxRunMinutes !== undefined && { maxRunMinutes: flags.maxRunMinutes }),
  });
  const rules = createRules(
    { config: withFlags(here.config), workspace, ...(flags.policy && { policy: flags.policy }) },
    () => config.profiles().map(({ id }) => id),
  );
  config.onChange((read, file) => rules.replace(withFlags(read), file));
  const host = createNodeHost({
    dirs: here.dirs,
    folder: here.folder,
    version: productVersion,
    log: here.log,
    identity,
    runnerId,
    keeper: here.keeper,
    built: here.built,
    rules,
    name,
    wishes,
    profiles: config.profiles,
    environment: here.environment,
    allowedFolders: () => config.current().folders,
    allowedPorts: () => config.current().previewPorts,
    tunnels: { settings: () => tunnelSettings(flags, config.current(), process.env.BATON_CLOUDFLARE_TOKEN) },
    passEnvironment: () => config.current().passEnvironment,
    templateSources: () => config.current().templateSources,
    // With --json stdout is for programs; the person reads stderr.
    ask: createTerminalAsker(
      { input: process.stdin, output: flags.json ? process.stderr : process.stdout },
      configFile(here.dirs),
    ),
  });
  const voice = createServeVoice({ isJson: flags.json, folder: here.folder, relayUrl, runnerId, name });
  const body = describeRunner(here.folder, name, wishes);
  const pair = () => pairNow({ relayUrl, identity, runnerId, body, flags, signal });
  const cancelOpen = async () => (flags.cancelOnExit ? cancelRuns(here.keeper, runnerId) : 0);

  const before = identity.pairingOf(runnerId, relayUrl);
  const first = before ?? (await pair());
  voice.started(await host.inspect(), rules.current().policy);
  const serving = { host, relayUrl, voice, signal, cancelOpen, pairings: () => identity.pairingsOf(runnerId) };
  let end = await serveRelay({ ...serving, pairing: first });
  // The relay was set up anew and knows none of its runners; a join token is enough to begin again.
  if (before && flags.joinToken && pairAgainCodes.has(end.error?.code) && !signal.aborted) {
    here.log.info({ relay: relayUrl }, "the relay does not know this runner any more; it is paired again");
    end = await serveRelay({ ...serving, pairing: await pair() });
  }
  if (flags.cancelOnExit) voice.left(end.cancelled, await endIdleKeeper(here.keeper));
  if (!end.error) return;
  process.stderr.write(`baton: ${plainText(errorText(end.error))}\n`);
  process.exitCode = 1;
}

/** What a relay that was set up anew says, or is seen by. */
const pairAgainCodes: ReadonlySet<string | undefined> = new Set(["relay_changed", "signature_invalid"]);

interface Serving {
  readonly host: RunnerHost;
  readonly relayUrl: string;
  readonly pairing: Pairing;
  /** With how many relays the folder is paired. */
  pairings(): number;
  readonly voice: ServeVoice;
  readonly signal: AbortSignal;
  /** Before the runner stops. @returns how many runs were cancelled */
  cancelOpen(): Promise<number>;
}

/** Serves until a signal, or until the relay says something final. */
async function serveRelay(serving: Serving): Promise<{ readonly error?: WireError; readonly cancelled: number }> {
  const { host, relayUrl, pairing, voice, signal } = serving;
  const { deviceId, relayId } = pairing;
  // Which of several relays a run belongs to that names none, nobody knows: then none hears of it.
  const ownsUnnamed = pairing.pairedAt === undefined && serving.pairings() === 1;
  const runner = createRunner(host, { relay: { url: relayUrl, deviceId, relayId, ownsUnnamed } });
  let cancelled = 0;
  const onAbort = () => {
    serving
      .cancelOpen()
      .then((count) => {
        cancelled = count;
      })
      .catch((error: unknown) => process.stderr.write(`baton: ${failureLine(error)}\n`))
      .finally(() => runner.stop());
  };
  runner.onChange((status) => {
    voice.status(status);
    if (status.link.state === "stopped") runner.stop();
  });
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) runner.stop();
  await runner.run();
  signal.removeEventListener("abort", onAbort);
  const { link } = runner.status();
  return { cancelled, ...(link.state === "stopped" && link.error && { error: link.error }) };
}

/** Flag > environment > user file. The token stands in no file and no argument, which others could read. */
function tunnelSettings(flags: RunnerFlags, config: UserConfig, token: string | undefined): TunnelSettings {
  const hostname = flags.cloudflareHostname ?? config.cloudflareHostname;
  const cloudflared = flags.cloudflared ?? config.cloudflared;
  return {
    via: flags.previewVia ?? config.previewVia ?? "auto",
    ...(cloudflared !== undefined && { cloudflared }),
    ...(hostname !== undefined && token && { named: { hostname, token } }),
  };
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
