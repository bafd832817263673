import { RunnerReport } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { newId } from "#protocol/ids";
import { roleAllows } from "#protocol/roles";
import { runnerReplyMs } from "#relay/caps";
import type { Handlers } from "#relay/http/call";

type Names = "listRunners" | "changeRunner" | "checkRunner" | "revokeRunner";

export const runnerHandlers: Pick<Handlers, Names> = {
  listRunners: ({ domain }) => ({ runners: domain.runners.all() }),

  async changeRunner({ domain, member }, { params, body }) {
    const runner = domain.runners.need(params.id);
    const isOwn = runner.memberId === member.id;
    if (!isOwn && !roleAllows(member.role, "owner")) {
      throw new BatonError("role_required", { required: "owner", role: member.role });
    }
    if (body.promptedBy !== undefined && !isOwn) throw new BatonError("not_yours", { what: "runner" });
    const changed = await domain.runners.change(params.id, definedOnly(body));
    domain.dispatch.wake();
    return changed;
  },

  async checkRunner({ domain, deps }, { params }) {
    const runner = domain.runners.need(params.id);
    if (!deps.runners.isConnected(runner.id)) throw new BatonError("runner_away", { runner: runner.body.name });
    const message = { type: "runner.check", id: newId("command") } as const;
    const report = RunnerReport.safeParse(await deps.runners.request(runner.id, message, runnerReplyMs));
    if (report.success) domain.runners.heard(runner.id, report.data);
    return domain.runners.need(params.id);
  },

  revokeRunner: ({ domain, member }, { params }) => domain.runners.revoke(params.id, member.id),
};

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the fields that are there but undefined. */
const definedOnly = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
