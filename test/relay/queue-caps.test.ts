import assert from "node:assert/strict";
import { mock } from "node:test";
import { newId } from "#protocol/ids";
import { maxAllQueuesBytes, maxViewerQueueBytes, runnerReplyMs } from "#relay/caps";
import { createPendingReplies } from "#relay/sockets/pending-replies";
import { createRunnerHub } from "#relay/sockets/runner-hub";
import { createViewerHub } from "#relay/sockets/viewer-hub";
import type { ViewerLink } from "#relay/sockets/viewer-link";
import { startDomain } from "#test/support/relay-domain";

describe("relay: a runner that does not answer", () => {
  afterEach(() => mock.timers.reset());

  it("is waited for 10 s, and what it says later counts for nothing", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const replies = createPendingReplies();
    const [late, answered] = [newId("command"), newId("command")];
    let settled: unknown;
    const waiting = replies.wait(late, "runner.check", runnerReplyMs);
    waiting.catch((error: unknown) => {
      settled = error;
    });
    const other = replies.wait(answered, "lease.take", runnerReplyMs);
    replies.settle(answered, { result: { leaseEpoch: 3 } });
    assert.deepEqual(await other, { leaseEpoch: 3 });
    mock.timers.tick(9_999);
    await Promise.resolve();
    assert.equal(settled, undefined);
    mock.timers.tick(1);
    await assert.rejects(waiting, { code: "timeout", params: { what: "runner.check", seconds: 10 } });
    replies.settle(late, { result: {} });
  });
});

describe("relay: what waits in all sockets together", () => {
  it("has a cap, at which the longest queue is closed, and each has one of its own", async () => {
    await using test = await startDomain();
    const hub = createViewerHub({ domain: test.domain, runners: createRunnerHub() });
    const closed: string[] = [];
    const add = (name: string, queuedBytes: number) => {
      const ws = { terminate: () => closed.push(name) };
      hub.add({ queuedBytes, ws, sweep: () => undefined } as unknown as ViewerLink);
    };
    const most = Math.floor(maxAllQueuesBytes / maxViewerQueueBytes);
    for (let i = 0; i < most; i++) add(`one of many ${i}`, maxViewerQueueBytes - 1);
    const closedNow = () => {
      hub.sweep();
      return closed.splice(0);
    };
    assert.deepEqual(closedNow(), [], "together they are within the cap");
    add("the longest", maxViewerQueueBytes);
    assert.deepEqual(closedNow(), ["the longest"]);
    add("too long by itself", maxViewerQueueBytes + 1);
    assert.ok(closedNow().includes("too long by itself"));
  });
});
