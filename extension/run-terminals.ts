import { type Terminal, ThemeIcon, window } from "vscode";
import { maxEndedTerminals } from "#extension/caps";
import type { Disposable } from "#extension/disposables";
import { createRunPty, type RunPty } from "#extension/run-pty";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { Actor } from "#protocol/payloads";
import { frameRunId } from "#runner/core/frames";
import type { RunnerHost } from "#runner/core/host";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { createKeepers } from "#runner/core/keepers";
import { isEnded } from "#runner/core/runs";

/** One terminal for each run of a folder, on connections of its own to the keepers. */
export interface RunTerminals extends Disposable {
  /** Shows the terminal of a run, made again where it was closed. @returns whether a keeper still holds the run */
  show(runId: RunId): boolean;
  /** @throws BatonError `run_never_seen` where no connected keeper holds the run */
  cancel(runId: RunId): Promise<void>;
}

interface HeldRun {
  run: KeeperRun;
  keeper: KeeperConnection | undefined;
  open: { readonly pty: RunPty; readonly terminal: Terminal } | undefined;
}

/** @param iconOf the codicon of an agent */
export function createRunTerminals(host: RunnerHost, iconOf: (agent: string) => string): RunTerminals {
  const stop = new AbortController();
  const runs = new Map<RunId, HeldRun>();
  const by: Actor = { kind: "local" };

  const openTerminal = (held: HeldRun): Terminal => {
    const { header } = held.run;
    const pty = createRunPty({
      title: header.body.title,
      by,
      clock: host.clock,
      log: host.log,
      closed: () => {
        held.open = undefined;
      },
    });
    const iconPath = new ThemeIcon(iconOf(header.agent));
    const terminal = window.createTerminal({ name: header.body.title, pty, iconPath, isTransient: true });
    held.open = { pty, terminal };
    pty.connect(() => held.run, held.keeper);
    return terminal;
  };

  /** A run that is new here gets its terminal; the panel turns to it unless a person is at work in one of theirs. */
  const learn = (run: KeeperRun, keeper: KeeperConnection) => {
    const known = runs.get(run.header.id);
    if (known) {
      known.run = run;
      if (isEnded(run)) closeOldest();
      if (known.keeper === keeper) return;
      known.keeper = keeper;
      known.open?.pty.connect(() => known.run, keeper);
      return;
    }
    const held: HeldRun = { run, keeper, open: undefined };
    runs.set(run.header.id, held);
    if (isEnded(run)) return;
    const isFree = window.activeTerminal === undefined || isOwn(window.activeTerminal);
    const terminal = openTerminal(held);
    if (isFree) terminal.show(true);
  };

  const closeOldest = () => {
    const over = [...runs.values()].filter(({ run, open }) => open && isEnded(run));
    const closable = over.filter(({ open }) => open?.terminal !== window.activeTerminal);
    for (const { open } of closable.slice(0, Math.max(0, over.length - maxEndedTerminals))) open?.terminal.dispose();
  };

  const isOwn = (terminal: Terminal) => [...runs.values()].some(({ open }) => open?.terminal === terminal);

  const keepers = createKeepers(
    host,
    {
      opened: (keeper, some) => {
        for (const run of some) learn(run, keeper);
      },
      event: (keeper, event) => {
        if (event.type === "run.changed") {
          if (event.run.header.runnerId === host.runnerId) learn(event.run, keeper);
          return;
        }
        const held = runs.get(event.runId);
        if (held && event.type === "lease.changed") {
          const { leaseEpoch, holder, connection } = event;
          const lease = { leaseEpoch, ...(holder && { holder }), ...(connection !== undefined && { connection }) };
          held.run = { ...held.run, lease };
        }
        held?.open?.pty.event(event);
      },
      frame: (_keeper, bytes) => runs.get(frameRunId(bytes))?.open?.pty.frame(bytes),
      closed: (keeper) => {
        for (const held of runs.values()) {
          if (held.keeper !== keeper) continue;
          held.keeper = undefined;
          held.open?.pty.connect(() => held.run, undefined);
        }
      },
    },
    stop.signal,
  );
  keepers.run().catch((error: unknown) => host.log.error({ error: String(error) }, "the terminals have stopped"));

  return {
    show(runId) {
      const held = runs.get(runId);
      if (!held) return false;
      (held.open?.terminal ?? openTerminal(held)).show();
      return true;
    },
    async cancel(runId) {
      const keeper = runs.get(runId)?.keeper;
      if (!keeper) throw new BatonError("run_never_seen");
      await keeper.request("cancel", { runId, by });
    },
    dispose() {
      stop.abort();
      for (const { open } of runs.values()) open?.terminal.dispose();
      runs.clear();
    },
  };
}
