import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { newId } from "#protocol/ids";
import type { ViewerCommand } from "#protocol/viewer-link";
import type { Connection, ConnectionPhase } from "#sdk/connection";

/** A real socket server with as much of the viewer link as a connection needs. */
export class ScriptedRelay {
  readonly commands: ViewerCommand[] = [];
  readonly binary: Uint8Array[] = [];
  refuse: { readonly code: string; readonly params: Record<string, number> } | undefined;
  tickets = 0;
  /** The socket is open and nobody is there. */
  isDeaf = false;
  /** The codes that the next watches are refused with; what comes behind them is served. */
  readonly watchRefusals: string[] = [];
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

  /** Tells every viewer. */
  say(message: object): void {
    for (const socket of this.sockets.clients) socket.send(JSON.stringify(message));
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

  private watchAnswer({ runId, afterSeq }: Extract<ViewerCommand, { type: "run.watch" }>): object {
    const code = this.watchRefusals.shift();
    if (code !== undefined) return { type: "error", runId, error: { code, params: {} } };
    const lease = { leaseEpoch: 0, yours: false };
    return {
      type: "run.watching",
      runId,
      fromSeq: (afterSeq ?? 0) + 1,
      headSeq: 0,
      snapshot: false,
      lease,
      watchers: [],
    };
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
    if (command.type === "run.watch") answer(this.watchAnswer(command));
    if (command.type === "lease.take") {
      answer({ type: "error", re: command.id, error: { code: "input_lease_held", params: { by: "Ben" } } });
    }
  }
}

/** Settles when a connection is in a phase. */
export const reached = (connection: Connection, phase: ConnectionPhase) =>
  new Promise<void>((resolve) => {
    const look = () => {
      if (connection.state.get().phase !== phase) return;
      stop();
      resolve();
    };
    const stop = connection.state.subscribe(look);
    look();
  });
