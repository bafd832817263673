import type { Pairing, PairingStore } from "#extension/connect/pairing-store";
import type { Disposable } from "#extension/disposables";
import type { RunnerHost } from "#runner/core/host";
import type { LinkTarget } from "#runner/core/link-session";
import { createRunner, type Runner } from "#runner/core/runner";

/** A folder's runner, and the relay that it is paired with; each change of that is a runner of its own. */
export interface PairedRunner extends Disposable {
  /** The one that serves now. */
  now(): Runner;
  pairing(): Pairing | undefined;
  connect(pairing: Pairing): Promise<void>;
  disconnect(): Promise<void>;
  /** Dials again, also after the relay has ended the link. */
  reconnect(): void;
}

interface PairedRunnerDeps {
  readonly host: RunnerHost;
  readonly pairings: PairingStore;
  /** As it was kept. */
  readonly pairing: Pairing | undefined;
  readonly changed: () => void;
  readonly fail: (error: unknown) => void;
}

export function createPairedRunner({ host, pairings, pairing: kept, changed, fail }: PairedRunnerDeps): PairedRunner {
  let pairing = kept;
  let isDisposed = false;
  let runner = start();
  let last: Promise<unknown> = Promise.resolve();

  function start(): Runner {
    const started = createRunner(host, pairing && { relay: targetOf(pairing) });
    started.onChange(changed);
    started.run().catch(fail);
    return started;
  }
  const restart = () => {
    runner.stop();
    // A folder may be closed while somebody approves its code; what was kept counts when it is opened again.
    if (!isDisposed) runner = start();
    changed();
  };
  /** One change after another, so that what counts is what is kept. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };

  return {
    now: () => runner,
    pairing: () => pairing,
    connect: (made) =>
      inTurn(async () => {
        const paired = { ...made, pairedAt: host.clock.now() };
        await pairings.write(host.runnerId, paired);
        pairing = paired;
        restart();
      }),
    disconnect: () =>
      inTurn(async () => {
        await pairings.remove(host.runnerId);
        pairing = undefined;
        restart();
      }),
    reconnect: () => (runner.status().link.state === "stopped" ? restart() : runner.reconnect()),
    dispose() {
      isDisposed = true;
      runner.stop();
    },
  };
}

export const targetOf = ({ relay, deviceId, relayId, pairedAt }: Pairing): LinkTarget => ({
  ...{ url: relay, deviceId, relayId },
  ownsUnnamed: pairedAt === undefined,
});
