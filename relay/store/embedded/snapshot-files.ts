import { dirname, join } from "node:path";
import { crc32c } from "#protocol/crc32c";
import { BatonError } from "#protocol/errors";
import { decodeFrame } from "#protocol/frame";
import type { RunId } from "#protocol/ids";
import { unlessMissing } from "#relay/store/embedded/disk";
import { Serial } from "#relay/store/embedded/serial";
import type { StoreContext } from "#relay/store/embedded/store-context";

/**
 * The newest picture of each terminal, in a file beside its log: magic, CRC-32C, frame. It is derived, so it is not
 * synced, and one that a power cut has damaged is as good as none.
 */
export class SnapshotFiles {
  readonly #context: StoreContext;
  readonly #folderOf: (runId: RunId) => string;
  /** Runs whose snapshot is being written, with the one that waits for it; a newer one takes its place. */
  readonly #writing = new Map<RunId, { readonly serial: Serial; newest: Uint8Array }>();

  constructor(context: StoreContext, folderOf: (runId: RunId) => string) {
    this.#context = context;
    this.#folderOf = folderOf;
  }

  /** @throws BatonError `storage_full`, `storage_failed` */
  async put(runId: RunId, frame: Uint8Array): Promise<void> {
    const writing = this.#writing.get(runId) ?? { serial: new Serial(), newest: frame };
    writing.newest = frame;
    this.#writing.set(runId, writing);
    await writing.serial.run(async () => {
      if (writing.newest !== frame) return;
      try {
        await this.#write(runId, frame);
      } catch (cause) {
        throw this.#context.health.failed(cause);
      } finally {
        if (writing.newest === frame) this.#writing.delete(runId);
      }
    });
  }

  async get(runId: RunId): Promise<Uint8Array | undefined> {
    const waiting = this.#writing.get(runId);
    if (waiting) return waiting.newest;
    const bytes = await unlessMissing(this.#context.disk.readFile(join(this.#folderOf(runId), snapshotName)));
    if (!bytes) return undefined;
    const frame = bytes.subarray(headerBytes);
    const isWhole =
      bytes.length > headerBytes &&
      magic.equals(bytes.subarray(0, magic.length)) &&
      new DataView(bytes.buffer, bytes.byteOffset).getUint32(magic.length) === crc32c(frame);
    if (isWhole && isSnapshotOf(runId, frame)) return frame;
    this.#context.logger.warn({ runId }, "a snapshot is damaged and not used");
    return undefined;
  }

  async #write(runId: RunId, frame: Uint8Array): Promise<void> {
    const { disk } = this.#context;
    const folder = this.#folderOf(runId);
    await disk.makeFolder(dirname(folder));
    await disk.makeFolder(folder);
    const header = Buffer.alloc(headerBytes);
    magic.copy(header);
    header.writeUInt32BE(crc32c(frame), magic.length);
    const temporary = join(folder, `${snapshotName}.tmp`);
    const file = await disk.open(temporary, "w+");
    try {
      await file.write([header, frame], 0);
    } finally {
      await file.close();
    }
    await disk.rename(temporary, join(folder, snapshotName));
  }
}

const snapshotName = "snapshot";
const magic = Buffer.from("BATONSNP", "latin1");
const headerBytes = magic.length + 4;

function isSnapshotOf(runId: RunId, bytes: Uint8Array): boolean {
  try {
    const frame = decodeFrame(bytes);
    return frame.type === "snapshot" && frame.runId === runId;
  } catch (error) {
    if (error instanceof BatonError) return false;
    throw error;
  }
}
