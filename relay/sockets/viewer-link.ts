import type { Logger } from "pino";
import { WebSocket } from "ws";
import type { Member } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { decodeFrame } from "#protocol/frame";
import { type ConnectionId, type DeviceId, type MemberId, newId, type RunId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { type Role, roleAllows, roles } from "#protocol/roles";
import { negotiateVersion } from "#protocol/version";
import {
  inputFrameRole,
  ToRelayFromViewer,
  type ToViewer,
  type ViewerCommand,
  viewerCommands,
} from "#protocol/viewer-link";
import type { SharedCollection } from "#relay/domain/changes";
import type { Domain } from "#relay/domain/domain";
import type { SharedFrame } from "#relay/domain/frame-tail";
import type { LiveRun } from "#relay/domain/live-run";
import type { Watch, WatchSink } from "#relay/domain/watch";
import { type Link, refuseLink } from "#relay/sockets/link-socket";
import type { Liveness } from "#relay/sockets/liveness";
import type { RunnerHub } from "#relay/sockets/runner-hub";
import { StateFeed, type StateSink } from "#relay/sockets/state-feed";
import type { Upgrade } from "#relay/sockets/upgrade";
import { receiveFromViewer, type WatchEntry } from "#relay/sockets/viewer-commands";
import type { ViewerHub } from "#relay/sockets/viewer-hub";
import { jsonFrame, opcodes, webSocketFrame } from "#relay/sockets/websocket-frame";

export interface ViewerLinkDeps {
  readonly domain: Domain;
  readonly hub: ViewerHub;
  readonly runners: RunnerHub;
  readonly liveness: Liveness;
  readonly log: Logger;
  /** Who did what from where; awaited by nobody, failures are logged. */
  audit(link: ViewerLink, action: string, target: string): void;
}

/** One connection of a viewer. Idle ones are many, so it holds little until something is watched. */
export class ViewerLink implements Link, WatchSink, StateSink {
  readonly ws;
  readonly socket;
  readonly address;
  readonly openedAt: number;
  isKnown = false;
  isAlive = true;
  pingSlot = 0;
  member: Member | undefined;
  deviceId: DeviceId | undefined;
  connection: ConnectionId = "";
  /** What is watched, by run. */
  watches: Map<RunId, WatchEntry> | undefined;
  /** Runs that are being opened, some of which may not be watched any more. */
  openingWatches = 0;
  readonly state = new StateFeed(this);
  private readonly hasOrigin: boolean;
  private maxRole: Role | undefined;
  private tokenId: string | undefined;
  private drainWaiters: Set<Watch> | undefined;

  constructor(
    { ws, socket, address, hasOrigin }: Upgrade,
    readonly deps: ViewerLinkDeps,
  ) {
    this.ws = ws;
    this.socket = socket;
    this.address = address;
    this.hasOrigin = hasOrigin;
    this.openedAt = deps.domain.context.clock();
  }

  get isOpen(): boolean {
    return this.ws.readyState === WebSocket.OPEN;
  }

  get memberId(): MemberId | undefined {
    return this.member?.id;
  }

  // ── Up

  message(data: Buffer, isBinary: boolean): void {
    // Until the other side has answered the close, its messages still come; a member who was removed says nothing more.
    if (!this.isOpen) return;
    try {
      if (isBinary) this.input(data);
      else this.command(data);
    } catch (error) {
      if (this.isKnown) this.sendError(error);
      else refuseLink(this, error);
    }
  }

  private command(data: Buffer): void {
    const command = parseMessage(ToRelayFromViewer, data) as ViewerCommand;
    if (!this.isKnown) {
      if (command.type !== "hello") throw new BatonError("message_malformed", { reason: "the first message is hello" });
      this.hello(command);
      return;
    }
    try {
      this.needRole(viewerCommands[command.type].role ?? "viewer");
      receiveFromViewer(this, command);
    } catch (error) {
      this.sendError(error, command);
    }
  }

  private hello({ ticket, protocol }: Extract<ViewerCommand, { type: "hello" }>): void {
    const { domain, hub, liveness } = this.deps;
    const version = negotiateVersion(protocol);
    const holder = domain.tickets.use(ticket);
    if (holder.needsOrigin && !this.hasOrigin) {
      throw new BatonError("origin_refused", { origin: "a program", expected: "a page of this relay" });
    }
    const member = domain.members.find(holder.memberId);
    if (!member) throw new BatonError("not_signed_in");
    this.member = member;
    this.deviceId = holder.deviceId;
    this.tokenId = holder.tokenId;
    this.maxRole = holder.maxRole;
    this.connection = newId("connection");
    liveness.known(this);
    hub.add(this);
    const { error } = domain.context.store.health;
    const welcome = {
      type: "welcome",
      version,
      relayId: domain.context.relayId,
      connection: this.connection,
      member: { ...member, role: this.role },
      now: domain.context.clock(),
      ...(error && { health: new BatonError(error, { reason: "see the relay's log" }).toJSON() }),
    } satisfies Omit<Extract<ToViewer, { type: "welcome" }>, SharedCollection>;
    this.state.begin(welcome, {
      members: domain.members.all(),
      runners: domain.runners.all(),
      previews: domain.previews.all(),
      runs: domain.runs.open(),
      prompts: domain.queue.open(),
    });
  }

  /** What a person types: passed on as it is, by the one connection that holds the input lease. */
  private input(data: Buffer): void {
    if (!this.isKnown) throw new BatonError("message_malformed", { reason: "the first message is hello" });
    const frame = decodeFrame(data);
    if (frame.type !== "input") throw new BatonError("frame_malformed", { reason: "only input goes up" });
    try {
      this.needRole(inputFrameRole);
      const run = this.deps.domain.leases.need(frame.runId, this.connection, frame.leaseEpoch);
      this.deps.runners.get(run.run.runnerId)?.sendFrame(data);
    } catch (error) {
      this.sendError(error, { runId: frame.runId });
    }
  }

  /** The member's role, or less: an API token may do what its scopes say. */
  private get role(): Role {
    const own = this.member?.role ?? "viewer";
    const most = this.maxRole ?? own;
    return roles.indexOf(most) < roles.indexOf(own) ? most : own;
  }

  private needRole(required: Role): void {
    if (!roleAllows(this.role, required)) throw new BatonError("role_required", { required, role: this.role });
  }

  // ── Down

  send(message: ToViewer): void {
    if (this.ws.readyState === WebSocket.OPEN) this.ws.send(JSON.stringify(message));
  }

  writeText(text: string): void {
    this.writeShared(jsonFrame(text));
  }

  giveUp(): void {
    this.ws.terminate();
  }

  /** A WebSocket frame that was prepared for many. Only whole frames are ever written, so they cannot mix. */
  writeShared(frame: Uint8Array): void {
    if (this.ws.readyState === WebSocket.OPEN) this.socket.write(frame);
  }

  get queuedBytes(): number {
    return this.socket.writableLength;
  }

  frame(frame: SharedFrame): void {
    this.writeShared(frame.wrapped(inBinaryFrame));
  }

  stale(runId: RunId): void {
    const entry = this.watches?.get(runId);
    this.watches?.delete(runId);
    if (entry?.watch) this.deps.hub.watchersChanged(entry.watch.run);
    this.send({ type: "run.stale", runId });
  }

  failed(runId: RunId, error: unknown): void {
    this.deps.log.warn({ runId, error: String(error) }, "a log could not be read for a viewer");
    this.sendError(error, { runId });
  }

  whenDrained(watch: Watch): void {
    if (!this.drainWaiters) {
      this.drainWaiters = new Set();
      this.socket.once("drain", () => {
        const waiters = this.drainWaiters;
        this.drainWaiters = undefined;
        for (const waiter of waiters ?? []) waiter.pump();
      });
    }
    this.drainWaiters.add(watch);
  }

  sendError(error: unknown, about: object = {}): void {
    const known = error instanceof BatonError ? error : new BatonError("internal", { requestId: this.connection });
    if (known !== error) this.deps.log.error({ error: String(error) }, "a viewer's message could not be answered");
    this.send({
      type: "error",
      ...("id" in about && { re: String(about.id) }),
      ...("runId" in about && { runId: String(about.runId) }),
      error: known.toJSON(),
    });
  }

  // ── What happens around it

  /** The role has changed, or the member was removed. */
  memberChanged(): void {
    const member = this.member && this.deps.domain.members.find(this.member.id);
    if (member) this.member = member;
    else this.signOut(new BatonError("session_expired"));
  }

  signOut(error: BatonError): void {
    this.send({ type: "signed-out", memberId: this.memberId ?? "", error: error.toJSON() });
    this.ws.close(1000, error.code);
  }

  leaseChanged(run: LiveRun): void {
    if (!this.watches?.has(run.id)) return;
    const { leaseEpoch, holder, connection } = run.lease;
    const yours = connection === this.connection;
    this.send({ type: "lease.changed", runId: run.id, leaseEpoch, ...(holder && { holder }), yours });
  }

  sweep(): void {
    for (const { watch } of this.watches?.values() ?? []) watch?.checkStale();
    const isRevoked =
      this.tokenId !== undefined && !this.deps.domain.context.store.documents.get("tokens", this.tokenId);
    if (isRevoked) this.signOut(new BatonError("session_expired"));
  }

  closed(): void {
    const { domain, hub, liveness } = this.deps;
    liveness.remove(this);
    hub.remove(this);
    if (!this.isKnown) return;
    for (const entry of this.watches?.values() ?? []) {
      entry.isClosed = true;
      if (!entry.watch) continue;
      entry.watch.close();
      hub.watchersChanged(entry.watch.run);
      domain.runs.letGo(entry.watch.run);
    }
    this.watches = undefined;
    domain.leases.releaseAll(this.connection);
  }
}

const inBinaryFrame = (bytes: Uint8Array) => webSocketFrame(opcodes.binary, bytes);
