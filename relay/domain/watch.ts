import { staleViewerBytes, staleViewerMs } from "#protocol/caps";
import type { RunId } from "#protocol/ids";
import { maxViewerOutputQueueBytes, maxWatchCreditBytes, replayFrameBytes } from "#relay/caps";
import { cutIntoFrames, type SharedFrame } from "#relay/domain/frame-tail";
import type { LiveRun } from "#relay/domain/live-run";
import type { RunLogs } from "#relay/store/store";

/** Where a watch sends what it shows: a viewer's socket. */
export interface WatchSink {
  /** Bytes that wait in the socket. */
  readonly queuedBytes: number;
  frame(frame: SharedFrame): void;
  stale(runId: RunId): void;
  /** Calls `watch.pump()` once, when the socket has taken everything. */
  whenDrained(watch: Watch): void;
  failed(runId: RunId, error: unknown): void;
}

/**
 * One viewer reading one log. It holds no queue: what the viewer has no credit for stays in the run's tail and log,
 * and is read from there when the viewer is ready. So a slow viewer costs no memory and slows nobody down.
 */
export class Watch {
  private live = false;
  /** It had everything once; from then on it may not fall far behind. */
  private wasLive = false;
  private reading = false;
  private closed = false;

  /**
   * @param nextSeq the first record that the viewer has not got
   * @param creditBytes bytes of output that may be sent before the viewer grants more
   */
  constructor(
    readonly run: LiveRun,
    private readonly logs: RunLogs,
    private readonly sink: WatchSink,
    private nextSeq: number,
    private creditBytes: number,
  ) {}

  /** The viewer has consumed this much. */
  grant(bytes: number): void {
    this.creditBytes = Math.min(maxWatchCreditBytes, this.creditBytes + bytes);
    if (!this.live) this.pump();
  }

  /** A new frame of the run; the fast path of everything that is shown. */
  offer(frame: SharedFrame): void {
    if (this.live && this.nextSeq === frame.fromSeq && this.canSend()) this.send(frame);
    else if (this.nextSeq <= frame.lastSeq) {
      this.live = false;
      this.pump();
      this.checkStale();
    }
  }

  /** Sends what is held and wanted, as far as the credit goes. */
  pump(): void {
    if (this.reading || this.closed) return;
    while (this.nextSeq <= this.run.receivedSeq) {
      if (!this.canSend()) {
        this.waitForRoom();
        return;
      }
      const frame = this.run.tail.at(this.run.id, this.nextSeq);
      if (!frame) {
        this.live = false;
        this.reading = true;
        this.readLog().catch((error: unknown) => this.sink.failed(this.run.id, error));
        return;
      }
      this.send(frame);
    }
    this.live = true;
    this.wasLive = true;
  }

  /** Gives up on a viewer that is too far behind: it asks for a snapshot when it wants to see the run again. */
  checkStale(): void {
    if (this.live || !this.wasLive || this.closed) return;
    const behind = this.run.behind(this.nextSeq - 1);
    if (behind && behind.bytes < staleViewerBytes && behind.ms < staleViewerMs) return;
    this.close();
    this.sink.stale(this.run.id);
  }

  close(): void {
    this.closed = true;
    this.run.watches.delete(this);
  }

  private canSend(): boolean {
    return this.creditBytes > 0 && this.sink.queuedBytes < maxViewerOutputQueueBytes && !this.closed;
  }

  private waitForRoom(): void {
    this.live = false;
    if (this.creditBytes > 0 && !this.closed) this.sink.whenDrained(this);
  }

  private send(frame: SharedFrame): void {
    this.nextSeq = frame.lastSeq + 1;
    this.creditBytes -= frame.outputBytes;
    this.sink.frame(frame);
  }

  /** Reads on in the stored log, until the credit is used up or the tail goes on from there. */
  private async readLog(): Promise<void> {
    const fromSeq = this.nextSeq;
    let hasRoom = true;
    try {
      for await (const chunk of this.logs.read(this.run.id, fromSeq)) {
        for (const frame of cutIntoFrames(this.run.id, chunk, this.nextSeq, replayFrameBytes)) {
          hasRoom = this.canSend();
          if (!hasRoom) break;
          this.send(frame);
        }
        if (!hasRoom || this.run.tail.at(this.run.id, this.nextSeq)) break;
      }
    } finally {
      this.reading = false;
    }
    // Closing the file took a moment, in which there may have come room. Without progress and with room the rest is not
    // stored yet; the next frame of the run wakes this watch.
    if (!hasRoom || this.nextSeq > fromSeq) this.pump();
  }
}
