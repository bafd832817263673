import { randomBytes } from "node:crypto";
import { maxOpenPreviewsPerRunner } from "#protocol/caps";
import type { Member, Preview, PublicAddress, Run } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { type MemberId, newId, type PreviewId, type RunId, type RunnerId, type ThreadId } from "#protocol/ids";
import { closedPreviewMs, maxClosedPreviews, previewAskMs } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";
import type { RunnerPort } from "#relay/domain/runner-port";
import type { Runners } from "#relay/domain/runners";
import type { Change } from "#relay/store/store";

/** Which port, what people call it, and the run that listens there. */
export interface PreviewWish {
  readonly port: number;
  readonly name: string | undefined;
  readonly runId: RunId | undefined;
}

/** Ports of runners that the team is shown. A port has one preview at a time, whoever asks for it again. */
export interface Previews {
  /**
   * A member asks a runner for it; its local user decides.
   * @throws BatonError `not_found`, `runner_prompt_refused`, `runner_away`, `preview_refused`, `too_many`, `timeout`
   */
  ask(runnerId: RunnerId, wish: PreviewWish, by: Member): Promise<Preview>;
  /**
   * A runner shows it: for its local user, or because a run of the team has opened the port. A run that goes on with
   * another one has the preview of that one again, so that its address stays.
   * @throws BatonError `too_many`; `not_found` for a run that is none of this runner's, or is over; `preview_closed` for
   * what a person has closed while the same run was at work
   */
  show(runnerId: RunnerId, wish: PreviewWish, memberId?: MemberId): Promise<Preview>;
  /** Its runner says at which public address it is. @throws BatonError `not_found` */
  address(runnerId: RunnerId, id: PreviewId, address: PublicAddress): Promise<void>;
  /** @throws BatonError `not_found` */
  change(id: PreviewId, change: Required<Pick<Preview, "isPlain">>): Promise<Preview>;
  /** A person closes it, and with it all links to it for good. @throws BatonError `not_found` */
  close(id: PreviewId): Promise<void>;
  /** Nothing of this runner is shown any more. */
  closeAll(runnerId: RunnerId): Promise<void>;
  /** What the end of a run means for what is shown of it. */
  changesOfEndedRun(run: Run): Change[];
  /** That is written. */
  runEnded(run: Run): void;
  /** Those that are open. */
  all(): Preview[];
  isOpen(id: PreviewId): boolean;
  /** @throws BatonError `not_found`, also for one that was closed */
  need(id: PreviewId): Preview;
  /** Also one that was closed a while ago. */
  byLabel(label: string): Preview | undefined;
  /** The runner has come back, and is told what is shown of it. */
  connected(runnerId: RunnerId): void;
  sweep(): Promise<void>;
}

interface PreviewsDeps {
  readonly runners: Runners;
  readonly port: RunnerPort;
  findRun(id: RunId): Promise<Run | undefined>;
}

