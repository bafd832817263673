import assert from "node:assert/strict";
import type { PromptState, Run } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { newRun } from "#protocol/run-document";
import { stateOfEndedRun } from "#relay/domain/prompt-states";

describe("relay: how a prompt ends", () => {
  const run = newRun(
    {
      v: 1,
      id: newId("run"),
      runnerId: newId("runner"),
      threadId: newId("thread"),
      agent: "echo",
      mode: "once",
      access: "edit",
      visibility: "team",
      createdAt: 0,
      storeId: "",
      body: { title: "A run", cwd: "/", command: "echo" },
    },
    0,
  );
  const table: readonly [Partial<Run>, PromptState][] = [
    [{ end: "exited", exitCode: 0 }, "done"],
    [{ end: "exited", exitCode: 3 }, "failed"],
    [{ end: "exited", signal: "SIGINT" }, "failed"],
    [{ end: "exited", signal: "SIGKILL" }, "failed"],
    [{ end: "cancelled", signal: "SIGINT" }, "cancelled"],
    [{ end: "cancelled", exitCode: 0 }, "cancelled"],
    [{ end: "timed-out", signal: "SIGKILL" }, "timed-out"],
    [{ end: "lost" }, "lost"],
    [{ end: "failed" }, "failed"],
  ];
  for (const [end, state] of table) {
    it(`${JSON.stringify(end)} is ${state}`, () => assert.equal(stateOfEndedRun({ ...run, ...end }), state));
  }
});
