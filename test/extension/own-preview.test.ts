import assert from "node:assert/strict";
import { isOfPreview } from "#extension/panel/own-preview";
import { isOfRun } from "#extension/panel/own-run";
import { encodeInputFrame } from "#protocol/frame";
import { newId } from "#protocol/ids";
import type { FromPanel, PreviewSubject } from "#protocol/panel-link";

describe("the page of a preview's panel", () => {
  const subjectOf = (): PreviewSubject => ({
    relay: "https://relay.example.com",
    previewId: newId("preview"),
    runnerId: newId("runner"),
  });
  const [own, other] = [subjectOf(), subjectOf()];
  const call = (name: string, request: object) => ({ type: "call", id: 1, name, request }) as FromPanel;
  const send = (data: string | Uint8Array) => ({ type: "socket.send", socket: 1, data }) as FromPanel;
  const byPreview = ({ previewId, runnerId }: PreviewSubject): FromPanel[] => [
    call("enterPreview", { params: { id: previewId }, body: {} }),
    call("changePreview", { params: { id: previewId }, body: { isPlain: true } }),
    call("closePreview", { params: { id: previewId } }),
    call("queuePrompt", { body: { target: { runnerId }, agent: "echo", body: { text: "x" } } }),
  ];

  it("acts on its own preview and asks its own runner, and no others", () => {
    for (const message of byPreview(own)) assert.equal(isOfPreview(message, own), true, JSON.stringify(message));
    for (const message of byPreview(other)) assert.equal(isOfPreview(message, own), false, JSON.stringify(message));
  });

  it("has nothing to do with runs, nor a run's page with previews", () => {
    const runId = newId("run");
    for (const message of [
      call("cancelRun", { params: { id: runId } }),
      call("queuePrompt", { body: { target: { label: "any" } } }),
      send(JSON.stringify({ type: "run.watch", runId, creditBytes: 1 })),
      send(JSON.stringify({ type: "lease.take", id: newId("command"), runId })),
      send(encodeInputFrame(runId, 1, new Uint8Array(1))),
      { type: "save", file: "readLog" } as FromPanel,
    ]) {
      assert.equal(isOfPreview(message, own), false, JSON.stringify(message));
    }
    for (const message of byPreview(own)) assert.equal(isOfRun(message, runId), false, JSON.stringify(message));
  });

  it("says what a page needs to live", () => {
    const protocol = { version: 1, oldest: 1 };
    for (const message of [
      call("readSession", {}),
      call("makeTicket", {}),
      send(JSON.stringify({ type: "hello", protocol, ticket: "t" })),
      { type: "outside" } as FromPanel,
    ]) {
      assert.equal(isOfPreview(message, own), true, JSON.stringify(message));
    }
  });
});
