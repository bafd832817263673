import { devServerAgent, type RunHeader } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { newId, type RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { Actor } from "#protocol/payloads";
import { promptTitle } from "#protocol/plain-text";
import { keeperRetryMs, shortestRunMs } from "#runner/core/caps";
import type { ResolvedCommand, RunnerHost } from "#runner/core/host";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import type { Keepers } from "#runner/core/keepers";
import type { RelayMessage } from "#runner/core/link-session";
import type { Sharing } from "#runner/core/sharing";
import { titleOf } from "#runner/core/title";

export type Offer = Extract<RelayMessage, { type: "prompt.offer" }>;

/** One prompt on its way from the offer to the keeper. */
export interface IntakeEntry {
  readonly offer: Offer;
  /** The prompt as it will run: the local user may have changed it. */
  text: string;
  /**
   * `held`: paused, or waiting for a free question · `approved`: it may run, and is not ours yet · `claimed`: it is
   * ours and is being started · `dropped`: it is no longer this runner's business.
   */
  state: "held" | "deciding" | "asking" | "approved" | "claiming" | "claimed" | "dropped";
  /** Ends the decision that is under way. */
  round: AbortController;
  /** The local user has said yes to it. */
  approved: boolean;
  /** The question could not be put to the local user; it waits for the next offer or other rules. */
  isUnanswered: boolean;
  /** The prompt was changed or withdrawn while it was being claimed. */
  isStale: boolean;
  /** What it was changed to meanwhile. */
  newer: Offer | undefined;
  /** The link, counted, on which it was offered last. */
  generation: number;
  command?: ResolvedCommand;
  /** Made once, so that starting again names the same run. */
  readonly runId: RunId;
}

export const createEntry = (offer: Offer, generation: number): IntakeEntry => ({
  offer,
  text: offer.prompt.body.text,
  state: "held",
  round: new AbortController(),
  approved: false,
  isUnanswered: false,
  isStale: false,
  newer: undefined,
  generation,
  runId: newId("run"),
});

/** Whether two offers would run the same thing for the same person. Place in the queue and state do not matter. */
export const sameContent = (a: Offer, b: Offer): boolean => contentOf(a) === contentOf(b);

const contentOf = ({ prompt, resume }: Offer): string =>
  JSON.stringify([
    prompt.memberId,
    prompt.agent,
    prompt.mode,
    prompt.access,
    prompt.body.text,
    prompt.body.folder,
    prompt.body.env,
    prompt.body.server,
    prompt.body.build,
    prompt.body.attachments,
    resume,
  ]);

interface StartDeps {
  readonly host: RunnerHost;
  readonly keepers: Pick<Keepers, "ready">;
  readonly sharing: Pick<Sharing, "relay">;
  /** Ends a run of this folder, and settles when it is over. */
  endRun(runId: RunId, by: Actor): Promise<void>;
}

/**
 * Starts what is claimed, once: again and again where the keeper goes away, with the same ids, which the keeper knows.
 * @returns undefined where the prompt is no longer wanted; a keeper that went away may have started it before
 * @throws BatonError the keeper's refusal
 */
export async function startEntry(
  { host, keepers, sharing, endRun }: StartDeps,
  entry: IntakeEntry,
  isWanted: () => boolean,
): Promise<{ run: KeeperRun; keeper: KeeperConnection } | undefined> {
  const { command: resolved } = entry;
  if (!resolved)
    throw new BatonError("spawn_failed", { command: entry.offer.prompt.agent, reason: "it has no command" });
  const { agent, body } = entry.offer.prompt;
  const { replaces } = body.server ?? {};
  if (replaces !== undefined && agent === devServerAgent)
    await endRun(replaces, { kind: "member", ...entry.offer.author });
  const { maxRunMinutes } = host.rules.current();
  const command =
    maxRunMinutes === undefined
      ? resolved.command
      : { ...resolved.command, maxRunMs: Math.max(shortestRunMs, Math.round(maxRunMinutes * 60_000)) };
  for (;;) {
    const keeper = await keepers.ready();
    if (!isWanted()) return undefined;
    try {
      const { run } = await keeper.request("start", {
        header: {
          ...headerOf(host, entry, resolved, keeper.storeId),
          ...(sharing.relay && { sharedWith: sharing.relay }),
        },
        command,
      });
      return { run, keeper };
    } catch (error) {
      const isUnknown = error instanceof BatonError && (error.code === "connection_lost" || error.code === "timeout");
      if (!isUnknown) throw error;
      host.log.warn(
        { prompt: entry.offer.prompt.id },
        "the keeper went away while a prompt was started; it is asked again",
      );
      await new Promise<void>((resolve) => host.clock.after(keeperRetryMs, resolve));
    }
  }
}

function headerOf(host: RunnerHost, entry: IntakeEntry, resolved: ResolvedCommand, storeId: string): RunHeader {
  const { prompt } = entry.offer;
  return {
    v: 1,
    id: entry.runId,
    runnerId: host.runnerId,
    threadId: prompt.threadId,
    promptId: prompt.id,
    attempt: prompt.attempt,
    memberId: prompt.memberId,
    agent: prompt.agent,
    mode: prompt.mode,
    access: prompt.access,
    visibility: "team",
    createdAt: host.clock.now(),
    storeId,
    ...(prompt.body.server && { server: prompt.body.server }),
    ...(prompt.body.build && { build: prompt.body.build }),
    body: {
      title: titleOf(promptTitle(entry.text)),
      prompt: entry.text,
      cwd: resolved.folder ?? resolved.command.cwd,
      command: resolved.shown,
    },
  };
}