export function createPreviews(
  { store, ledger, clock }: DomainContext,
  { runners, port: link, findRun }: PreviewsDeps,
): Previews {
  const { documents } = store;
  const all = () => documents.all("previews").filter(({ closedAt }) => closedAt === undefined);
  const of = (runnerId: RunnerId) => all().filter((preview) => preview.runnerId === runnerId);
  const shownAt = (runnerId: RunnerId, port: number) => of(runnerId).find(({ body }) => body.port === port);
  const tell = (runnerId: RunnerId) => link.send(runnerId, { type: "previews", previews: of(runnerId) });
  const isOpen = (preview: Preview | undefined): preview is Preview =>
    preview !== undefined && preview.closedAt === undefined;
  const need = (id: PreviewId): Preview => {
    const preview = documents.get("previews", id);
    if (!isOpen(preview)) throw new BatonError("not_found", { what: "preview" });
    return preview;
  };
  const closed = (preview: Preview): Change => ({
    collection: "previews",
    put: { ...preview, closedAt: clock(), body: withAddress(preview.body, {}) },
  });
  /** Those that were closed longest ago, so that no more than `most` stay. */
  const forgotten = (most: number): Change[] =>
    documents
      .all("previews")
      .filter(({ closedAt }) => closedAt !== undefined)
      .sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0))
      .slice(most)
      .map(({ id }) => ({ collection: "previews", remove: id }));
  const needRoom = (runnerId: RunnerId) => {
    if (of(runnerId).length < maxOpenPreviewsPerRunner) return;
    throw new BatonError("too_many", { what: "open previews of this runner", max: maxOpenPreviewsPerRunner });
  };

  /** @throws BatonError `not_found` */
  const ofRun = async (runnerId: RunnerId, runId: RunId): Promise<Pick<Preview, "runId" | "threadId">> => {
    const run = await findRun(runId);
    if (run?.runnerId !== runnerId || run.status === "ended") throw new BatonError("not_found", { what: "run" });
    return { runId, threadId: run.threadId };
  };
  /** The one that was shown before, for the same port of the same thread. */
  const before = (runnerId: RunnerId, port: number, threadId: ThreadId | undefined) =>
    threadId &&
    documents
      .all("previews")
      .filter((one) => one.runnerId === runnerId && one.body.port === port && one.threadId === threadId)
      .sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0))[0];

  const show: Previews["show"] = async (runnerId, { port, name, runId }, memberId) => {
    const run = runId === undefined ? undefined : await ofRun(runnerId, runId);
    const known = shownAt(runnerId, port);
    if (known && (!run || known.runId === undefined || known.runId === runId)) return known;
    // Whoever was let into what another thread has shown there was not let into this.
    const left = known && known.threadId !== run?.threadId ? [closed(known)] : [];
    const last = left.length > 0 ? undefined : (known ?? before(runnerId, port, run?.threadId));
    if (last?.closedAt !== undefined && last.runId === runId) throw new BatonError("preview_closed");
    if (!known) needRoom(runnerId);
    const now = clock();
    const { closedAt: _, ...again } = last ?? {
      ...{ v: 1 as const, rev: 0, id: newId("preview", now), label: newLabel(), runnerId },
      ...(memberId !== undefined && { memberId }),
      openedAt: now,
      body: { name: name ?? runners.need(runnerId).body.name, port },
    };
    await ledger.commit([...left, { collection: "previews", put: { ...again, ...run } }]);
    tell(runnerId);
    return need(again.id);
  };

  return {
    async ask(runnerId, wish, { id: memberId, name }) {
      const runner = runners.needFor(runnerId, memberId);
      // Nobody is asked for what would find no room, and one that is shown already takes none.
      if (!shownAt(runnerId, wish.port)) needRoom(runnerId);
      if (!link.isConnected(runnerId)) throw new BatonError("runner_away", { runner: runner.body.name });
      const by = { kind: "member", memberId, name } as const;
      const id = newId("command");
      await link.request(runnerId, { type: "preview.open", id, port: wish.port, by }, previewAskMs);
      return show(runnerId, wish, memberId);
    },
    show,
    async address(runnerId, id, address) {
      const preview = need(id);
      if (preview.runnerId !== runnerId) throw new BatonError("not_found", { what: "preview" });
      await ledger.commit([{ collection: "previews", put: { ...preview, body: withAddress(preview.body, address) } }]);
      tell(runnerId);
    },
    async change(id, change) {
      await ledger.commit([{ collection: "previews", put: { ...need(id), ...change } }]);
      return need(id);
    },
    async close(id) {
      const preview = need(id);
      // The same preview may be shown again, when its server is: whoever had a link to it is not let in by that.
      const links = documents
        .all("shares")
        .flatMap(({ id: share, previewId }): Change[] =>
          previewId === id ? [{ collection: "shares", remove: share }] : [],
        );
      await ledger.commit([closed(preview), ...links, ...forgotten(maxClosedPreviews - 1)]);
      tell(preview.runnerId);
    },
    async closeAll(runnerId) {
      const shown = of(runnerId);
      if (shown.length > 0) await ledger.commit(shown.map(closed));
    },
    changesOfEndedRun: (run) => of(run.runnerId).flatMap((one) => (one.runId === run.id ? [closed(one)] : [])),
    runEnded(run) {
      if (documents.all("previews").some(({ runId }) => runId === run.id)) tell(run.runnerId);
    },
    all,
    isOpen: (id) => isOpen(documents.get("previews", id)),
    need,
    byLabel: (label) => documents.all("previews").find((preview) => preview.label === label),
    connected(runnerId) {
      if (of(runnerId).length > 0) tell(runnerId);
    },
    async sweep() {
      const limit = clock() - closedPreviewMs;
      const old = documents.all("previews").filter(({ closedAt = limit }) => closedAt < limit);
      const changes: Change[] = old.map(({ id }) => ({ collection: "previews", remove: id }));
      changes.push(...forgotten(maxClosedPreviews));
      if (changes.length > 0) await ledger.commit(changes);
    },
  };
}

/** Only what was said last counts. */
function withAddress(body: Preview["body"], address: Partial<PublicAddress>): Preview["body"] {
  const { publicUrl: _, publicProblem: _1, publicOnly: _2, ...rest } = body;
  return { ...rest, ...address };
}

const letters = "abcdefghijklmnopqrstuvwxyz234567";
/** 130 bits, in letters that host names have (RFC 4648, section 6). */
const newLabel = (): string => [...randomBytes(26)].map((byte) => letters[byte % letters.length]).join("");
