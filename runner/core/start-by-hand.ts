import type { Access, BuildWish, RunHeader, RunMode, ServerWish, TerminalSize } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { type MemberId, newId, type RunId, type ThreadId } from "#protocol/ids";
import type { KeeperRun, SpawnCommand } from "#protocol/keeper-link";
import { defaultTerminalSize, keeperWaitMs, shortestRunMs } from "#runner/core/caps";
import type { RunnerHost } from "#runner/core/host";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import type { Keepers } from "#runner/core/keepers";
import type { Sharing } from "#runner/core/sharing";
import { titleOf } from "#runner/core/title";

/** A run that the local user starts. Nobody is asked: whoever starts it has allowed it. */
export interface HandStart {
  /** Made by the caller where it has to know the run before it is there. */
  readonly runId?: RunId;
  readonly agent: string;
  readonly mode: RunMode;
  readonly access: Access;
  /** May be empty where the agent begins without a prompt. */
  readonly text: string;
  /** What it is called without a prompt. */
  readonly name: string;
  /** `team` is for the relay that the folder is paired with, whether it is there now or not; without one it is local. */
  readonly visibility: RunHeader["visibility"];
  /** Who starts it, where the runner is paired. */
  readonly memberId?: MemberId;
  readonly size?: TerminalSize;
  /** Below the host's folder; absent: that folder. */
  readonly folder?: string;
  /** The run goes on with others. */
  readonly threadId?: ThreadId;
  readonly server?: ServerWish;
  readonly build?: BuildWish;
  /** False where the command line is not the local user's own word: it has to be one that the host allows. */
  readonly approved?: boolean;
}

/**
 * Starts a run of the host's folder.
 * @throws BatonError `workspace_untrusted`, `keeper_unreachable`, and what `resolveCommand` and the keeper refuse it with
 */
export async function startByHand(
  host: RunnerHost,
  keepers: Pick<Keepers, "ready">,
  { relay }: Pick<Sharing, "relay">,
  wish: HandStart,
): Promise<{ readonly run: KeeperRun; readonly keeper: KeeperConnection }> {
  if (!host.trusted()) throw new BatonError("workspace_untrusted", { folder: host.folder });
  const { agent, mode, access, text } = wish;
  const { command, shown, folder } = await host.resolveCommand({
    ...{ agent, mode, access, text },
    cwd: await (wish.build ? host.checkNewFolder(wish.folder) : host.checkFolder(wish.folder)),
    env: {},
    size: wish.size ?? defaultTerminalSize,
    approved: wish.approved ?? true,
    ...(wish.server && { server: wish.server }),
    ...(wish.build && { build: wish.build }),
  });
  const header: RunHeader = {
    v: 1,
    id: wish.runId ?? newId("run"),
    runnerId: host.runnerId,
    threadId: wish.threadId ?? newId("thread"),
    ...(wish.memberId !== undefined && { memberId: wish.memberId }),
    ...{ agent, mode, access },
    ...(wish.visibility === "team" && relay
      ? { visibility: "team" as const, sharedWith: relay }
      : { visibility: "local" as const }),
    createdAt: host.clock.now(),
    storeId: "",
    ...(wish.server && { server: wish.server }),
    ...(wish.build && { build: wish.build }),
    body: {
      title: titleOf(text) || wish.name,
      ...(text && { prompt: text }),
      cwd: folder ?? command.cwd,
      command: shown,
    },
  };
  const { maxRunMinutes } = host.rules.current();
  const limit = maxRunMinutes !== undefined && {
    maxRunMs: Math.max(shortestRunMs, Math.round(maxRunMinutes * 60_000)),
  };
  return askKeeperToStart(host, keepers, header, { ...command, ...limit });
}

/**
 * Has the newest keeper start a run.
 * @throws BatonError `keeper_unreachable`, and what the keeper refuses it with
 */
export async function askKeeperToStart(
  host: RunnerHost,
  keepers: Pick<Keepers, "ready">,
  header: RunHeader,
  command: SpawnCommand,
): Promise<{ readonly run: KeeperRun; readonly keeper: KeeperConnection }> {
  for (let isRepeated = false; ; isRepeated = true) {
    const keeper = await readyInTime(host, keepers);
    try {
      const asked = { header: { ...header, storeId: keeper.storeId }, command };
      return { run: (await keeper.request("start", asked)).run, keeper };
    } catch (error) {
      // A keeper that leaves at the same moment is followed by another; the run's id makes that one start.
      if (isRepeated || !(error instanceof BatonError) || error.code !== "connection_lost") throw error;
    }
  }
}

/** A person waits for it, so it is not waited for without end. */
function readyInTime(host: RunnerHost, keepers: Pick<Keepers, "ready">): Promise<KeeperConnection> {
  const late = new AbortController();
  return new Promise((resolve, reject) => {
    const cancel = host.clock.after(keeperWaitMs, () => {
      reject(new BatonError("keeper_unreachable", { reason: "it did not start in time" }));
      late.abort();
    });
    keepers.ready(late.signal).then(resolve, reject).finally(cancel);
  });
}
