import assert from "node:assert/strict";
import WebSocket from "ws";
import { newId } from "#protocol/ids";
import { maxPendingCommands } from "#sdk/caps";
import { createClient, type SocketClass } from "#sdk/client";
import { type Connection, type ConnectionPhase, createConnection } from "#sdk/connection";
import { reached, ScriptedRelay } from "#test/support/scripted-relay";
import { until } from "#test/support/until";

describe("connection", () => {
  let relay: ScriptedRelay;
  let connection: Connection;
  let phases: ConnectionPhase[];

  beforeEach(async () => {
    relay = new ScriptedRelay();
    const baseUrl = await relay.listen();
    const client = createClient({ baseUrl, WebSocket: WebSocket as unknown as SocketClass });
    connection = createConnection({ client, random: () => 0 });
    phases = [];
    connection.state.subscribe(() => phases.push(connection.state.get().phase));
  });
  afterEach(async () => {
    connection.stop();
    await relay.close();
  });

  it("says hello with a ticket, and comes back by itself with a new one", async () => {
    connection.start();
    await reached(connection, "live");
    relay.cut();
    await reached(connection, "reconnecting");
    await reached(connection, "live");
    const hellos = relay.commands.flatMap((command) => (command.type === "hello" ? [command.ticket] : []));
    assert.deepEqual(hellos, ["ticket-1", "ticket-2"]);
    assert.deepEqual(phases, ["connecting", "live", "reconnecting", "live"]);
  });

  it("is not called offline for links that break soon after their welcome", async () => {
    connection.start();
    for (let drops = 0; drops < 6; drops++) {
      await reached(connection, "live");
      relay.cut();
      await reached(connection, "reconnecting");
    }
    await reached(connection, "live");
    assert.equal(phases.includes("offline"), false);
  });

  it("stops at a refusal that another try would not change", async () => {
    relay.refuse = { code: "protocol_version_unsupported", params: { theirs: 9, ours: 1 } };
    connection.start();
    await reached(connection, "denied");
    assert.equal(connection.state.get().error?.code, "protocol_version_unsupported");
    assert.equal(relay.tickets, 1);
  });

  it("tries nothing while the browser is offline", async () => {
    connection.start();
    await reached(connection, "live");
    connection.setOnline(false);
    await reached(connection, "offline");
    const { tickets } = relay;
    connection.wake();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(relay.tickets, tickets);
    connection.setOnline(true);
    await reached(connection, "live");
  });

  it("hands a refusal to the command that it answers, and loses none when the link goes", async () => {
    connection.start();
    await reached(connection, "live");
    await assert.rejects(connection.takeLease(newId("run")), { code: "input_lease_held" });
    const waiting = connection.takeLease(newId("run"));
    connection.stop();
    await assert.rejects(waiting);
    await assert.rejects(connection.takeLease(newId("run")), { code: "connection_lost" });
  });

  it("says that too many commands wait, and not that the link is lost", async () => {
    connection.start();
    await reached(connection, "live");
    relay.isDeaf = true;
    const waiting = Array.from({ length: maxPendingCommands }, () => connection.takeLease(newId("run")));
    await assert.rejects(connection.takeLease(newId("run")), { code: "too_many" });
    connection.stop();
    for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, "rejected");
  });

  it("finds out that a link is dead which never closed, when it is woken", async () => {
    connection.start();
    await reached(connection, "live");
    connection.wake();
    await until("a ping", async () => relay.commands.find((command) => command.type === "ping"));
    assert.equal(connection.state.get().phase, "live");
    relay.isDeaf = true;
    connection.wake();
    await reached(connection, "reconnecting");
    await reached(connection, "live");
  });

  it("sends input only while it is live", async () => {
    assert.equal(connection.sendInput(newId("run"), 1, new Uint8Array([1])), false);
    connection.start();
    await reached(connection, "live");
    assert.equal(connection.sendInput(newId("run"), 1, new Uint8Array([1])), true);
  });
});
