import assert from "node:assert/strict";
import type { RunHeader } from "#protocol/documents";
import { newId, type RunnerId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { ToRelay } from "#protocol/runner-link";
import { frameType } from "#runner/core/frames";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import type { LinkSession } from "#runner/core/link-session";
import { createOutbox } from "#runner/core/outbox";
import { createRunSync } from "#runner/core/run-sync";
import { createRuns } from "#runner/core/runs";
import { settle } from "#test/runner/intake-world";
import { scriptedRun } from "#test/support/runner-client";
import { scriptedHost } from "#test/support/scripted-host";
import { sharingWith } from "#test/support/sharing";

const quiet = () => {};
const host = scriptedHost();
const sharing = sharingWith();

/** Everything that can happen to one run while its folder has a relay. @returns what the relay was told, by kind */
async function toldOf(more: Partial<RunHeader>, runnerId: RunnerId = host.runnerId): Promise<string[]> {
  const told: string[] = [];
  const session = {
    welcome: { runs: [] },
    bufferedBytes: 0,
    send: ({ type }: ToRelay) => void told.push(type),
    sendFrame: (bytes: Uint8Array) => void told.push(frameType(bytes) ?? ""),
  } as unknown as LinkSession;
  let open: LinkSession | undefined;
  const scripted = scriptedRun(runnerId, more);
  const lease = { leaseEpoch: 2, holder: { kind: "local" as const } };
  const begun = { header: scripted.header, status: "running", headSeq: 1, ackedSeq: 0, lease } as unknown as KeeperRun;
  const keeper = {
    request: async () => ({ run: begun }),
    notify: quiet,
    features: [],
  } as unknown as KeeperConnection;
  const runs = createRuns(quiet, quiet);
  const outbox = createOutbox(host.log, { delivered: quiet });
  const sync = createRunSync({ host, runs, outbox, sharing, session: () => open, isReplaced: () => false });
  const keeperHandlers = sync.keeperHandlers(quiet);

  // The keeper lists runs of this folder alone, so another folder's comes as news.
  keeperHandlers.opened(keeper, runnerId === host.runnerId ? [begun] : []);
  told.push(...sync.helloRuns().map(() => "hello"));
  open = session;
  sync.online(session);
  await settle();
  const { id: runId } = scripted;
  keeperHandlers.event(keeper, { type: "run.changed", run: { ...begun, headSeq: 2 } });
  keeperHandlers.event(keeper, { type: "lease.changed", runId, ...lease });
  keeperHandlers.frame(keeper, scripted.output("what it says"));
  keeperHandlers.frame(keeper, scripted.snapshot(1, "what it shows"));
  if (runnerId === host.runnerId) sync.started(begun, keeper);
  keeperHandlers.event(keeper, { type: "run.changed", run: { ...begun, status: "ended", headSeq: 2 } as KeeperRun });
  await settle();
  sync.stop();
  return [...new Set(told)].sort();
}

describe("runner: what a relay is told", () => {
  it("is all of a run that is shared with it", async () => {
    assert.ok(sharing.relay);
    assert.deepEqual(await toldOf({ sharedWith: sharing.relay }), [
      ...["hello", "lease.changed", "records", "run.begin", "snapshot"],
    ]);
  });

  const other = sharingWith("https://other.example.com").relay;
  const cases: readonly [string, Partial<RunHeader>, RunnerId?][] = [
    ["only local", { visibility: "local" }],
    ["another relay's", { ...(other && { sharedWith: other }) }],
    ["of a version that did not say whose it is", {}],
    ["another folder's", { ...(sharing.relay && { sharedWith: sharing.relay }) }, newId("runner")],
  ];
  for (const [what, header, runnerId] of cases)
    it(`is nothing of a run that is ${what}: no id, no screen, no word of who types`, async () => {
      assert.deepEqual(await toldOf(header, runnerId), []);
    });
});
