import type { Memento, Pseudoterminal, WorkspaceFolder } from "vscode";
import type { Pairing, PairingStore } from "#extension/connect/pairing-store";
import { createDisposables, type Disposable, toDisposable } from "#extension/disposables";
import type { EditorHost } from "#extension/host";
import { askAboutClosed } from "#extension/terminals/closed-terminal";
import { createRunTerminals } from "#extension/terminals/run-terminals";
import type { AgentInfo, RunnerBody } from "#protocol/documents";
import type { RunId, RunnerId } from "#protocol/ids";
import { type FoundRun, findRun } from "#runner/core/find-run";
import type { LinkTarget } from "#runner/core/link-session";
import { builtInProfiles } from "#runner/core/profiles";
import { createRunner, type Runner } from "#runner/core/runner";
import { sharedWith } from "#runner/core/sharing";
import type { HandStart } from "#runner/core/start-by-hand";
import type { RunnerStatus } from "#runner/core/status";

/** One workspace folder of this window as a runner: connected to a relay, or for local runs only. */
export interface EditorFolder extends Disposable {
  readonly uri: string;
  readonly name: string;
  readonly runnerId: RunnerId;
  describe(): RunnerBody;
  status(): RunnerStatus;
  pairing(): Pairing | undefined;
  connect(pairing: Pairing): Promise<void>;
  disconnect(): Promise<void>;
  /** Dials again, also after the relay has ended the link. */
  reconnect(): void;
  check(): Promise<void>;
  /** @returns whether a keeper still holds the run */
  showRun(runId: RunId): boolean;
  cancelRun(runId: RunId): Promise<void>;
  /** A run on a connection of its own to its keeper. @throws BatonError `run_never_seen`, `keeper_unreachable` */
  findRun(runId: RunId): Promise<FoundRun>;
  /** Makes a local run a team run of the relay that the folder is connected to. */
  shareRun(runId: RunId): Promise<void>;
  /** The agents that this folder's user has, installed or not. */
  agents(): Promise<AgentInfo[]>;
  /** Starts a run by hand. @throws BatonError what `startByHand` throws */
  startRun(wish: NewRun): Promise<RunId>;
  /** The terminal of a run that begins when the editor opens it. */
  startTerminal(wish: Omit<NewRun, "runId" | "size">): Pseudoterminal;
}

/** A run that is started by hand, by whoever sits here. */
export type NewRun = Omit<HandStart, "memberId">;

interface FolderDeps {
  readonly folder: WorkspaceFolder;
  /** @param pairing the pairing as of now, whose key proves this device */
  readonly host: (pairing: () => Pairing | undefined) => Promise<EditorHost>;
  readonly pairings: PairingStore;
  /** Of this workspace. */
  readonly memory: Memento;
  readonly changed: () => void;
  readonly fail: (error: unknown) => void;
}

export async function openFolder({
  folder,
  host: makeHost,
  pairings,
  memory,
  changed,
  fail,
}: FolderDeps): Promise<EditorFolder> {
  let pairing: Pairing | undefined;
  const host = await makeHost(() => pairing);
  pairing = await pairings.read(host.runnerId);
  const disposables = createDisposables();
  disposables.add(host);
  let runner = start();

  function start(): Runner {
    const started = createRunner(host, pairing && { relay: targetOf(pairing) });
    started.onChange(changed);
    started.run().catch(fail);
    return started;
  }
  const restart = () => {
    runner.stop();
    runner = start();
    changed();
  };
  disposables.add(toDisposable(() => runner.stop()));
  const terminals = disposables.add(
    createRunTerminals({
      host,
      memory,
      iconOf,
      closedAtWork: (run) => void askAboutClosed(run, terminals).catch(fail),
    }),
  );
  const startRun = async (wish: NewRun): Promise<RunId> => {
    const memberId = pairing?.memberId;
    const run = await runner.start({ ...wish, ...(memberId !== undefined && { memberId }) });
    return run.header.id;
  };

  return {
    uri: folder.uri.toString(),
    name: folder.name,
    runnerId: host.runnerId,
    describe: host.describe,
    status: () => runner.status(),
    pairing: () => pairing,
    async connect(made) {
      const paired = { ...made, pairedAt: host.clock.now() };
      await pairings.write(host.runnerId, paired);
      pairing = paired;
      restart();
    },
    async disconnect() {
      await pairings.remove(host.runnerId);
      pairing = undefined;
      restart();
    },
    reconnect: () => (runner.status().link.state === "stopped" ? restart() : runner.reconnect()),
    check: () => runner.check(),
    showRun: terminals.show,
    cancelRun: terminals.cancel,
    findRun: (runId) => findRun(host, runId),
    async shareRun(runId) {
      if (pairing) await terminals.share(runId, sharedWith(targetOf(pairing)));
    },
    agents: async () => (await host.inspect()).agents,
    startRun,
    startTerminal: (wish) =>
      terminals.adopt(wish.name, (runId, size) => startRun({ ...wish, runId, ...(size && { size }) })),
    dispose: () => disposables.dispose(),
  };
}

const targetOf = ({ relay, deviceId, relayId, pairedAt }: Pairing): LinkTarget => ({
  ...{ url: relay, deviceId, relayId },
  ownsUnnamed: pairedAt === undefined,
});

const iconOf = (agent: string): string => builtInProfiles.find((profile) => profile.id === agent)?.icon ?? "terminal";
