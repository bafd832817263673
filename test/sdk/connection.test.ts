import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import WebSocket, { WebSocketServer } from "ws";
import { newId } from "#protocol/ids";
import type { ViewerCommand } from "#protocol/viewer-link";
import { createClient, type SocketClass } from "#sdk/client";
import { type Connection, type ConnectionPhase, createConnection } from "#sdk/connection";
import { until } from "#test/support/until";

/** A real socket server with as much of the viewer link as a connection needs. */
class Relay {
  readonly commands: ViewerCommand[] = [];
  readonly binary: Uint8Array[] = [];
  refuse: { readonly code: string; readonly params: Record<string, number> } | undefined;
  tickets = 0;
  /** The socket is open and nobody is there. */
  isDeaf = false;
  private readonly http: Server = createServer((_request, response) => {
    this.tickets++;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ticket: `ticket-${this.tickets}`, expiresAt: Date.now() + 30_000 }));
  });
  private readonly sockets = new WebSocketServer({ server: this.http });

  async listen(): Promise<string> {
    this.sockets.on("connection", (socket) => {
      socket.on("message", (data: Buffer, isBinary: boolean) => {
        if (isBinary) this.binary.push(data);
        else this.onCommand(socket, JSON.parse(data.toString("utf8")) as ViewerCommand);
      });
    });
    this.http.listen(0, "127.0.0.1");
    await once(this.http, "listening");
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  cut(): void {
    for (const socket of this.sockets.clients) socket.terminate();
  }

  async close(): Promise<void> {
    this.cut();
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, "close");
  }

  private onCommand(socket: WebSocket, command: ViewerCommand): void {
    this.commands.push(command);
    const answer = (message: object) => socket.send(JSON.stringify(message));
    if (command.type === "hello" && this.refuse) answer({ type: "error", error: this.refuse });
    else if (command.type === "hello") {
      const member = { v: 1, rev: 1, id: newId("member"), name: "Ana", role: "owner", createdAt: 1 };
      const lists = { members: [], runners: [], prompts: [], runs: [] };
      answer({
        type: "welcome",
        version: 1,
        relayId: newId("relay"),
        connection: newId("connection"),
        member,
        now: 1,
        ...lists,
      });
    }
    if (command.type === "ping" && !this.isDeaf) answer({ type: "reply", re: command.id });
    if (command.type === "lease.take") {
      answer({ type: "error", re: command.id, error: { code: "input_lease_held", params: { by: "Ben" } } });
    }
  }
}

const reached = (connection: Connection, phase: ConnectionPhase) =>
  new Promise<void>((resolve) => {
    const look = () => {
      if (connection.state.get().phase !== phase) return;
      stop();
      resolve();
    };
    const stop = connection.state.subscribe(look);
    look();
  });

describe("connection", () => {
  let relay: Relay;
  let connection: Connection;
  let phases: ConnectionPhase[];

  beforeEach(async () => {
    relay = new Relay();
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
