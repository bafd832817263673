import { dirname } from "node:path";
import { type Disk, type DiskFile, unlessMissing } from "#relay/store/embedded/disk";

export interface AppendFileOptions {
  readonly disk: Disk;
  readonly path: string;
  /** The first bytes of a file that is made here. */
  readonly header?: Uint8Array;
  /** What is durable of a file that is there; absent for one that will be made by the first append. */
  readonly durableBytes?: number;
  /** Looks at a file after a failed write, when it has been cut back to what is durable. */
  readonly verify?: (durableBytes: number) => Promise<void>;
}

/**
 * A file that only grows, and whose content is what `append` has confirmed, also after a write or a sync failed. The
 * kernel may drop what it could not sync and then report success, so after a failure the file is opened anew, cut back
 * to its durable length and synced before anything is added.
 */
export class AppendFile {
  readonly path: string;
  readonly #options: AppendFileOptions;
  #durableBytes: number;
  #isMade: boolean;
  #handle: DiskFile | undefined;
  #isSuspect = false;

  constructor(options: AppendFileOptions) {
    this.#options = options;
    this.path = options.path;
    this.#durableBytes = options.durableBytes ?? 0;
    this.#isMade = options.durableBytes !== undefined;
  }

  get durableBytes(): number {
    return this.#durableBytes;
  }

  get isOpen(): boolean {
    return this.#handle !== undefined;
  }

  /**
   * Adds bytes and syncs them. One call at a time.
   * @returns where they begin
   * @throws the error of the disk; the file ends where it ended before
   */
  async append(buffers: readonly Uint8Array[]): Promise<number> {
    const { disk, header } = this.#options;
    const all = this.#isMade || !header ? buffers : [header, ...buffers];
    const length = all.reduce((sum, buffer) => sum + buffer.length, 0);
    try {
      const file = await this.#ready();
      await file.write(all, this.#durableBytes);
      await file.sync();
      if (!this.#isMade) await disk.syncFolder(dirname(this.path));
    } catch (error) {
      this.#isSuspect = true;
      await this.#abandon();
      throw error;
    }
    const start = this.#durableBytes + (all === buffers ? 0 : (header?.length ?? 0));
    this.#durableBytes += length;
    this.#isMade = true;
    return start;
  }

  /** Removes a file whose first append failed, so that it can never be taken for a log. */
  async removeUnmade(): Promise<void> {
    if (this.#isMade) return;
    await this.close();
    await unlessMissing(this.#options.disk.unlink(this.path));
  }

  /** Lets go of the file; the next append opens it again. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #ready(): Promise<DiskFile> {
    const { disk, path, verify } = this.#options;
    if (this.#handle && !this.#isSuspect) return this.#handle;
    this.#handle = await disk.open(path, this.#isMade ? "r+" : "w+");
    if (this.#isMade && this.#isSuspect) {
      await this.#handle.truncate(this.#durableBytes);
      await this.#handle.sync();
      await verify?.(this.#durableBytes);
    }
    this.#isSuspect = false;
    return this.#handle;
  }

  /** Gives back the room of what could not be kept, as far as the disk lets us now; `#ready` does it for certain. */
  async #abandon(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (this.#isMade) await Promise.allSettled([handle?.truncate(this.#durableBytes)]);
    await Promise.allSettled([handle?.close()]);
    if (!this.#isMade) await Promise.allSettled([unlessMissing(this.#options.disk.unlink(this.path))]);
  }
}
