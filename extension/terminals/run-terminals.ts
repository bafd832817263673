import { type Memento, type Pseudoterminal, type Terminal, ThemeIcon, window } from "vscode";
import { maxEndedTerminals } from "#extension/caps";
import type { Disposable } from "#extension/disposables";
import { createRunPty, type RunPty } from "#extension/terminals/run-pty";
import { rememberShownRun } from "#extension/terminals/shown-run";
import { isNameOf, terminalName } from "#extension/terminals/terminal-names";
import type { SharedWith, TerminalSize } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { newId, type RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { Actor } from "#protocol/payloads";
import { frameRunId } from "#runner/core/frames";
import type { RunnerHost } from "#runner/core/host";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { createKeepers } from "#runner/core/keepers";
import { isEnded } from "#runner/core/runs";

/** One terminal for each run of a folder, on connections of its own to the keepers. */
export interface RunTerminals extends Disposable {
  /**
   * Shows the terminal of a run, made again where it was closed; of one that a keeper is still to tell of, then.
   * @returns whether a keeper holds the run
   */
  show(runId: RunId): boolean;
  /** @throws BatonError `run_never_seen` where no connected keeper holds the run */
  cancel(runId: RunId): Promise<void>;
  /**
   * Makes a local run a team run of a relay.
   * @throws BatonError `run_never_seen`; `keeper_too_old` where its keeper could not say which relay it is
   */
  share(runId: RunId, sharedWith: SharedWith): Promise<void>;
  /**
   * A terminal that the editor opens itself, and whose run begins with it.
   * @param begin starts the run of this id; a failure is shown in the terminal
   */
  adopt(title: string, begin: (runId: RunId, size: TerminalSize | undefined) => Promise<unknown>): Pseudoterminal;
}

interface HeldRun {
  run: KeeperRun;
  keeper: KeeperConnection | undefined;
  open: { readonly pty: RunPty; readonly terminal: () => Terminal | undefined } | undefined;
}

interface RunTerminalsDeps {
  readonly host: RunnerHost;
  /** Of this workspace. */
  readonly memory: Memento;
  /** The codicon of an agent. */
  readonly iconOf: (agent: string) => string;
  /** A person has closed the terminal of a run that is at work. */
  readonly closedAtWork: (run: KeeperRun) => void;
}

export function createRunTerminals({ host, memory, iconOf, closedAtWork }: RunTerminalsDeps): RunTerminals {
  const stop = new AbortController();
  const runs = new Map<RunId, HeldRun>();
  const by: Actor = { kind: "local" };
  /** Terminals that are there before their runs. */
  const adopted = new Map<RunId, RunPty>();
  /** Asked for, and not known yet. */
  let awaited: RunId | undefined;
  let isDisposed = false;

  const openTerminal = (held: HeldRun): Terminal => {
    const { header } = held.run;
    const pty = createRunPty({
      title: header.body.title,
      by,
      clock: host.clock,
      log: host.log,
      closed: () => closed(held),
    });
    const iconPath = new ThemeIcon(iconOf(header.agent));
    const terminal = window.createTerminal({ name: terminalName(header.body.title), pty, iconPath, isTransient: true });
    held.open = { pty, terminal: () => terminal };
    pty.connect(() => held.run, held.keeper);
    return terminal;
  };

  const closed = (held: HeldRun) => {
    held.open = undefined;
    if (!isDisposed && !isEnded(held.run)) closedAtWork(held.run);
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
    const pty = adopted.get(run.header.id);
    if (pty) {
      adopted.delete(run.header.id);
      held.open = { pty, terminal: () => terminalOf(pty) };
      pty.connect(() => held.run, keeper);
      return;
    }
    const active = window.activeTerminal;
    const orphans = window.terminals.filter((terminal) => isOrphan(terminal, run));
    for (const terminal of orphans) terminal.dispose();
    if (isEnded(run)) return;
    const isFree = active === undefined || isOwn(active) || orphans.includes(active);
    const terminal = openTerminal(held);
    if (awaited === run.header.id) terminal.show();
    else if (shown.wasShown(run.header.id)) shown.restore(terminal);
    else if (isFree) terminal.show(true);
  };

  const closeOldest = () => {
    const over = [...runs.values()].filter(({ run, open }) => open && isEnded(run));
    const closable = over.filter(({ open }) => open?.terminal() !== window.activeTerminal);
    for (const { open } of closable.slice(0, Math.max(0, over.length - maxEndedTerminals))) open?.terminal()?.dispose();
  };

  const keeperOf = (runId: RunId): KeeperConnection => {
    const keeper = runs.get(runId)?.keeper;
    if (!keeper) throw new BatonError("run_never_seen");
    return keeper;
  };
  const runOf = (terminal: Terminal) =>
    [...runs.values()].find(({ open }) => open?.terminal() === terminal)?.run.header.id;
  const isOwn = (terminal: Terminal) => runOf(terminal) !== undefined;
  const shown = rememberShownRun(memory, runOf, (runId) => runs.has(runId));

  /** A tunnel is shown as its preview. */
  const isShown = ({ header }: KeeperRun) => header.runnerId === host.runnerId && header.tunnelPort === undefined;

  const keepers = createKeepers(
    host,
    {
      opened: (keeper, some) => {
        for (const run of some) if (isShown(run)) learn(run, keeper);
      },
      event: (keeper, event) => {
        if (event.type === "run.changed") {
          if (isShown(event.run)) learn(event.run, keeper);
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
      awaited = held ? undefined : runId;
      if (!held) return false;
      (held.open?.terminal() ?? openTerminal(held)).show();
      return true;
    },
    cancel: async (runId) => keeperOf(runId).request("cancel", { runId, by }),
    async share(runId, sharedWith) {
      const keeper = keeperOf(runId);
      if (!keeper.features.includes("shared-with")) throw new BatonError("keeper_too_old");
      await keeper.request("share", { runId, sharedWith });
    },
    adopt(title, begin) {
      const runId = newId("run");
      const pty = createRunPty({
        title,
        by,
        clock: host.clock,
        log: host.log,
        opened(size) {
          // The editor leaves the terminal of a profile behind the one that is shown.
          terminalOf(pty)?.show();
          begin(runId, size).catch((error: unknown) => {
            adopted.delete(runId);
            pty.refuse(error instanceof Error ? error.message : String(error));
          });
        },
        closed: () => {
          adopted.delete(runId);
          const held = runs.get(runId);
          if (held?.open?.pty === pty) closed(held);
        },
      });
      adopted.set(runId, pty);
      return pty;
    },
    dispose() {
      isDisposed = true;
      shown.dispose();
      stop.abort();
      for (const { open } of runs.values()) open?.terminal()?.dispose();
      runs.clear();
    },
  };
}

const terminalOf = (pty: Pseudoterminal): Terminal | undefined =>
  window.terminals.find(({ creationOptions }) => "pty" in creationOptions && creationOptions.pty === pty);

/**
 * A terminal of this run that an extension host before this one has left behind when it died: it shows what was there,
 * and nobody reads its keys. The editor tells of such a terminal no more than its name.
 */
function isOrphan({ name, creationOptions }: Terminal, { header }: KeeperRun): boolean {
  if ("pty" in creationOptions || creationOptions.shellPath !== undefined) return false;
  return isNameOf(name, header.body.title);
}
