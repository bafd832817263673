import type * as z from "zod";
import { BatonError } from "#protocol/errors";
import type { RunId, RunnerId } from "#protocol/ids";
import type { keeperResults, ToKeeper } from "#protocol/keeper-link";
import { negotiateVersion } from "#protocol/version";
import { listPageBytes } from "#runner/keeper/caps";
import type { Client } from "#runner/keeper/connected-client";
import type { Keeper } from "#runner/keeper/keeper";
import type { LiveRun } from "#runner/keeper/live-run";

type Name = Exclude<ToKeeper["type"], "hello">;
type Message<N extends ToKeeper["type"]> = Extract<ToKeeper, { type: N }>;
type Result<N> = N extends keyof typeof keeperResults ? z.infer<(typeof keeperResults)[N]> : undefined;
type Handler<N extends Name> = (
  message: Message<N>,
  keeper: Keeper,
  client: Client,
) => Result<N> | Promise<Result<N>> | Promise<void> | void;

/** What the keeper does with each message behind `hello`. A throw becomes the reply, or an `error` where none is due. */
const handlers: { readonly [N in Name]: Handler<N> } = {
  list({ id, runnerId }, keeper, client) {
    const runs = keeper.runs().filter((run) => runnerId === undefined || run.runnerId === runnerId);
    const pages = paged(
      runs.map((run) => run.describe()),
      listPageBytes,
    );
    const last = pages.pop() ?? [];
    for (const page of pages) client.send({ type: "reply", re: id, more: true, result: { runs: page } });
    return { runs: last };
  },
  start({ header, command }, keeper) {
    const { run, known } = keeper.start(header, command);
    if (!run) throw new BatonError("run_ended");
    return { run: run.describe(), known };
  },
  seen({ promptId, attempt }, keeper) {
    const runId = keeper.seen(promptId, attempt);
    return runId === undefined ? {} : { runId };
  },
  attach({ runId, fromSeq, creditBytes }, keeper, client) {
    const run = keeper.requireRun(runId);
    // The reply comes first, so that the client knows the run before its records.
    queueMicrotask(() => client.attach(run, fromSeq, creditBytes));
    return { run: run.describe(), fromSeq };
  },
  detach: ({ runId }, _, client) => client.detach(runId),
  credit: ({ runId, bytes }, _, client) => client.credit(runId, bytes),
  ack: ({ runId, seq }, keeper) => keeper.run(runId)?.ack(seq),
  delivery: ({ runnerId, online, relay }, keeper, client) =>
    keeper.setDelivery(runnerId, online ? { relay } : undefined, client),
  resize: ({ runId, leaseEpoch, size, by }, keeper) => keeper.requireLiveRun(runId).resize(size, leaseEpoch, by),
  signal: ({ runId, signal, by }, keeper) => keeper.requireLiveRun(runId).signal(signal, by),
  cancel: ({ runId, by }, keeper) => keeper.requireLiveRun(runId).end("cancelled", by),
  "lease.take": ({ runId, by, connection }, keeper, client) => ({
    leaseEpoch: keeper.requireLiveRun(runId).takeLease(by, connection, client),
  }),
  "lease.release": ({ runId, leaseEpoch }, keeper) => keeper.requireLiveRun(runId).releaseLease(leaseEpoch),
  async snapshot({ runId }, keeper, client) {
    client.sendPicture(await keeper.requireRun(runId).snapshot());
  },
  "leave-if-idle"(_, keeper) {
    const openRuns = keeper.leaveIfIdle();
    return { leaves: openRuns === 0, openRuns };
  },
  witness({ runId, runnerId }, keeper, client) {
    const start = liveRunOf(keeper, runId, runnerId).evidence.witness(client);
    return start ? { start } : {};
  },
  note: ({ runId, runnerId, evidence }, keeper) => ({
    written: liveRunOf(keeper, runId, runnerId).evidence.note(evidence),
  }),
  step: ({ runId, runnerId, step }, keeper) => liveRunOf(keeper, runId, runnerId).tellStep(step),
  share: ({ runId, sharedWith }, keeper) => keeper.share(runId, sharedWith),
};

/** @throws BatonError `not_found` for a run of another runner, `run_ended` */
function liveRunOf(keeper: Keeper, runId: RunId, runnerId: RunnerId): LiveRun {
  const run = keeper.requireLiveRun(runId);
  if (run.runnerId !== runnerId) throw new BatonError("not_found", { what: "run" });
  return run;
}

/** Lists of at most about this many bytes of JSON each; a list has one element at least. */
function paged<T>(all: readonly T[], maxBytes: number): T[][] {
  const pages: T[][] = [];
  let room = 0;
  for (const one of all) {
    const bytes = Buffer.byteLength(JSON.stringify(one));
    const page = pages.at(-1);
    if (page && bytes <= room) page.push(one);
    else pages.push([one]);
    room = (page && bytes <= room ? room : maxBytes) - bytes;
  }
  return pages;
}

/** The answer to `hello`, once its token is known to be right. */
export const welcome = (message: Message<"hello">, keeper: Keeper): Result<"hello"> => ({
  version: negotiateVersion(message.protocol),
  keeperVersion: keeper.version,
  pid: process.pid,
  storeId: keeper.storeId,
  features: ["evidence", "shared-with", "ports", "steps", "tunnels"],
});

/**
 * Does what a message asks, at once where it can: what comes behind it finds it done.
 * @throws BatonError what it was refused with
 */
export function handle(message: ToKeeper, keeper: Keeper, client: Client): unknown {
  if (message.type === "hello") throw new BatonError("message_malformed", { reason: "there was a hello before" });
  const handler = handlers[message.type] as Handler<Name>;
  return handler(message as never, keeper, client);
}
