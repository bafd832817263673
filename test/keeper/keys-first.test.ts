import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { floodBytes as aFlood, floodWindowMs } from "#runner/keeper/caps";
import { createKeysFirst, type Printer } from "#runner/keeper/keys-first";
import { createPrintRate } from "#runner/keeper/print-rate";
import { startKeeper } from "#test/support/keeper";
import { exitOf, startTestRun } from "#test/support/keeper-runs";
import { floodAndExit } from "#test/support/programs";

interface WatchedPrinter extends Printer {
  readonly held: boolean[];
  readonly released: Promise<unknown>;
}

function printer(floods: boolean): WatchedPrinter {
  const held: boolean[] = [];
  const events = new EventTarget();
  return {
    held,
    released: once(events, "released"),
    floods: () => floods,
    letKeysPass(on) {
      held.push(on);
      if (!on) events.dispatchEvent(new Event("released"));
    },
  };
}

describe("keeper: keys go first", () => {
  it("holds only what floods, only other runs, and lets it go by itself", async () => {
    const [own, flooding, quiet] = [printer(true), printer(true), printer(false)];
    const typed = createKeysFirst(() => [own, flooding, quiet]);
    typed(own);
    typed(own);
    assert.deepEqual(flooding.held, [true], "a second key at once does not hold it again");
    await flooding.released;
    assert.deepEqual([own.held, flooding.held, quiet.held], [[], [true, false], []]);
  });

  it("leaves a flood its share, however often somebody types", async () => {
    const [own, flooding] = [printer(false), printer(true)];
    const typed = createKeysFirst(() => [own, flooding]);
    typed(own);
    await flooding.released;
    typed(own);
    assert.deepEqual(flooding.held, [true, false]);
  });

  it("knows a flood by what was printed in this window and the last", () => {
    let now = 0;
    const rate = createPrintRate(() => now);
    rate.printed(aFlood);
    assert.equal(rate.floods(), false);
    rate.printed(1);
    assert.equal(rate.floods(), true);
    now = floodWindowMs;
    assert.equal(rate.floods(), true);
    now = 2 * floodWindowMs;
    assert.equal(rate.floods(), false);
    rate.printed(aFlood + 1);
    now = 4 * floodWindowMs;
    assert.equal(rate.floods(), false, "what was long ago does not count");
  });

  it("loses no byte of a flood that keys were typed beside", async function () {
    this.timeout(60_000);
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const digestFile = join(keeper.home, "digest");
    const bytes = 30 * 1024 * 1024;
    const echoing = await startTestRun(client, ["sh", "-c", "stty raw -echo && exec cat"]);
    const { leaseEpoch } = await client.request({
      type: "lease.take",
      runId: echoing,
      by: { kind: "local", name: "the desk" },
    });
    const flooding = await startTestRun(client, floodAndExit(bytes, digestFile));
    const typing = setInterval(() => client.type(echoing, leaseEpoch, "k"), 5);
    const exit = await exitOf(client, flooding, 50_000);
    clearInterval(typing);
    assert.equal(exit.exitCode, 5);
    const output = client.output(flooding);
    assert.equal(createHash("sha256").update(output).digest("hex"), readFileSync(digestFile, "utf8"));
    assert.match(client.output(echoing).toString(), /k+$/);
    client.close();
  });
});
