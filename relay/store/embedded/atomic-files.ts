import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { type Disk, unlessMissing } from "#relay/store/embedded/disk";

/**
 * Replaces files of one folder, all of them or none, whenever the process or the machine stops: each content is
 * written to a temporary file and synced (`stage`), then renamed over the old one (`publish`). Where more than one
 * file changes, a list of the renames is made durable first; a start that finds the list finishes it.
 * Temporary names are never used twice, so a list that comes back after a power cut cannot name the wrong file.
 */
export class AtomicFiles {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #staged = new Map<string, string>();
  readonly #onTrouble: (error: unknown) => void;
  /** Renames of a list that is durable, and so is what they stand for; they come before anything else. */
  #unfinished: Rename[] = [];
  /** Names that must be gone before anything is published: an old list would bring old contents back. */
  #leftovers: string[] = [];

  /** @param onTrouble told of a failure that loses nothing and is tried again */
  constructor(disk: Disk, folder: string, onTrouble: (error: unknown) => void) {
    this.#disk = disk;
    this.#folder = folder;
    this.#onTrouble = onTrouble;
  }

  /**
   * Finishes what the last process had begun, removes what it had not, and makes durable what may be known to the
   * kernel only. Call it once, before any read.
   */
  async recover(): Promise<void> {
    const list = await unlessMissing(this.#disk.readFile(this.#path(listName)));
    const names = new Set(await this.#disk.list(this.#folder));
    if (list) {
      const renames = RenameList.parse(JSON.parse(Buffer.from(list).toString("utf8"))).renames;
      await this.#finish(renames.filter((rename) => names.has(rename.from)));
    }
    for (const name of await this.#disk.list(this.#folder)) {
      if (name.endsWith(temporarySuffix)) await this.#disk.unlink(this.#path(name));
    }
    await this.#disk.syncFolder(this.#folder);
  }

  /** Writes and syncs what `publish` will put in place of `name`. */
  async stage(name: string, chunks: AsyncIterable<string> | Iterable<string>): Promise<void> {
    const temporary = `${name}.${randomBytes(8).toString("hex")}${temporarySuffix}`;
    try {
      await this.#write(temporary, chunks);
    } catch (error) {
      this.#leftovers.push(temporary);
      throw error;
    }
    const replaced = this.#staged.get(name);
    if (replaced) this.#leftovers.push(replaced);
    this.#staged.set(name, temporary);
  }

  /** Puts everything that is staged in place. When it throws, what is on the disk is the old or the new. */
  async publish(): Promise<void> {
    await this.#finish(this.#unfinished);
    await this.#removeLeftovers();
    const renames = [...this.#staged].map(([to, from]) => ({ from, to }));
    if (renames.length > 1) {
      const text = JSON.stringify({ format: listFormat, v: 1, renames });
      await this.stage(listName, [text]);
      await this.#disk.rename(this.#path(this.#staged.get(listName) ?? ""), this.#path(listName));
      await this.#disk.syncFolder(this.#folder);
      this.#unfinished = renames;
      this.#staged.clear();
      // The list is durable, so these changes have happened, even when finishing must wait for a better disk.
      await this.#finish(renames).catch(this.#onTrouble);
      return;
    }
    for (const { from, to } of renames) await this.#disk.rename(this.#path(from), this.#path(to));
    if (renames.length > 0) await this.#disk.syncFolder(this.#folder);
    this.#staged.clear();
  }

  /** Removes what was staged and not published; what cannot be removed now is removed before the next publishing. */
  async discard(): Promise<void> {
    const names = [...this.#staged.values()];
    if (this.#staged.has(listName)) names.unshift(listName);
    this.#staged.clear();
    this.#leftovers.push(...names);
    await this.#removeLeftovers().catch(this.#onTrouble);
  }

  async #removeLeftovers(): Promise<void> {
    for (let name = this.#leftovers[0]; name !== undefined; name = this.#leftovers[0]) {
      await unlessMissing(this.#disk.unlink(this.#path(name)));
      this.#leftovers.shift();
    }
  }

  async #finish(renames: readonly Rename[]): Promise<void> {
    for (const { from, to } of renames) await unlessMissing(this.#disk.rename(this.#path(from), this.#path(to)));
    if (renames.length > 0) await this.#disk.syncFolder(this.#folder);
    this.#unfinished = [];
    if (renames.length > 0) await unlessMissing(this.#disk.unlink(this.#path(listName)));
  }

  async #write(name: string, chunks: AsyncIterable<string> | Iterable<string>): Promise<void> {
    const file = await this.#disk.open(this.#path(name), "w+");
    try {
      let position = 0;
      for await (const chunk of chunks) {
        const bytes = Buffer.from(chunk, "utf8");
        await file.write([bytes], position);
        position += bytes.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

interface Rename {
  readonly from: string;
  readonly to: string;
}

const temporarySuffix = ".tmp";
const listName = "commit.json";
const listFormat = "baton-commit";
const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
const RenameList = z.looseObject({
  format: z.literal(listFormat),
  v: z.literal(1),
  renames: z.array(z.object({ from: plainName, to: plainName })),
});
