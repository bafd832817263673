import assert from "node:assert/strict";
import { givenPromptId, givenRunId } from "#extension/commands/given";
import { newId } from "#protocol/ids";

describe("what a command was called for", () => {
  const runId = newId("run");
  const promptId = newId("prompt");

  it("is the run of a row, of its menu or of a link", () => {
    for (const given of [runId, { node: { run: { runId } } }, { node: { relay: "a", run: { id: runId } } }]) {
      assert.equal(givenRunId(given), runId);
    }
  });

  it("is the prompt of a row or of its menu", () => {
    for (const given of [promptId, { node: { question: { prompt: { id: promptId } } } }]) {
      assert.equal(givenPromptId(given), promptId);
    }
  });

  it("is nothing where it is no id, and then the person chooses", () => {
    for (const given of [
      undefined,
      null,
      7,
      "",
      "run_1",
      {},
      { node: 1 },
      { node: { run: { runId: "../" } } },
      [],
      promptId,
    ]) {
      assert.equal(givenRunId(given), undefined);
    }
    for (const given of [undefined, null, {}, { node: { question: {} } }, runId])
      assert.equal(givenPromptId(given), undefined);
  });
});
