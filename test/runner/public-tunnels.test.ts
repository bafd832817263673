import assert from "node:assert/strict";
import { newId, type RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { tunnelWantedEveryMs } from "#runner/core/caps";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { createPublicTunnels } from "#runner/core/public-tunnels";
import { createRuns } from "#runner/core/runs";
import { scriptedClock, scriptedHost } from "#test/support/scripted-host";

const port = 5173;

describe("the tunnels of a runner", () => {
  it("stay where a run cannot be told that its tunnel is wanted, and are told again", () => {
    const clock = scriptedClock();
    const touched: RunId[] = [];
    const warned: string[] = [];
    const host = scriptedHost({
      clock,
      log: { ...scriptedHost().log, warn: (_details, message) => void warned.push(String(message)) },
      tunnels: {
        via: () => "cloudflare",
        isAgreed: () => true,
        prepare: async () => {},
        command: () => Promise.reject(new Error("there is a run already")),
        touch(runId) {
          touched.push(runId);
          if (touched.length === 1) throw new Error("ENOSPC");
        },
      },
    });
    const quiet = () => {};
    const runs = createRuns(quiet, quiet);
    const run = tunnelRun(host.runnerId);
    runs.put(run, {} as KeeperConnection);
    const tunnels = createPublicTunnels({
      ...{ host, runs, started: quiet, changed: quiet },
      keepers: { ready: () => Promise.reject(new Error("nobody starts anything")) },
    });
    tunnels.want(new Set([port]));
    clock.advance(tunnelWantedEveryMs);
    tunnels.stop();
    assert.deepEqual(touched, [run.header.id, run.header.id]);
    assert.deepEqual(warned, ["a tunnel cannot be told that it is wanted"]);
    assert.equal(clock.waiting, 0);
  });
});

const tunnelRun = (runnerId: KeeperRun["header"]["runnerId"]): KeeperRun => ({
  header: {
    ...{ v: 1, id: newId("run"), runnerId, threadId: newId("thread") },
    ...{ agent: "cloudflared", mode: "interactive", access: "full", visibility: "local" },
    ...{ createdAt: 0, storeId: "", tunnelPort: port },
    body: { title: "a tunnel", cwd: "/work", command: "cloudflared" },
  },
  ...{ status: "running", firstSeq: 1, headSeq: 1, ackedSeq: 0, size: { cols: 80, rows: 24 } },
  lease: { leaseEpoch: 0 },
});
