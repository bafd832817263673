import { dirname } from "node:path";
import type { Disk, DiskFile, OpenFlags } from "#relay/store/embedded/disk";

/** The content of a file: as it is read now, and as the disk certainly has it. */
interface Content {
  live: Buffer;
  synced: Buffer;
}
type Node = Content | "folder";

/** A change of a folder's names that the disk may not have yet. */
type NameChange = (names: Map<string, Node>) => void;

/**
 * A double of the disk, in memory, that can lose its power: then each file has what was last synced, or any mixture
 * of that and what was written since, and each folder has some of the changes to its names that were not synced, in
 * their order. It gives no more than POSIX promises, which is less than what most file systems do.
 */
export class PowerCutDisk implements Disk {
  /** Calls are counted down to the power cut; every call after it fails. */
  callsLeft = Number.POSITIVE_INFINITY;
  #live = new Map<string, Node>([["/", "folder"]]);
  #synced = new Map(this.#live);
  readonly #unsynced = new Map<string, NameChange[]>();

  /** Puts the power back. @param random a number from 0 up to 1, for every choice that the disk has */
  reboot(random: () => number): void {
    for (const changes of this.#unsynced.values()) {
      for (const change of changes.slice(0, Math.floor(random() * (changes.length + 1)))) change(this.#synced);
    }
    this.#unsynced.clear();
    for (const path of [...this.#synced.keys()].sort()) {
      if (path !== "/" && !this.#synced.has(dirname(path))) this.#synced.delete(path);
    }
    for (const node of new Set(this.#synced.values())) if (node !== "folder") settle(node, random);
    this.#live = new Map(this.#synced);
    this.callsLeft = Number.POSITIVE_INFINITY;
  }

  async open(path: string, flags: OpenFlags): Promise<DiskFile> {
    this.#call();
    let node = this.#live.get(path);
    if (node !== undefined && flags === "wx") throw failure("EEXIST", path);
    if (node === undefined && (flags === "w+" || flags === "wx")) {
      node = { live: Buffer.alloc(0), synced: Buffer.alloc(0) };
      this.#set(path, node);
    }
    if (node === undefined || node === "folder") throw failure("ENOENT", path);
    if (flags === "w+") node.live = Buffer.alloc(0);
    return this.#file(node);
  }

  async readFile(path: string): Promise<Uint8Array> {
    this.#call();
    return Buffer.from(this.#content(path).live);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#call();
    const node = this.#content(from);
    this.#change(dirname(from), (names) => {
      names.delete(from);
      names.set(to, node);
    });
  }

  async unlink(path: string): Promise<void> {
    this.#call();
    this.#content(path);
    this.#change(dirname(path), (names) => names.delete(path));
  }

  async makeFolder(path: string): Promise<boolean> {
    this.#call();
    if (this.#live.has(path)) return false;
    if (!this.#live.has(dirname(path))) throw failure("ENOENT", path);
    this.#set(path, "folder");
    return true;
  }

  async removeFolder(path: string): Promise<void> {
    if ((await this.list(path)).length > 0) throw failure("ENOTEMPTY", path);
    this.#change(dirname(path), (names) => names.delete(path));
  }

  async list(folder: string): Promise<string[]> {
    this.#call();
    if (!this.#live.has(folder)) throw failure("ENOENT", folder);
    const inside = [...this.#live.keys()].filter((path) => path !== "/" && dirname(path) === folder);
    return inside.map((path) => path.slice(folder.length + 1));
  }

  async stat(path: string): Promise<{ bytes: number; changedAt: number }> {
    this.#call();
    return { bytes: this.#content(path).live.length, changedAt: 0 };
  }

  async touch(path: string): Promise<void> {
    this.#call();
    this.#content(path);
  }

  async syncFolder(folder: string): Promise<void> {
    this.#call();
    for (const change of this.#unsynced.get(folder) ?? []) change(this.#synced);
    this.#unsynced.delete(folder);
  }

  #file(node: Content): DiskFile {
    return {
      write: async (buffers, position) => {
        const bytes = Buffer.concat(buffers);
        const isCut = this.callsLeft <= 0;
        // The power may go in the middle of a write.
        const written = isCut ? bytes.subarray(0, bytes.length >> 1) : bytes;
        const grown = Buffer.alloc(Math.max(node.live.length, position + written.length));
        node.live.copy(grown);
        written.copy(grown, position);
        if (this.callsLeft >= 0) node.live = grown;
        this.#call();
      },
      read: async (into, position) => {
        this.#call();
        return node.live.subarray(position).copy(into);
      },
      truncate: async (bytes) => {
        this.#call();
        node.live = Buffer.concat([node.live], bytes);
      },
      sync: async () => {
        this.#call();
        node.synced = Buffer.from(node.live);
      },
      close: async () => this.#call(),
    };
  }

  #call(): void {
    if (this.callsLeft-- <= 0) throw failure("EIO", "the power is gone");
  }

  #content(path: string): Content {
    const node = this.#live.get(path);
    if (node === undefined || node === "folder") throw failure("ENOENT", path);
    return node;
  }

  #set(path: string, node: Node): void {
    this.#change(dirname(path), (names) => names.set(path, node));
  }

  #change(folder: string, change: NameChange): void {
    change(this.#live);
    const changes = this.#unsynced.get(folder);
    if (changes) changes.push(change);
    else this.#unsynced.set(folder, [change]);
  }
}

const pageBytes = 64;

function settle(content: Content, random: () => number): void {
  const { live, synced } = content;
  const shorter = Math.min(live.length, synced.length);
  const length = shorter + Math.floor(random() * (Math.max(live.length, synced.length) - shorter + 1));
  const mixed = Buffer.alloc(length);
  for (let at = 0; at < length; at += pageBytes) {
    const source = random() < 0.5 ? live : synced;
    source.subarray(at, Math.min(at + pageBytes, length)).copy(mixed, at);
  }
  content.live = mixed;
  content.synced = Buffer.from(mixed);
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: made by the test, ${path}`), { code });
}
