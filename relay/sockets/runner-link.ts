import type { Logger } from "pino";
import { WebSocket } from "ws";
import type { PreviewHosts } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { decodeFrame } from "#protocol/frame";
import type { RunId, RunnerId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { ToRelay, type ToRunner } from "#protocol/runner-link";
import { ownProtocolRange } from "#protocol/version";
import { maxPendingAppendBytes, maxRunnerQueueBytes, resendAgainMs, storageRetryMs } from "#relay/caps";
import type { Domain } from "#relay/domain/domain";
import { newSecret } from "#relay/domain/secrets";
import type { TunnelHub } from "#relay/previews/tunnel-hub";
import type { Link } from "#relay/sockets/link-socket";
import { refuseLink } from "#relay/sockets/link-socket";
import type { Liveness } from "#relay/sockets/liveness";
import { createPendingReplies } from "#relay/sockets/pending-replies";
import type { RunnerConnection, RunnerHub } from "#relay/sockets/runner-hub";
import { receiveFromRunner, welcomeRunner } from "#relay/sockets/runner-messages";
import type { Upgrade } from "#relay/sockets/upgrade";

export interface RunnerLinkDeps {
  readonly domain: Domain;
  readonly hub: RunnerHub;
  readonly tunnels: TunnelHub;
  readonly liveness: Liveness;
  readonly log: Logger;
  readonly team: string;
  /** Which host names this relay has for previews. */
  readonly previewHosts: PreviewHosts;
}

/**
 * One connection of a runner. Messages are taken strictly one after the other: one that has to wait for the store
 * (`hello`, `run.begin`) holds back what comes behind it, and the socket is not read meanwhile.
 */
export class RunnerLink implements Link, RunnerConnection {
  readonly ws;
  readonly socket;
  readonly address;
  readonly openedAt: number;
  readonly nonce = newSecret();
  isKnown = false;
  isAlive = true;
  pingSlot = 0;
  runnerId: RunnerId | undefined;
  private readonly replies = createPendingReplies();
  private readonly acks = new Map<RunId, number>();
  /** The hole that each run's runner was asked to fill. */
  private readonly asked = new Map<RunId, { readonly fromSeq: number; readonly at: number }>();
  private readonly waiting: { readonly data: Buffer; readonly isBinary: boolean }[] = [];
  private isBusy = false;
  private isClosed = false;
  private pendingBytes = 0;

  constructor(
    { ws, socket, address }: Upgrade,
    readonly deps: RunnerLinkDeps,
  ) {
    this.ws = ws;
    this.socket = socket;
    this.address = address;
    const { relayId, clock } = deps.domain.context;
    this.openedAt = clock();
    this.send({ type: "challenge", nonce: this.nonce, relayId, protocol: ownProtocolRange });
  }

  // ── Down

  send(message: ToRunner): void {
    this.write(JSON.stringify(message));
  }

  sendFrame(bytes: Uint8Array): void {
    this.write(bytes);
  }

  request(message: Extract<ToRunner, { readonly id: string }>, timeoutMs: number): Promise<unknown> {
    this.send(message);
    return this.replies.wait(message.id, message.type, timeoutMs);
  }

  resend(runId: RunId, fromSeq: number): void {
    // An acknowledgement of this turn may be of records that are to come once more.
    this.acks.delete(runId);
    if (fromSeq > 1) this.ack(runId, fromSeq - 1);
    this.send({ type: "run.resend", runId, fromSeq });
  }

  fail(error: BatonError): void {
    this.leave();
    refuseLink(this, error);
  }

  private write(data: string | Uint8Array): void {
    if (this.ws.readyState !== WebSocket.OPEN) return;
    if (this.ws.bufferedAmount > maxRunnerQueueBytes) this.ws.terminate();
    else this.ws.send(data);
  }

  /** Acknowledgements of one turn go out together. */
  private ack(runId: RunId, seq: number): void {
    if (this.acks.size === 0) {
      setImmediate(() => {
        const acks = [...this.acks].map(([id, durableSeq]) => ({ runId: id, seq: durableSeq }));
        this.acks.clear();
        if (acks.length > 0) this.send({ type: "run.ack", acks });
      });
    }
    this.acks.set(runId, Math.max(seq, this.acks.get(runId) ?? 0));
  }

  // ── Up

  message(data: Buffer, isBinary: boolean): void {
    if (this.isClosed) return;
    if (this.isBusy) this.waiting.push({ data, isBinary });
    else this.take(data, isBinary);
  }

  private take(data: Buffer, isBinary: boolean): void {
    try {
      const wait = isBinary ? this.frame(data) : this.control(data);
      if (wait) this.hold(wait);
    } catch (error) {
      this.refuse(error);
    }
  }

  /** Nothing else is taken until `wait` is over. */
  private hold(wait: Promise<void>): void {
    this.isBusy = true;
    this.ws.pause();
    wait
      .catch((error: unknown) => this.refuse(error))
      .finally(() => {
        this.isBusy = false;
        while (!this.isBusy && !this.isClosed) {
          const next = this.waiting.shift();
          if (!next) break;
          this.take(next.data, next.isBinary);
        }
        this.readOn();
      });
  }

  private readOn(): void {
    if (!this.isBusy && this.pendingBytes <= maxPendingAppendBytes / 2) this.ws.resume();
  }

  private control(data: Buffer): Promise<void> | undefined {
    const message = parseMessage(ToRelay, data) as ToRelay;
    if (message.type === "reply") {
      this.replies.settle(message.re, message);
      return undefined;
    }
    if (!this.runnerId) {
      if (message.type !== "hello") throw new BatonError("message_malformed", { reason: "the first message is hello" });
      return welcomeRunner(this, message);
    }
    this.deps.domain.runners.heard(this.runnerId, message.type === "heartbeat" ? message.report : undefined);
    return receiveFromRunner(this, this.runnerId, message);
  }

  private frame(data: Buffer): Promise<void> | undefined {
    if (!this.runnerId) throw new BatonError("message_malformed", { reason: "the first message is hello" });
    const { domain, log } = this.deps;
    domain.runners.heard(this.runnerId);
    const frame = decodeFrame(data);
    if (frame.type === "snapshot") domain.runs.snapshot(this.runnerId, data, frame);
    if (frame.type !== "records") return undefined;
    const intake = domain.runs.take(this.runnerId, data, frame);
    if (!intake) return this.openAndTake(this.runnerId, frame.runId, data);
    if (intake.is === "hole") this.askOnce(frame.runId, intake.fromSeq);
    if (intake.is === "known") this.ackKnown(frame.runId);
    if (intake.is !== "taken") return undefined;
    const { length } = data;
    this.pendingBytes += length;
    if (this.pendingBytes > maxPendingAppendBytes) this.ws.pause();
    const settled = () => {
      this.pendingBytes -= length;
      this.readOn();
    };
    intake.durable.then(
      () => {
        this.ack(frame.runId, intake.lastSeq);
        settled();
      },
      (error: unknown) => {
        log.warn({ runId: frame.runId, error: String(error) }, "output could not be stored; the runner keeps it");
        settled();
      },
    );
    return undefined;
  }

  private askOnce(runId: RunId, fromSeq: number): void {
    const now = this.deps.domain.context.clock();
    const before = this.asked.get(runId);
    if (before?.fromSeq === fromSeq && now - before.at < resendAgainMs) return;
    this.asked.set(runId, { fromSeq, at: now });
    this.send({ type: "run.resend", runId, fromSeq });
  }

  /** What came twice may be durable without the runner knowing. */
  private ackKnown(runId: RunId): void {
    const durableSeq = this.deps.domain.runs.live(runId)?.durableSeq ?? 0;
    if (durableSeq > 0) this.ack(runId, durableSeq);
  }

  /** Records of a run whose log is closed: it had ended here, and the runner still has some of it. */
  private async openAndTake(runnerId: RunnerId, runId: RunId, data: Buffer): Promise<void> {
    const { runs } = this.deps.domain;
    const known = await runs.get(runId);
    if (known?.runnerId !== runnerId) {
      this.deps.log.warn({ runId, runnerId }, "records of a run that was not announced were left out");
      return;
    }
    await runs.openLog(runId);
    const wait = this.frame(data);
    if (wait) await wait;
  }

  private refuse(error: unknown): void {
    this.deps.log.warn(
      { runnerId: this.runnerId, address: this.address, error: String(error) },
      "a runner's link was refused",
    );
    this.leave();
    refuseLink(this, error);
  }

  /**
   * Tries until the store takes it: without it nothing behind it makes sense, and the runner keeps everything.
   */
  async persist(work: () => Promise<void>): Promise<void> {
    while (!this.isClosed) {
      try {
        return await work();
      } catch (error) {
        const isStorage = error instanceof BatonError && error.code.startsWith("storage_");
        if (!isStorage) throw error;
        await new Promise((resolve) => setTimeout(resolve, storageRetryMs));
      }
    }
  }

  closed(): void {
    this.deps.liveness.remove(this);
    this.leave();
  }

  /** From here on it counts as gone, even while the socket is still closing. */
  private leave(): void {
    this.isClosed = true;
    this.waiting.length = 0;
    this.replies.rejectAll(new BatonError("connection_lost"));
    if (!this.runnerId || !this.deps.hub.remove(this.runnerId, this)) return;
    this.deps.tunnels.close(this.runnerId);
    this.deps.domain.runners.disconnected(this.runnerId);
    this.deps.domain.dispatch.disconnected(this.runnerId);
    this.deps.log.info({ runnerId: this.runnerId }, "a runner has disconnected");
  }
}
