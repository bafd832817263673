import { localMember, localRelayId } from "#extension/local/local-documents";
import { type LocalLink, type LocalSource, openLocalLink } from "#extension/local/local-link";
import type { ResponseOf } from "#protocol/api";
import type { Run } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { localPlace, type PanelCall } from "#protocol/panel-link";
import { abnormalClosure, type Client, type Socket, type SocketClass } from "#sdk/client";

/** The part of a relay's client that a panel needs. */
export type PanelClient = Pick<Client, "baseUrl" | "WebSocket" | "call">;

/** Answers the view of a run from its keeper, as a relay would: for runs that are on no relay. */
export function createLocalClient(source: LocalSource): PanelClient {
  let last: Run | undefined;
  let rev = 0;
  const numbered = (run: Run): Run => {
    last = { ...run, rev: ++rev };
    return last;
  };
  const answers: { readonly [C in PanelCall]?: () => ResponseOf<C> | Promise<ResponseOf<C>> } = {
    readSession: () => ({ member: localMember, relay: { id: localRelayId, name: "This machine", version: "" } }),
    makeTicket: () => ({ ticket: "local", expiresAt: Number.MAX_SAFE_INTEGER }),
    listRuns: () => ({ runs: last ? [last] : [] }),
    listPrompts: () => ({ prompts: [] }),
    readRun() {
      if (!last) throw new BatonError("run_never_seen");
      return last;
    },
    async cancelRun() {
      const { run, keeper } = await source.find();
      try {
        await keeper.request("cancel", { runId: run.header.id, by: { kind: "local" } });
      } finally {
        keeper.close();
      }
    },
  };
  return {
    baseUrl: localPlace,
    WebSocket: socketClass((events) => openLocalLink({ source, numbered, ...events })),
    async call(name, ..._parts) {
      const answer = (answers as Partial<Record<string, () => unknown>>)[name];
      if (!answer) throw new BatonError("not_found", { what: "relay for this" });
      return (await answer()) as ResponseOf<typeof name>;
    },
  };
}

interface SocketEvents {
  readonly send: (data: string | ArrayBuffer) => void;
  readonly closed: () => void;
}
type Listener = (event: { readonly data: unknown; readonly code: number }) => void;

/** What looks like a WebSocket, and leads to the keeper. */
function socketClass(open: (events: SocketEvents) => Promise<LocalLink>): SocketClass {
  class LocalSocket implements Socket {
    binaryType = "arraybuffer";
    readonly bufferedAmount = 0;
    private readonly listeners = new Map<string, Listener>();
    private readonly link: Promise<LocalLink>;

    constructor() {
      this.link = open({
        send: (data) => this.tell("message", { data, code: 0 }),
        closed: () => this.tell("close", { data: undefined, code: abnormalClosure }),
      });
      this.link.then(
        () => this.tell("open", { data: undefined, code: 0 }),
        () => this.tell("error", { data: undefined, code: abnormalClosure }),
      );
    }
    send(data: string | Uint8Array<ArrayBuffer>): void {
      this.link.then((link) => link.receive(data)).catch(() => undefined);
    }
    close(): void {
      this.link.then((link) => link.close()).catch(() => undefined);
    }
    addEventListener(type: string, listener: Listener | (() => void)): void {
      this.listeners.set(type, listener);
    }
    private tell(type: string, event: Parameters<Listener>[0]): void {
      this.listeners.get(type)?.(event);
    }
  }
  return LocalSocket as unknown as SocketClass;
}
