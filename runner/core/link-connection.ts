import { heartbeatMs } from "#protocol/caps";
import { BatonError, errorFromWire, type WireError } from "#protocol/errors";
import type { CommandId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { type ToRelay, ToRunner } from "#protocol/runner-link";
import { negotiateVersion, ownProtocolRange } from "#protocol/version";
import { connectTimeoutMs, deadPeerMs, replyTimeoutMs, sleepJumpMs } from "#runner/core/caps";
import type { LinkTransport, RunnerHost } from "#runner/core/host";
import type { LinkEnd, LinkHandlers, LinkSession, LinkTarget, Welcome } from "#runner/core/link-session";

type Challenge = Extract<ToRunner, { type: "challenge" }>;

/**
 * One connection from dialling to its end: challenge, hello, welcome, then everything else. It may fail in any way;
 * it never rejects.
 */
export function connectOnce(
  host: RunnerHost,
  target: LinkTarget,
  handlers: LinkHandlers,
  signal: AbortSignal,
): Promise<LinkEnd> {
  return new Promise((resolve) => {
    const replies = new Map<string, PendingReply>();
    let session: LinkSession | undefined;
    let onlineSinceMs: number | undefined;
    let refusal: WireError | undefined;
    let dropReason: string | undefined;
    let ended = false;
    const over = new AbortController();
    let isGreeted = false;
    let lastHeardMs = host.clock.now();
    let stopTimers: () => void = host.clock.after(connectTimeoutMs, () => drop("the relay did not answer in time"));

    const drop = (reason: string) => {
      dropReason ??= reason;
      transport.drop();
    };
    const onAbort = () => {
      dropReason ??= "stopped";
      transport.close();
    };

    const closed = (reason: string) => {
      if (ended) return;
      ended = true;
      over.abort();
      stopTimers();
      signal.removeEventListener("abort", onAbort);
      for (const pending of replies.values()) pending.reject(new BatonError("connection_lost"));
      replies.clear();
      if (session) handlers.offline();
      resolve({
        reason: refusal ? refusal.code : (dropReason ?? reason),
        ...(onlineSinceMs !== undefined && { uptimeMs: host.clock.now() - onlineSinceMs }),
        ...(refusal && { error: refusal }),
      });
    };

    const receive: { [T in ToRunner["type"]]?: (message: Extract<ToRunner, { type: T }>) => void } = {
      challenge: (challenge) => {
        if (isGreeted) return;
        isGreeted = true;
        sayHello(host, target, () => handlers.hello(over.signal), challenge).then(
          (hello) => transport.sendText(JSON.stringify(hello)),
          (error: unknown) => {
            if (error instanceof BatonError) refusal = error.toJSON();
            drop(String(error));
          },
        );
      },
      welcome: (welcome) => {
        if (session) return;
        stopTimers();
        onlineSinceMs = host.clock.now();
        stopTimers = beat(host, transport, () => lastHeardMs, drop);
        session = openSession(host, transport, welcome, replies, drop);
        handlers.state({ state: "online", team: welcome.team, sinceMs: onlineSinceMs });
        handlers.online(session);
      },
      error: ({ error }) => {
        refusal = error;
        transport.close();
      },
      reply: ({ re, error, result }) => {
        const pending = replies.get(re);
        replies.delete(re);
        if (error) pending?.reject(errorFromWire(error));
        else pending?.resolve(result);
      },
    };

    const transport: LinkTransport = host.openLink(linkUrl(target.url), {
      opened: () => {},
      text: (text) => {
        lastHeardMs = host.clock.now();
        const message = readMessage(host, text);
        if (!message) return;
        const handler = receive[message.type] as ((message: ToRunner) => void) | undefined;
        if (handler) handler(message);
        else if (session) handlers.message(message as Parameters<LinkHandlers["message"]>[0]);
      },
      bytes: (bytes) => {
        lastHeardMs = host.clock.now();
        if (session) handlers.frame(bytes);
      },
      alive: () => {
        lastHeardMs = host.clock.now();
      },
      drained: () => {
        if (session) handlers.drained();
      },
      closed,
    });
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
}

interface PendingReply {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** `https://host/base` → `wss://host/base/api/runner-link`. */
export const linkUrl = (relayUrl: string): string => socketUrl(relayUrl, "/api/runner-link");

/** The address of one of a relay's WebSockets. */
export function socketUrl(relayUrl: string, path: string): string {
  const url = new URL(relayUrl);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  url.search = "";
  url.hash = "";
  return url.href;
}

async function sayHello(
  host: RunnerHost,
  target: LinkTarget,
  hello: () => ReturnType<LinkHandlers["hello"]>,
  challenge: Challenge,
): Promise<Extract<ToRelay, { type: "hello" }>> {
  negotiateVersion(challenge.protocol);
  if (challenge.relayId !== target.relayId) throw new BatonError("relay_changed", { relay: target.url });
  const [proof, { report, runs }] = await Promise.all([
    host.sign({
      purpose: "baton-runner-link",
      nonce: challenge.nonce,
      relayId: challenge.relayId,
      runnerId: host.runnerId,
    }),
    hello(),
  ]);
  return {
    type: "hello",
    protocol: ownProtocolRange,
    runnerId: host.runnerId,
    deviceId: target.deviceId,
    proof,
    body: host.describe(),
    report,
    runs,
  };
}

/** A message that cannot be read is logged and left out: a newer relay may say things that this version does not know. */
function readMessage(host: RunnerHost, text: string): ToRunner | undefined {
  try {
    return parseMessage(ToRunner, text) as ToRunner;
  } catch (error) {
    host.log.warn({ error: String(error) }, "a message of the relay was not understood");
    return undefined;
  }
}

function openSession(
  host: RunnerHost,
  transport: LinkTransport,
  welcome: Welcome,
  replies: Map<CommandId, PendingReply>,
  drop: (reason: string) => void,
): LinkSession {
  return {
    welcome,
    send: (message) => transport.sendText(JSON.stringify(message)),
    sendFrame: (bytes) => transport.sendBytes(bytes),
    get bufferedBytes() {
      return transport.bufferedBytes;
    },
    request: (message) =>
      new Promise((resolve, reject) => {
        // Without its reply the state of both sides may differ, and only a fresh welcome brings them together.
        const cancel = host.clock.after(replyTimeoutMs, () => drop(`no reply to ${message.type}`));
        const settle =
          <T>(then: (value: T) => void) =>
          (value: T) => {
            cancel();
            then(value);
          };
        replies.set(message.id, { resolve: settle(resolve), reject: settle(reject) });
        transport.sendText(JSON.stringify(message));
      }),
  };
}

/** Sends heartbeats, and drops the link when nothing was heard for too long or when the machine has slept. */
function beat(
  host: RunnerHost,
  transport: LinkTransport,
  lastHeardMs: () => number,
  drop: (reason: string) => void,
): () => void {
  let lastBeatMs = host.clock.now();
  let cancel: () => void;
  const tick = () => {
    cancel = host.clock.after(heartbeatMs, tick);
    const now = host.clock.now();
    const lateMs = now - lastBeatMs - heartbeatMs;
    lastBeatMs = now;
    if (lateMs > sleepJumpMs) return drop("the machine was asleep");
    if (now - lastHeardMs() > deadPeerMs) return drop("the relay fell silent");
    transport.sendText('{"type":"heartbeat"}');
    transport.ping();
  };
  cancel = host.clock.after(heartbeatMs, tick);
  return () => cancel();
}
