import { BatonError, errorFromWire, type UnknownPeerError } from "#protocol/errors";
import { decodeFrame, encodeInputFrame, type Frame } from "#protocol/frame";
import type { RunId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { ownProtocolRange } from "#protocol/version";
import { ToViewer, type ViewerCommand } from "#protocol/viewer-link";
import { interruptibleWait, retryDelayMs } from "#sdk/backoff";
import {
  commandTimeoutMs,
  healthyUptimeMs,
  offlineAfterFailures,
  pingTimeoutMs,
  quietLinkMs,
  welcomeTimeoutMs,
} from "#sdk/caps";
import type { Client, Socket } from "#sdk/client";
import { PendingReplies } from "#sdk/pending-replies";
import { createStore, type Readable } from "#sdk/vanilla-store";

export type ConnectionPhase = "connecting" | "live" | "reconnecting" | "offline" | "denied";
export type PeerError = BatonError | UnknownPeerError;

export interface ConnectionState {
  readonly phase: ConnectionPhase;
  /** The last failure, in every phase but `live`. */
  readonly error?: PeerError;
}

/** What a connection tells its listeners. Messages and frames arrive in the order of the wire. */
export interface ConnectionListener {
  readonly message?: (message: ToViewer) => void;
  readonly frame?: (frame: Frame) => void;
  readonly disconnected?: () => void;
}

/** The viewer link: kept up until it is stopped or the relay refuses it for good. */
export interface Connection {
  readonly state: Readable<ConnectionState>;
  start(): void;
  stop(): void;
  /** A hint that the network or the page is back: a wait ends now, and a link is asked whether it is still there. */
  wake(): void;
  /** What the browser knows of the network; while it is off, nothing is tried. */
  setOnline(online: boolean): void;
  /** @returns false where there is no live connection; nothing is queued */
  send(command: ViewerCommand): boolean;
  /** @returns false where there is no live connection; input is never queued or sent again */
  sendInput(runId: RunId, leaseEpoch: number, bytes: Uint8Array): boolean;
  /**
   * Sends a command that is answered by a reply.
   * @throws BatonError or UnknownPeerError, as the relay refused it; `connection_lost`, `timeout`
   */
  takeLease(runId: RunId): Promise<unknown>;
  listen(listener: ConnectionListener): () => void;
}

export interface ConnectionOptions {
  readonly client: Client;
  /** In [0, 1); passed in by tests. */
  readonly random?: () => number;
}

/** After one of these, another try would end in the same way. */
const finalCodes = new Set<string>([
  "not_signed_in",
  "session_expired",
  "session_reused",
  "role_required",
  "scope_required",
  "origin_refused",
  "protocol_version_unsupported",
]);

export function createConnection({ client, random = Math.random }: ConnectionOptions): Connection {
  const state = createStore<ConnectionState>({ phase: "connecting" });
  const listeners = new Set<ConnectionListener>();
  const pending = new PendingReplies();
  let live: Socket | undefined;
  let probe = () => {};
  let wanted = false;
  let running = false;
  let online = true;
  let wakeUp = () => {};

  /** Never returns while the connection is wanted: owns the tries, the waits between them and their reset. */
  async function run(): Promise<void> {
    let failures = 0;
    let unwelcomed = 0;
    running = true;
    while (wanted) {
      if (!online) {
        state.set({ phase: "offline", error: new BatonError("connection_lost") });
        await waitFor(() => online || !wanted);
        continue;
      }
      let liveSince = 0;
      const error = await connectOnce(() => {
        liveSince = Date.now();
        state.set({ phase: "live" });
      });
      if (!wanted) break;
      if (finalCodes.has(error.code)) {
        wanted = false;
        state.set({ phase: "denied", error });
        break;
      }
      failures = liveSince > 0 && Date.now() - liveSince >= healthyUptimeMs ? 1 : failures + 1;
      // A link that breaks again and again is waited for longer, but a relay that has just answered is there.
      unwelcomed = liveSince > 0 ? 0 : unwelcomed + 1;
      const phase = !online || unwelcomed >= offlineAfterFailures ? "offline" : "reconnecting";
      state.set({ phase, error });
      const wait = interruptibleWait(retryDelayMs(failures, random));
      wakeUp = wait.wake;
      await wait.done;
    }
    running = false;
  }

  async function waitFor(condition: () => boolean): Promise<void> {
    while (!condition())
      await new Promise<void>((resolve) => {
        wakeUp = resolve;
      });
  }

  /** One connection, from its ticket to its end. @returns why it ended */
  async function connectOnce(onLive: () => void): Promise<PeerError> {
    let ticket: string;
    try {
      ticket = (await client.call("makeTicket")).ticket;
    } catch (error) {
      return asPeerError(error);
    }
    if (!wanted) return new BatonError("connection_lost");
    return new Promise<PeerError>((resolve) => {
      const socket = new client.WebSocket(`${client.baseUrl.replace(/^http/, "ws")}/api/viewer-link`);
      socket.binaryType = "arraybuffer";
      let ended = false;
      const end = (error: PeerError) => {
        if (ended) return;
        ended = true;
        clearTimeout(timer);
        clearInterval(quiet);
        wakeUp = () => {};
        socket.close();
        if (live === socket) {
          live = undefined;
          pending.rejectAll(error);
          for (const listener of [...listeners]) listener.disconnected?.();
        }
        resolve(error);
      };
      const timer = setTimeout(
        () => end(new BatonError("timeout", { what: "connecting", seconds: welcomeTimeoutMs / 1000 })),
        welcomeTimeoutMs,
      );
      let heardAt = Date.now();
      const askWhetherThere = () => {
        pending
          .ask("the relay", pingTimeoutMs, (id) => live === socket && send({ type: "ping", id }))
          .catch((error) => end(asPeerError(error)));
      };
      const quiet = setInterval(() => {
        if (live === socket && Date.now() - heardAt >= quietLinkMs) askWhetherThere();
      }, quietLinkMs / 2);
      // A stop or a lost network ends the socket that is there; the loop decides what comes next.
      wakeUp = () => {
        if (!wanted || !online) end(new BatonError("connection_lost"));
      };
      socket.addEventListener("open", () => {
        socket.send(JSON.stringify({ type: "hello", protocol: ownProtocolRange, ticket } satisfies ViewerCommand));
      });
      socket.addEventListener("error", () => end(new BatonError("connection_lost")));
      socket.addEventListener("close", () => end(new BatonError("connection_lost")));
      socket.addEventListener("message", ({ data }) => {
        if (ended) return;
        heardAt = Date.now();
        try {
          receive(data, {
            welcome: () => {
              clearTimeout(timer);
              live = socket;
              probe = askWhetherThere;
              onLive();
            },
            end,
            isLive: live === socket,
          });
        } catch (error) {
          end(asPeerError(error));
        }
      });
    });
  }

  function receive(data: unknown, on: { welcome: () => void; end: (error: PeerError) => void; isLive: boolean }): void {
    if (data instanceof ArrayBuffer) {
      const frame = decodeFrame(new Uint8Array(data));
      for (const listener of [...listeners]) listener.frame?.(frame);
      return;
    }
    const message = parseMessage(ToViewer, String(data)) as ToViewer;
    if (message.type === "welcome") on.welcome();
    if (message.type === "reply") pending.resolve(message.re, message.result);
    if (message.type === "error") {
      const error = errorFromWire(message.error);
      if (message.re) pending.reject(message.re, error);
      else if (!on.isLive) on.end(error);
    }
    for (const listener of [...listeners]) listener.message?.(message);
    if (message.type === "signed-out") {
      wanted = false;
      state.set({ phase: "denied", error: errorFromWire(message.error) });
      on.end(errorFromWire(message.error));
    }
  }

  const send = (command: ViewerCommand): boolean => {
    live?.send(JSON.stringify(command));
    return live !== undefined;
  };

  return {
    state,
    start() {
      if (wanted) return;
      wanted = true;
      state.set({ phase: "connecting" });
      if (running) wakeUp();
      else void run();
    },
    stop() {
      wanted = false;
      wakeUp();
    },
    wake() {
      if (live) probe();
      else wakeUp();
    },
    setOnline(next) {
      online = next;
      wakeUp();
    },
    send,
    sendInput(runId, leaseEpoch, bytes) {
      if (!live) return false;
      live.send(encodeInputFrame(runId, leaseEpoch, bytes) as Uint8Array<ArrayBuffer>);
      return true;
    },
    takeLease: (runId) =>
      pending.ask("taking the keyboard", commandTimeoutMs, (id) => send({ type: "lease.take", id, runId })),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Whatever was thrown, as an error with a code. */
export function asPeerError(error: unknown): PeerError {
  if (error instanceof BatonError) return error;
  if (error instanceof Error && "code" in error && "params" in error) return error as UnknownPeerError;
  return new BatonError("message_malformed", { reason: error instanceof Error ? error.message : String(error) });
}
