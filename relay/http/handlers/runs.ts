import { BatonError } from "#protocol/errors";
import { newId } from "#protocol/ids";
import { roleAllows } from "#protocol/roles";
import { runnerReplyMs } from "#relay/caps";
import { actorOf } from "#relay/domain/actor";
import { pageOfRuns } from "#relay/domain/run-page";
import type { Handlers } from "#relay/http/call";
import { sendCast } from "#relay/http/cast";
import { sendEvents } from "#relay/http/event-stream";
import { sendRawLog } from "#relay/http/raw-log";

type Names = "listRuns" | "readRun" | "cancelRun" | "streamRun" | "readCast" | "readLog";

export const runHandlers: Pick<Handlers, Names> = {
  listRuns: ({ domain }, { query }) => pageOfRuns(domain.runs, domain.context.store.archive, query),

  async readRun({ domain }, { params }) {
    const run = await domain.runs.need(params.id);
    if (run.damage || domain.runs.live(run.id)) return run;
    // A log that was damaged since its run ended is noticed when it is opened.
    const { damage } = await domain.context.store.logs.open(run.id);
    return damage ? { ...run, damage } : run;
  },

  async cancelRun(call, { params }) {
    const { member, domain, deps } = call;
    const run = await domain.runs.need(params.id);
    if (run.memberId !== member.id && !roleAllows(member.role, "approver")) {
      throw new BatonError("role_required", { required: "approver", role: member.role });
    }
    if (run.status === "ended") throw new BatonError("run_ended");
    if (!deps.runners.isConnected(run.runnerId)) {
      throw new BatonError("runner_away", { runner: domain.runners.get(run.runnerId)?.body.name ?? "The runner" });
    }
    const by = actorOf(member, call.deviceId);
    const message = { type: "run.cancel", id: newId("command"), runId: run.id, by } as const;
    await deps.runners.request(run.runnerId, message, runnerReplyMs);
  },

  streamRun: (call, { params }) => sendEvents(call, params.id),
  readCast: (call, { params }) => sendCast(call, params.id),
  readLog: (call, { params }) => sendRawLog(call, params.id),
};
