import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { FromKeeper } from "#protocol/keeper-link";
import { maxClients } from "#runner/keeper/caps";
import { createClient } from "#runner/keeper/client";
import type { Client } from "#runner/keeper/connected-client";
import type { Keeper } from "#runner/keeper/keeper";
import type { OwnLog } from "#runner/keeper/own-log";

/** The socket on which runners reach the keeper. */
export interface KeeperServer {
  readonly connections: number;
  broadcast(message: FromKeeper): void;
  close(): Promise<void>;
}

interface ServerDeps {
  readonly address: string;
  readonly token: string;
  readonly log: OwnLog;
  readonly keeper: () => Keeper;
  /** Somebody came or went. */
  readonly moved: () => void;
  /** Somebody went who never said hello, as whoever looks whether anybody is here, or has a wrong token. */
  readonly strangerLeft: () => void;
}

/** @throws NodeJS.ErrnoException when the address cannot be bound */
export async function serve(deps: ServerDeps): Promise<KeeperServer> {
  const clients = new Set<Client>();
  const server = createServer((socket) => {
    if (clients.size >= maxClients) {
      deps.log.warn("a client was refused: there are too many", { max: maxClients });
      socket.destroy();
      return;
    }
    const { token, log } = deps;
    const gone = (client: Client) => {
      clients.delete(client);
      deps.moved();
      if (!client.known) deps.strangerLeft();
    };
    clients.add(createClient(socket, { keeper: deps.keeper(), token, log, gone }));
    deps.moved();
  });
  await listen(server, deps.address);
  server.on("error", (error) => deps.log.error("a client could not be taken", { error: error.message }));
  if (process.platform !== "win32") chmodSync(deps.address, 0o600);

  return {
    get connections() {
      return clients.size;
    },
    broadcast(message) {
      for (const client of clients) if (client.known) client.send(message);
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const client of clients) client.close();
      await closed;
      if (process.platform !== "win32") rmSync(deps.address, { force: true });
    },
  };
}

function listen(server: Server, address: string): Promise<void> {
  // The folder is closed to others already; the mask keeps the socket so from its first moment.
  const mask = process.umask(0o177);
  return new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, resolve);
  }).finally(() => process.umask(mask));
}
