import type { Duplex } from "node:stream";
import { maxLaterDocuments, maxViewerOutputQueueBytes } from "#relay/caps";
import { type ChangeSet, sharedCollections } from "#relay/domain/changes";
import { type DocumentPage, pageMessage, WaitingDocuments } from "#relay/sockets/document-pages";

/** What a viewer's state is written to. */
export interface StateSink {
  readonly socket: Duplex;
  readonly isOpen: boolean;
  isAlive: boolean;
  /** What is written, and not taken by the network yet. */
  readonly queuedBytes: number;
  writeText(text: string): void;
  writeShared(frame: Uint8Array): void;
  /** It falls behind further and further: it is cut, and begins anew when it comes back. */
  giveUp(): void;
}

/**
 * The documents on their way to one viewer: its first state, page by page, and every change behind it. A page goes out
 * when the network has taken what is there, so a slow viewer costs a page in its socket, and not everything.
 * What changes meanwhile goes before what only waits.
 */
export class StateFeed {
  private waiting: WaitingDocuments | undefined;
  private isComplete = false;
  private isPlanned = false;
  private mostWaiting = maxLaterDocuments;

  constructor(private readonly sink: StateSink) {}

  /** Sends the first page of the state as part of `welcome`, and the rest of it as `changed` from then on. */
  begin(welcome: object, state: ChangeSet): void {
    const waiting = new WaitingDocuments();
    waiting.addState(state);
    const page = waiting.takePage();
    this.isComplete = waiting.size === 0;
    const empty = sharedCollections.flatMap((collection) => (page.texts.has(collection) ? [] : [[collection, []]]));
    const message = { ...welcome, ...(!this.isComplete && { more: true }), ...Object.fromEntries(empty) };
    this.sink.writeText(pageMessage(message, page));
    if (this.isComplete) return;
    this.waiting = waiting;
    this.mostWaiting += waiting.size;
    this.planNext();
  }

  /** @param frame the same documents, ready to be written to everybody who is not behind */
  changed({ documents }: DocumentPage, frame: Uint8Array): void {
    if (!this.waiting && this.sink.queuedBytes < maxViewerOutputQueueBytes) {
      this.sink.writeShared(frame);
      return;
    }
    this.waiting ??= new WaitingDocuments();
    this.waiting.addNews(documents);
    if (this.waiting.size > this.mostWaiting) this.sink.giveUp();
    else this.planNext();
  }

  /** One page a turn, so that what others type does not wait for all of them. */
  private planNext(): void {
    if (this.isPlanned) return;
    this.isPlanned = true;
    const next = () => {
      this.isPlanned = false;
      this.sendNext();
    };
    if (this.sink.queuedBytes < maxViewerOutputQueueBytes) setImmediate(next);
    else
      this.sink.socket.once("drain", () => {
        // A ping may wait behind a whole page; that the network takes one is a sign of life too.
        this.sink.isAlive = true;
        next();
      });
  }

  private sendNext(): void {
    const { waiting } = this;
    if (!waiting || !this.sink.isOpen) return;
    if (this.sink.queuedBytes < maxViewerOutputQueueBytes) {
      const page = waiting.takePage();
      if (waiting.size === 0) this.waiting = undefined;
      const completes = !this.waiting && !this.isComplete;
      this.isComplete ||= completes;
      this.sink.writeText(pageMessage({ type: "changed", ...(completes && { complete: true }) }, page));
    }
    if (this.waiting) this.planNext();
  }
}
