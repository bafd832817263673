import assert from "node:assert/strict";
import { isOfRun } from "#extension/panel/own-run";
import { encodeInputFrame, encodeSnapshotFrame } from "#protocol/frame";
import { newId } from "#protocol/ids";
import type { FromPanel } from "#protocol/panel-link";

describe("the page of a run's panel", () => {
  const [own, other] = [newId("run"), newId("run")];
  const call = (name: string, request: object) => ({ type: "call", id: 1, name, request }) as FromPanel;
  const send = (data: string | Uint8Array | object) =>
    ({
      type: "socket.send",
      socket: 1,
      data: data instanceof Uint8Array || typeof data === "string" ? data : JSON.stringify(data),
    }) as FromPanel;
  const id = newId("command");
  const byRun = (runId: typeof own): FromPanel[] => [
    call("readRun", { params: { id: runId } }),
    call("cancelRun", { params: { id: runId } }),
    call("queuePrompt", { body: { target: { runnerId: newId("runner") }, afterRunId: runId } }),
    send({ type: "run.watch", runId, creditBytes: 1 }),
    send({ type: "run.unwatch", runId }),
    send({ type: "run.credit", runId, bytes: 1 }),
    send({ type: "lease.take", id, runId }),
    send({ type: "lease.release", runId, leaseEpoch: 1 }),
    send({ type: "run.resize", runId, leaseEpoch: 1, size: { cols: 80, rows: 24 } }),
    send(encodeInputFrame(runId, 1, new TextEncoder().encode("x"))),
  ];

  it("acts on its own run, and on no other one", () => {
    for (const message of byRun(own)) assert.equal(isOfRun(message, own), true, JSON.stringify(message));
    for (const message of byRun(other)) assert.equal(isOfRun(message, own), false, JSON.stringify(message));
  });

  it("says what belongs to no run, and nothing that a viewer does not say", () => {
    const protocol = { version: 1, oldest: 1 };
    for (const message of [
      call("readSession", {}),
      call("makeTicket", {}),
      call("listRuns", { query: { limit: 20 } }),
      send({ type: "hello", protocol, ticket: "t" }),
      send({ type: "ping", id }),
      { type: "title", title: "x" } as FromPanel,
    ]) {
      assert.equal(isOfRun(message, own), true, JSON.stringify(message));
    }
    for (const message of [
      call("queuePrompt", { body: { target: { runnerId: newId("runner") } } }),
      call("queuePrompt", {}),
      call("cancelRun", { params: null }),
      send("{"),
      send({ type: "run.cancel", id, runId: own }),
      send({ type: "run.begin", header: {} }),
      send(new Uint8Array(0)),
      send(encodeSnapshotFrame({ runId: own, seq: 1, cols: 80, rows: 24, bytes: new Uint8Array(1) })),
    ]) {
      assert.equal(isOfRun(message, own), false, JSON.stringify(message));
    }
  });
});
