import assert from "node:assert/strict";
import { overviewOf, statusText } from "#extension/overview";
import { newId } from "#protocol/ids";
import type { Actor } from "#protocol/payloads";
import type { LinkState, RunnerStatus, RunView } from "#runner/core/status";

const online: LinkState = { state: "online", team: "Ana's team", sinceMs: 0 };

function run(status: RunView["status"], holder?: Actor): RunView {
  const runId = newId("run");
  const lease = { leaseEpoch: 0, ...(holder && { holder }) };
  const body = { title: "A run", cwd: "/", command: "echo" };
  const header: RunView["run"]["header"] = {
    ...{ v: 1, id: runId, runnerId: newId("runner"), threadId: newId("thread"), agent: "echo", mode: "once" },
    ...{ access: "read", visibility: "team", createdAt: 0, storeId: newId("store"), body },
  };
  const size = { cols: 80, rows: 24 };
  return {
    runId,
    status,
    lease,
    watchers: [],
    run: { header, status, firstSeq: 1, headSeq: 1, ackedSeq: 0, size, lease },
  };
}

const stalled = (one: RunView): RunView => ({ ...one, run: { ...one.run, stalled: "ENOSPC" } });
const keeperFailure = { code: "keeper_unreachable", params: { reason: "it ended with exit code 1" } };

const window = (fields: Partial<RunnerStatus> = {}): RunnerStatus[] => [
  { link: online, policy: "ask", keeper: "connected", runs: [], asking: [], previews: [], ...fields },
];

const cases: [string, RunnerStatus[], number, string][] = [
  ["no relay", window({ link: { state: "none" } }), 0, "$(broadcast) Baton"],
  ["a relay, nothing to do", window(), 0, "$(broadcast) Baton: ready"],
  ["one at work", window({ runs: [run("running"), run("ended")] }), 0, "$(broadcast) Baton: 1 running"],
  ["no keeper", window({ keeper: "connecting", keeperFailure }), 0, "$(warning) Baton: no keeper"],
  ["a full disk", window({ runs: [stalled(run("running")), run("running")] }), 0, "$(warning) Baton: 1 held up"],
  ["a full disk that one ended on", window({ runs: [stalled(run("ended"))] }), 0, "$(broadcast) Baton: ready"],
  ["one waits", window({ runs: [run("running"), run("needs-you")] }), 0, "$(broadcast) Baton: 1 running · 1 needs you"],
  ["a question", window(), 2, "$(broadcast) Baton: 2 need you"],
  ["paused", window({ policy: "paused" }), 0, "$(debug-pause) Baton: paused"],
  [
    "paused, with one at work",
    window({ policy: "paused", runs: [run("running")] }),
    0,
    "$(broadcast) Baton: 1 running · paused",
  ],
  ["away", window({ link: { state: "waiting", retryAtMs: 1, reason: "" } }), 0, "$(sync~spin) Baton: reconnecting"],
  ["revoked", window({ link: { state: "stopped" } }), 0, "$(debug-disconnect) Baton: disconnected"],
  [
    "typing from afar",
    window({ runs: [run("running", { kind: "member", name: "Ana" })] }),
    0,
    "$(keyboard) Baton: Ana typing",
  ],
  [
    "a name that would be an icon",
    window({ runs: [run("running", { kind: "member", name: "$(verified) Ana" })] }),
    0,
    "$(keyboard) Baton: $ (verified) Ana typing",
  ],
  ["typing at the desk", window({ runs: [run("running", { kind: "local" })] }), 0, "$(broadcast) Baton: 1 running"],
];

describe("the status bar item", () => {
  for (const [name, statuses, asking, text] of cases) {
    it(`says it: ${name}`, () => assert.equal(statusText(overviewOf(statuses, asking)), text));
  }
});
