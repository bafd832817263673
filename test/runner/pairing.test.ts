import assert from "node:assert/strict";
import { BatonError } from "#protocol/errors";
import { type PairingCalls, signInByCode } from "#runner/core/pairing";
import { scriptedClock } from "#test/support/scripted-host";

describe("runner: an editor that waits for its code to be approved", () => {
  it("asks again for an answer that was lost, and gives away no key that counts", async () => {
    const clock = scriptedClock();
    const keys: string[] = [];
    const answers = ["pairing_pending", "connection_lost", "timeout", "pairing_pending", "connection_lost"] as const;
    const calls = {
      call: async (name: string, { body }: { body: { answerKey: string } }) => {
        if (name === "startSignIn") return { deviceCode: "d", intervalMs: 1_000, userCode: "u" };
        const code = answers[keys.push(body.answerKey) - 1];
        if (code) throw new BatonError(code, { what: "x", seconds: 1 } as never);
        return { token: "t" };
      },
    } as unknown as PairingCalls;
    const done = signInByCode(calls, clock, "an editor", () => {}, new AbortController().signal);
    for (let asked = 0; asked <= answers.length; asked++) {
      while (clock.waiting === 0) await Promise.resolve();
      clock.advance(1_000);
    }
    assert.deepEqual(await done, { token: "t" });
    const [early, lost, lostAgain, told, late, last] = keys;
    assert.deepEqual([lost, late], [lostAgain, last]);
    assert.equal(told, lost, "the answer before may be the one that counts");
    assert.equal(new Set([early, lost, late]).size, 3);
    assert.ok(keys.every((key) => key.length >= 22));
  });
});
