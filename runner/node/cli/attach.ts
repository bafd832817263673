import { RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { plainLine } from "#protocol/plain-text";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import type { AttachFlags } from "#runner/node/cli/attach-command";
import { exitCodes } from "#runner/node/cli/failure";
import { openLocalTerminal } from "#runner/node/cli/local-terminal";
import { exitCodeOf, type RunTerminal, type TerminalSink } from "#runner/node/cli/run-terminal";
import { lookAround, type Surroundings } from "#runner/node/cli/surroundings";
import { holdTerminal } from "#runner/node/cli/tty-session";
import { normalizeRelayUrl } from "#runner/node/identity";

const screen: TerminalSink = {
  picture: (bytes) => void process.stdout.write(Buffer.concat([Buffer.from("\x1b[2J\x1b[H"), bytes])),
  output: (bytes) => void process.stdout.write(bytes),
};

/** `baton attach RUN`. @returns the exit code: the run's own, or 0 where the person left before its end */
export async function attach(
  wanted: string | undefined,
  flags: AttachFlags,
  misuse: (text: string) => never,
): Promise<number> {
  const here = lookAround({ client: "baton attach" });
  const { local, open } = await findLocalRun(here, wanted);
  const terminal = local
    ? await openLocalTerminal(local.keeper, local.run.header.id, false, screen)
    : await openOverRelay(here, wanted, open, flags, misuse);
  try {
    const exit = await holdTerminal({ input: process.stdin, output: process.stdout }, terminal);
    return exit ? exitCodeOf(exit) : exitCodes.success;
  } finally {
    terminal.close();
  }
}

interface LocalRun {
  readonly keeper: KeeperConnection;
  readonly run: KeeperRun;
}

/**
 * The run with this id, or the beginning of one; without one the newest that has not ended.
 * @returns besides what is at work on this machine, for whoever asked for something else
 */
async function findLocalRun(
  { keeper }: Surroundings,
  wanted: string | undefined,
): Promise<{ readonly local: LocalRun | undefined; readonly open: readonly KeeperRun[] }> {
  const newest = await keeper.connectIfThere();
  const connections = [...(newest ? [newest] : []), ...(await keeper.connectOlder())];
  const found: LocalRun[] = [];
  const open: KeeperRun[] = [];
  for (const connection of connections) {
    const { runs } = await connection.request("list", {});
    for (const run of runs) if (isWanted(run, wanted)) found.push({ keeper: connection, run });
    open.push(...runs.filter((run) => isWanted(run, undefined)));
  }
  const chosen = found.sort((a, b) => (a.run.header.id < b.run.header.id ? 1 : -1))[0];
  if (wanted !== undefined && new Set(found.map(({ run }) => run.header.id)).size > 1) {
    for (const connection of connections) connection.close();
    throw new Error(`several runs begin with “${wanted}”; give more of the id`);
  }
  for (const connection of connections) if (connection !== chosen?.keeper) connection.close();
  return { local: chosen, open };
}

const isWanted = (run: KeeperRun, wanted: string | undefined): boolean =>
  wanted === undefined ? run.status !== "ended" && !run.lost : run.header.id.startsWith(wanted);

const maxListed = 5;

/** What could have been meant, on one line. */
function listed(open: readonly KeeperRun[]): string {
  const some = open.slice(-maxListed).map(({ header }) => `${header.id} (${header.agent}: ${header.body.title})`);
  const here = some.length > 0 ? `at work here: ${some.join(", ")}` : "none is at work here";
  return plainLine(`${here}; the dashboard lists the runs of the whole team`);
}

async function openOverRelay(
  here: Surroundings,
  wanted: string | undefined,
  open: readonly KeeperRun[],
  flags: AttachFlags,
  misuse: (text: string) => never,
): Promise<RunTerminal> {
  const relay = flags.relay ?? (here.config.relay && normalizeRelayUrl(here.config.relay));
  if (wanted === undefined) throw new Error("no run is at work on this machine");
  const runId = RunId.safeParse(wanted);
  if (!runId.success) {
    return misuse(`run: “${wanted}” is neither the id of a run (run_…) nor the beginning of one here; ${listed(open)}`);
  }
  if (!relay) throw new Error(`this machine has no run ${wanted}, and no relay is named (--relay); ${listed(open)}`);
  if (!flags.token)
    return misuse("--token is missing: the run is not on this machine, so the relay is asked (BATON_TOKEN)");
  const [{ relayClient }, { openRelayTerminal }, { createConnection }] = await Promise.all([
    import("#runner/node/relay-client"),
    import("#runner/node/cli/relay-terminal"),
    import("#sdk/connection"),
  ]);
  const client = relayClient(relay, flags.token);
  await client.call("readRun", { params: { id: runId.data } });
  const connection = createConnection({ client });
  connection.start();
  const terminal = openRelayTerminal(client, connection, runId.data, false, screen);
  return {
    ...terminal,
    close() {
      terminal.close();
      connection.stop();
    },
  };
}
