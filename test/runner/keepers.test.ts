import assert from "node:assert/strict";
import type { KeeperConnection, KeeperListener } from "#runner/core/keeper-connection";
import { createRunner } from "#runner/core/runner";
import type { RunnerStatus } from "#runner/core/status";
import { scriptedHost } from "#test/support/scripted-host";

describe("runner: its connection to the keeper", () => {
  it("says at once that the keeper is gone, also while no other one can be reached", async () => {
    let listener: KeeperListener | undefined;
    const keeper: KeeperConnection = {
      storeId: "store",
      keeperVersion: "0",
      pid: 1,
      request: async () => ({ runs: [] }) as never,
      notify: () => {},
      sendFrame: () => {},
      listen: (given) => {
        listener = given;
      },
      close: () => {},
    };
    const keepers = [keeper];
    const host = scriptedHost({
      connectKeeper: async () => {
        const next = keepers.shift();
        if (!next) throw new Error("nobody listens");
        return next;
      },
    });
    const runner = createRunner(host);
    const told: RunnerStatus["keeper"][] = [];
    const connected = new Promise<void>((resolve) => {
      runner.onChange(({ keeper: state }) => {
        told.push(state);
        if (state === "connected") resolve();
      });
    });
    const running = runner.run();
    await connected;
    listener?.closed();
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(told.at(-1), "connecting");
    runner.stop();
    await running;
  });
});
