import { BatonError } from "#protocol/errors";
import type { CommandId, RunnerId } from "#protocol/ids";
import type { ToRelay } from "#protocol/runner-link";
import { negotiateVersion } from "#protocol/version";
import type { RunnerLink } from "#relay/sockets/runner-link";
import { checkRunnerProof } from "#relay/sockets/runner-proof";

type Message<T extends ToRelay["type"]> = Extract<ToRelay, { type: T }>;

/** Answers `hello`: who it is, and what is durable of each of its runs. */
export async function welcomeRunner(link: RunnerLink, hello: Message<"hello">): Promise<void> {
  const { domain, hub, liveness, log, team } = link.deps;
  const { relayId, store, clock } = domain.context;
  const version = negotiateVersion(hello.protocol);
  const runner = await checkRunnerProof(domain, hello, { nonce: link.nonce, relayId });
  const { runnerId } = hello;

  const runs = [];
  for (const { runId, storeId, headSeq } of hello.runs) {
    const known = await domain.runs.get(runId);
    if (known && known.storeId !== storeId) {
      log.warn({ runId, runnerId }, "a run's log was begun anew on its runner; what is stored here stays as it is");
    }
    const isOurs = known?.runnerId === runnerId;
    const held = isOurs ? await domain.runs.openLog(runId) : undefined;
    runs.push({ runId, durableSeq: held?.durableSeq ?? 0 });
    if (held?.ended && held.durableSeq >= headSeq) domain.runs.letGo(held);
  }
  if (link.ws.readyState !== link.ws.OPEN) return;

  link.runnerId = runnerId;
  liveness.known(link);
  const replaced = hub.put(runnerId, link);
  if (replaced) {
    // What went down the link before may never have come; it is offered again behind this welcome.
    domain.dispatch.disconnected(runnerId);
    link.deps.tunnels.close(runnerId);
    replaced.fail(new BatonError("runner_replaced", { host: hello.body.host }));
  }
  domain.runners.connected(runnerId, hello.body, hello.report);
  link.send({
    type: "welcome",
    version,
    storeId: store.storeId,
    team,
    memberId: runner.memberId,
    now: clock(),
    previewHosts: link.deps.previewHosts,
    runs,
    claims: domain.dispatch.openClaims(runnerId),
  });
  log.info({ runnerId, host: hello.body.host, runs: runs.length }, "a runner has connected");
  domain.dispatch.wake();
  domain.previews.connected(runnerId);
}

/** @returns a promise where what comes behind the message has to wait for it */
export function receiveFromRunner(link: RunnerLink, runnerId: RunnerId, message: ToRelay): Promise<void> | undefined {
  const handler = handlers[message.type] as Handler<ToRelay["type"]> | undefined;
  return handler?.(link, runnerId, message) ?? undefined;
}

type Handler<T extends ToRelay["type"]> = (
  link: RunnerLink,
  runnerId: RunnerId,
  message: Message<T>,
) => Promise<void> | void;

const handlers: { readonly [T in ToRelay["type"]]?: Handler<T> } = {
  "run.begin": (link, runnerId, { header }) =>
    link.persist(async () => {
      try {
        await link.deps.domain.runs.begin(runnerId, header);
      } catch (error) {
        if (!(error instanceof BatonError && error.code === "too_many")) throw error;
        // Its other runs go on; this one stays with its keeper.
        link.deps.log.warn({ runnerId, runId: header.id, error: error.message }, "a run was not taken");
        return;
      }
      if (header.promptId === undefined || header.attempt === undefined) return;
      const claim = { promptId: header.promptId, attempt: header.attempt };
      noted(
        link,
        link.persist(() => link.deps.domain.dispatch.started(runnerId, claim, header.id)),
      );
    }),
  "run.lost": (link, runnerId, { runId }) => link.persist(() => link.deps.domain.runs.lost(runnerId, runId)),
  "prompt.claim": (link, runnerId, { id, promptId, attempt }) => {
    answer(link, id, link.deps.domain.dispatch.claim(runnerId, { promptId, attempt }));
  },
  "preview.open": (link, runnerId, { id, port, name, runId }) => {
    const { previews, runners } = link.deps.domain;
    const open = async () => {
      if (link.deps.previewHosts === "none" && !runners.get(runnerId)?.report?.publicPreviews)
        throw new BatonError("preview_off");
      return previews.show(runnerId, { port, name, runId }, runners.need(runnerId).memberId);
    };
    answer(link, id, open());
  },
  "preview.address": (link, runnerId, { type: _, id, previewId, ...address }) =>
    answer(link, id, link.deps.domain.previews.address(runnerId, previewId, address)),
  "preview.close": (link, runnerId, { id, previewId }) => {
    const { previews } = link.deps.domain;
    const close = async () => {
      if (previews.need(previewId).runnerId !== runnerId) throw new BatonError("not_found", { what: "preview" });
      await previews.close(previewId);
    };
    answer(link, id, close());
  },
  "prompt.waiting": (link, runnerId, claim) => noted(link, link.deps.domain.dispatch.waiting(runnerId, claim)),
  "prompt.declined": (link, runnerId, { reason, ...claim }) =>
    noted(link, link.deps.domain.dispatch.declined(runnerId, claim, reason)),
  "prompt.started": (link, runnerId, { runId, ...claim }) =>
    noted(
      link,
      link.persist(() => link.deps.domain.dispatch.started(runnerId, claim, runId)),
    ),
  "prompt.failed": (link, runnerId, { reason, ...claim }) =>
    noted(
      link,
      link.persist(() => link.deps.domain.dispatch.failed(runnerId, claim, reason)),
    ),
  "prompt.never-seen": (link, runnerId, claim) => noted(link, link.deps.domain.dispatch.neverSeen(runnerId, claim)),
  "tunnel.ticket": (link, runnerId, { id }) =>
    link.send({ type: "reply", re: id, result: link.deps.tunnels.makeTicket(runnerId) }),
  "lease.changed": (link, runnerId, { runId, leaseEpoch, holder, connection }) => {
    const { runs, leases } = link.deps.domain;
    const run = runs.live(runId);
    if (run?.run.runnerId !== runnerId) return;
    leases.changed(run, {
      leaseEpoch,
      ...(holder && { holder }),
      ...(connection !== undefined && { connection }),
    });
  },
};

function answer(link: RunnerLink, re: CommandId, work: Promise<unknown>): void {
  work.then(
    (result) => link.send({ type: "reply", re, ...(result !== undefined && { result }) }),
    (error: unknown) => {
      const known = error instanceof BatonError ? error : new BatonError("internal", { requestId: re });
      if (known !== error) link.deps.log.error({ error: String(error) }, "a request of a runner could not be answered");
      link.send({ type: "reply", re, error: known.toJSON() });
    },
  );
}

/** What is lost here is said again: at the next hello, or by the next offer. */
function noted(link: RunnerLink, work: Promise<void>): void {
  work.catch((error: unknown) => link.deps.log.warn({ error: String(error) }, "a runner's note could not be stored"));
}
