import assert from "node:assert/strict";
import type { Memento } from "vscode";
import { createRememberedPanels } from "#extension/panel/remembered-panels";
import { newId } from "#protocol/ids";

describe("the panels that a window gives back", () => {
  it("are those that it has opened, for the run and at the relay that it has opened them for", () => {
    const values = new Map<string, unknown>();
    const state = {
      get: (key: string) => values.get(key),
      update: async (key: string, value: unknown) => void values.set(key, value),
    } as unknown as Memento;
    const subject = { relay: "https://relay.example.com", runId: newId("run") };
    createRememberedPanels(state).add(subject);
    const later = createRememberedPanels(state);
    assert.equal(later.has(subject), true);
    assert.equal(later.has({ ...subject, runId: newId("run") }), false);
    assert.equal(later.has({ ...subject, relay: "https://evil.example.com" }), false);
    assert.equal(later.has({ ...subject, relay: "local" }), false);
    for (let i = 0; i < 100; i++) later.add({ ...subject, runId: newId("run") });
    assert.equal(later.has(subject), false);
    values.set("baton.openedPanels", { not: "a list" });
    assert.equal(later.has(subject), false);
  });
});
