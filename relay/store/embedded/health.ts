import { join } from "node:path";
import type { BatonError } from "#protocol/errors";
import { healthProbeBytes } from "#relay/store/caps";
import { type Disk, unlessMissing } from "#relay/store/embedded/disk";
import type { StoreLogger } from "#relay/store/embedded/logger";
import { storageError } from "#relay/store/embedded/storage-error";
import type { StoreHealth } from "#relay/store/store";

/**
 * Whether the disk takes writes. While it does not, it is tried again with a file of its own: those who wait for room
 * learn of it from here, and not from the next person whose change fails.
 */
export class DiskHealth implements StoreHealth {
  error: StoreHealth["error"];
  readonly #listeners = new Set<() => void>();
  readonly #disk: Disk;
  readonly #logger: StoreLogger;
  readonly #probePath: string;
  #timer: NodeJS.Timeout | undefined;
  readonly #probeMs: number;
  #closed = false;

  constructor(disk: Disk, dataFolder: string, logger: StoreLogger, probeMs: number) {
    this.#probeMs = probeMs;
    this.#disk = disk;
    this.#logger = logger;
    this.#probePath = join(dataFolder, "probe.tmp");
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Notes a failed write, and makes the error that its caller gets. */
  failed(cause: unknown): BatonError {
    const error = storageError(cause);
    if (error.code === "storage_full" || error.code === "storage_failed") this.#set(error.code, error);
    return error;
  }

  succeeded(): void {
    if (this.error) this.#set(undefined);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #set(code: StoreHealth["error"], error?: BatonError): void {
    if (code && !this.#timer) this.#probeLater();
    if (code === this.error) return;
    this.error = code;
    if (code) this.#logger.error({ code, err: error?.cause }, "the disk refuses writes; nothing acknowledged is lost");
    else this.#logger.info({}, "the disk takes writes again");
    for (const listener of [...this.#listeners]) listener();
  }

  #probeLater(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#probe();
    }, this.#probeMs);
    this.#timer.unref();
  }

  async #probe(): Promise<void> {
    if (!this.error || this.#closed) return;
    try {
      const file = await this.#disk.open(this.#probePath, "w+");
      try {
        await file.write([new Uint8Array(healthProbeBytes)], 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#disk.unlink(this.#probePath);
      if (!this.#closed) this.succeeded();
    } catch (error) {
      this.failed(error);
      await unlessMissing(this.#disk.unlink(this.#probePath)).catch((cause) => this.failed(cause));
    }
  }
}
