import type { WorkspaceFolder } from "vscode";
import { createDisposables, type Disposable, toDisposable } from "#extension/disposables";
import type { EditorHost } from "#extension/host";
import type { Pairing, PairingStore } from "#extension/pairing-store";
import { createRunTerminals } from "#extension/run-terminals";
import type { RunnerBody } from "#protocol/documents";
import type { RunId, RunnerId } from "#protocol/ids";
import { builtInProfiles } from "#runner/core/profiles";
import { createRunner, type Runner } from "#runner/core/runner";
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
}

interface FolderDeps {
  readonly folder: WorkspaceFolder;
  /** @param pairing the pairing as of now, whose key proves this device */
  readonly host: (pairing: () => Pairing | undefined) => Promise<EditorHost>;
  readonly pairings: PairingStore;
  readonly changed: () => void;
  readonly fail: (error: unknown) => void;
}

export async function openFolder({
  folder,
  host: makeHost,
  pairings,
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
    const started = createRunner(
      host,
      pairing && { relay: { url: pairing.relay, deviceId: pairing.deviceId, relayId: pairing.relayId } },
    );
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
  const terminals = disposables.add(createRunTerminals(host, iconOf));

  return {
    uri: folder.uri.toString(),
    name: folder.name,
    runnerId: host.runnerId,
    describe: host.describe,
    status: () => runner.status(),
    pairing: () => pairing,
    async connect(made) {
      await pairings.write(host.runnerId, made);
      pairing = made;
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
    dispose: () => disposables.dispose(),
  };
}

const iconOf = (agent: string): string => builtInProfiles.find((profile) => profile.id === agent)?.icon ?? "terminal";
