import assert from "node:assert/strict";
import type { Preview } from "#protocol/documents";
import { BatonError, type ErrorCode } from "#protocol/errors";
import { newId, type RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { previewAgainMs } from "#runner/core/caps";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import type { ShownPort } from "#runner/core/previews";
import { createRuns } from "#runner/core/runs";
import { createServerPreviews, isServerPort } from "#runner/core/server-previews";
import { scriptedClock, scriptedHost } from "#test/support/scripted-host";
import { until } from "#test/support/until";

type Port = NonNullable<KeeperRun["ports"]>[number];
const at = (port: number, more: Partial<Port> = {}): Port => ({ port, state: "ready", found: "process", ...more });

describe("the ports that runs of a team open", () => {
  /** A runner with a relay, and one run. @param refusal the relay's, to the first wish */
  function runnerWith(run: KeeperRun, refusal?: ErrorCode) {
    const clock = scriptedClock();
    const host = scriptedHost({ clock });
    const quiet = () => {};
    const runs = createRuns(quiet, quiet);
    const keeper = { features: [] } as unknown as KeeperConnection;
    runs.put(run, keeper);
    const wishes: ShownPort[] = [];
    const sharing = { includes: ({ visibility }: KeeperRun["header"]) => visibility === "team" };
    const { reconcile } = createServerPreviews({
      ...{ host, runs, sharing },
      previews: {
        isOnline: () => true,
        async show(wish) {
          wishes.push(wish);
          if (refusal !== undefined && wishes.length === 1) throw new BatonError(refusal);
          return {} as Preview;
        },
      },
    });
    return { clock, wishes, reconcile, isServers: (port: number) => isServerPort({ runs, sharing }, port) };
  }

  it("are shown once each, where a process of the run has answered there", () => {
    const run = runWith([...[at(5173), at(3000, { state: "listening" }), at(8080, { found: "output" }), at(80)]]);
    const { wishes, reconcile } = runnerWith(run);
    reconcile();
    reconcile();
    assert.deepEqual(wishes, [{ port: 5173, name: "web", runId: run.header.id }]);
  });

  it("are not shown where the run is nobody's but the local user's, or is over", () => {
    for (const run of [runWith([at(5173)], { visibility: "local" }), { ...runWith([at(5173)]), lost: true }]) {
      const { wishes, reconcile, isServers } = runnerWith(run);
      reconcile();
      assert.deepEqual([wishes, isServers(5173)], [[], false]);
    }
  });

  it("are allowed where a process of the run listens, and not where one is only printed", () => {
    const { isServers } = runnerWith(runWith([at(5173), at(8080, { found: "output" })]));
    assert.deepEqual([isServers(5173), isServers(8080), isServers(3000)], [true, false, false]);
  });

  it("are tried again where the relay could not be asked", async () => {
    const { clock, wishes, reconcile } = runnerWith(runWith([at(5173)]), "connection_lost");
    reconcile();
    await until("it is to be tried again", async () => clock.waiting === 1 || undefined);
    clock.advance(previewAgainMs);
    assert.equal(wishes.length, 2);
  });

  it("are not tried again where a person has closed the preview", async () => {
    const { clock, wishes, reconcile } = runnerWith(runWith([at(5173)]), "preview_closed");
    reconcile();
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(previewAgainMs);
    reconcile();
    assert.equal(wishes.length, 1);
  });
});

const runWith = (ports: Port[], header: Partial<KeeperRun["header"]> = {}, id: RunId = newId("run")): KeeperRun => ({
  header: {
    ...{ v: 1, id, runnerId: newId("runner"), threadId: newId("thread"), createdAt: 0, storeId: "" },
    ...{ agent: "dev-server", mode: "interactive", access: "full", visibility: "team" },
    body: { title: "npm run dev", cwd: "/work/web", command: "npm run dev" },
    ...header,
  },
  ...{ status: "running", firstSeq: 1, headSeq: 1, ackedSeq: 0, size: { cols: 80, rows: 24 } },
  ...{ ports, lease: { leaseEpoch: 0 } },
});
