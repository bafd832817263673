import assert from "node:assert/strict";
import { createPageTurns } from "#extension/panel/page-turns";
import { until } from "#test/support/until";

describe("the pages of a panel, one after another", () => {
  const hourMs = 60 * 60 * 1000;
  const turnsOf = (loadMs: number) => {
    const put: string[] = [];
    return { put, turns: createPageTurns((html) => put.push(html), loadMs) };
  };

  it("come at once where nothing is loading, and else when the one before has loaded", () => {
    const { put, turns } = turnsOf(hourMs);
    turns.turnTo("first");
    assert.deepEqual(put, ["first"]);
    turns.turnTo("second");
    turns.turnTo("third");
    assert.deepEqual(put, ["first"], "the editor would lose it");
    turns.loaded();
    assert.deepEqual(put, ["first", "third"], "nobody waits for the one between");
    turns.loaded();
    turns.turnTo("fourth");
    assert.deepEqual(put, ["first", "third", "fourth"]);
    turns.dispose();
  });

  it("wait no longer than a while for one that never says that it has loaded", async () => {
    const { put, turns } = turnsOf(20);
    turns.turnTo("first");
    turns.turnTo("second");
    assert.deepEqual(put, ["first"]);
    await until("the second is there", async () => put.includes("second") || undefined);
    turns.dispose();
  });

  it("end with the panel", () => {
    const { put, turns } = turnsOf(hourMs);
    turns.turnTo("first");
    turns.turnTo("second");
    turns.dispose();
    turns.loaded();
    assert.deepEqual(put, ["first"]);
  });
});
