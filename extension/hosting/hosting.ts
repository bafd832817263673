import { type LogOutputChannel, window } from "vscode";
import type { Cloudflare } from "#extension/cloudflare/cloudflare";
import { createDisposables, type Disposable } from "#extension/disposables";
import { createHostedRelay, type HostedRelay } from "#extension/hosting/hosted-relay";
import { keeperNode } from "#extension/keeper-node";
import { createLog } from "#extension/output-log";
import { batonDirs } from "#runner/node/dirs";
import { createLoginEnvironment } from "#runner/node/login-shell";

/** The relay that is hosted on this machine, as this window sees it. */
export interface Hosting extends Disposable {
  readonly relay: HostedRelay;
  /** Whether it runs, as of the last look. */
  isRunning(): boolean;
  /** Looks again; other windows start and stop it, too. */
  look(): Promise<void>;
  /** Starts it where it is to run and does not, as after a restart of this machine. */
  resume(): Promise<void>;
}

interface HostingDeps {
  readonly cloudflare: Pick<Cloudflare, "program" | "named">;
  readonly output: LogOutputChannel;
  readonly version: string;
  readonly changed: () => void;
  readonly fail: (error: unknown) => void;
}

export function createHosting({ cloudflare, output, version, changed, fail }: HostingDeps): Hosting {
  const disposables = createDisposables();
  const dirs = batonDirs();
  const log = createLog(output, "relay");
  const relay = createHostedRelay({
    data: dirs.data,
    built: import.meta.dirname,
    productVersion: version,
    nodeExecutable: async () => keeperNode(dirs, await createLoginEnvironment(log)(), log),
    damaged: fail,
    cloudflare,
  });
  let isRunning = false;
  const look = async () => {
    const found = (await relay.find()) !== undefined;
    if (found === isRunning) return;
    isRunning = found;
    changed();
  };
  disposables.add(window.onDidChangeWindowState(({ focused }) => focused && look().catch(fail)));
  return {
    relay,
    isRunning: () => isRunning,
    look,
    async resume() {
      await look();
      if (isRunning || !relay.isWanted()) return;
      await relay.start();
      await look();
    },
    dispose: disposables.dispose,
  };
}
