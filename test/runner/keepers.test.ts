import assert from "node:assert/strict";
import { BatonError } from "#protocol/errors";
import { maxKeeperRetryMs } from "#runner/core/caps";
import type { KeeperConnection, KeeperListener } from "#runner/core/keeper-connection";
import { createKeepers } from "#runner/core/keepers";
import { createRunner } from "#runner/core/runner";
import type { RunnerStatus } from "#runner/core/status";
import { settle } from "#test/runner/intake-world";
import { scriptedClock, scriptedHost } from "#test/support/scripted-host";

describe("runner: its connection to the keeper", () => {
  it("says at once that the keeper is gone, also while no other one can be reached", async () => {
    let listener: KeeperListener | undefined;
    const keeper: KeeperConnection = {
      storeId: "store",
      keeperVersion: "0",
      features: [],
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

  it("says why no keeper can be had, from the second try on, until there is one", async () => {
    const clock = scriptedClock();
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
    });
    const failures: unknown[] = [
      new BatonError("keeper_unreachable", { reason: "it ended with exit code 1" }),
      new BatonError("protocol_version_unsupported", { theirs: 9, ours: 1 }),
      full,
      new Error("something else"),
    ];
    let listener: KeeperListener | undefined;
    const keeper: KeeperConnection = {
      ...{ storeId: "store", keeperVersion: "0", features: [], pid: 1 },
      request: async () => ({ runs: [] }) as never,
      ...{ notify: () => {}, sendFrame: () => {} },
      listen: (given) => {
        listener = given;
      },
      close: () => listener?.closed(),
    };
    const host = scriptedHost({
      clock,
      connectKeeper: async () => {
        const failure = failures.shift();
        if (failure) throw failure;
        return keeper;
      },
    });
    const runner = createRunner(host);
    const codes: (string | undefined)[] = [];
    const running = runner.run();
    for (let attempt = 0; attempt < 5; attempt++) {
      await settle();
      codes.push(runner.status().keeperFailure?.code);
      clock.advance(maxKeeperRetryMs);
    }
    assert.deepEqual(codes, [undefined, "protocol_version_unsupported", "disk_full", "keeper_unreachable", undefined]);
    runner.stop();
    await running;
  });

  it("drains an older keeper once, however often it connects to the newest again", async () => {
    const made: { readonly pid: number; isOpen: boolean; close(): void }[] = [];
    const connect = async (pid: number): Promise<KeeperConnection> => {
      let listener: KeeperListener | undefined;
      const one = {
        pid,
        isOpen: true,
        close() {
          if (one.isOpen) listener?.closed();
          one.isOpen = false;
        },
      };
      made.push(one);
      return {
        storeId: `${pid}`,
        keeperVersion: `${pid}`,
        features: [],
        pid,
        request: async () => ({ runs: [] }) as never,
        notify: () => {},
        sendFrame: () => {},
        listen: (given) => {
          listener = given;
        },
        close: one.close,
      };
    };
    const openTo = (wanted: number) => made.filter(({ pid, isOpen }) => pid === wanted && isOpen);
    const clock = scriptedClock();
    const stop = new AbortController();
    const host = scriptedHost({
      clock,
      connectKeeper: () => connect(1),
      connectOlderKeepers: async () => [await connect(2)],
    });
    let opened = 0;
    const keepers = createKeepers(
      host,
      {
        opened: ({ pid }) => {
          if (pid === 2) opened++;
        },
        event: () => {},
        frame: () => {},
        closed: () => {},
      },
      stop.signal,
    );
    const running = keepers.run();
    for (let round = 1; round <= 3; round++) {
      await keepers.ready();
      await settle();
      assert.deepEqual([openTo(2).length, opened], [1, 1], `round ${round}`);
      openTo(1)[0]?.close();
      await settle();
      clock.advance(maxKeeperRetryMs);
      await settle();
    }
    stop.abort();
    await running;
  });

  it("is waited for by nobody who has no more use for it", async () => {
    const stop = new AbortController();
    const handlers = { opened: () => {}, event: () => {}, frame: () => {}, closed: () => {} };
    const host = scriptedHost({
      connectKeeper: async () => {
        throw new Error("nobody listens");
      },
    });
    const keepers = createKeepers(host, handlers, stop.signal);
    const running = keepers.run();
    const [early, late] = [new AbortController(), new AbortController()];
    early.abort();
    const refused = [keepers.ready(early.signal), keepers.ready(late.signal)].map((ready) =>
      assert.rejects(ready, /nobody waits/),
    );
    const waiting = assert.rejects(keepers.ready(new AbortController().signal), /stopped/);
    late.abort();
    await Promise.all(refused);
    stop.abort();
    await Promise.all([waiting, running]);
  });
});
