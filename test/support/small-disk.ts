import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import type { Context } from "mocha";
import { skipBecause } from "#test/support/skip";
import { type TempFolder, tempFolder } from "#test/support/temp";

/** A disk of a few megabytes of its own, so that it can be full. */
export interface SmallDisk extends TempFolder {
  /** Takes up what is free, but for so many bytes. */
  readonly fill: (leftBytes?: number) => void;
  /** Makes room again. */
  readonly free: () => void;
}

/** Mounts one; skips the test where that is not possible. */
export const smallDisk = (context: Context, megabytes: number): SmallDisk =>
  mountSmallDisk(megabytes) ?? skipBecause(context, "a small disk can be mounted only by root on Linux");

/** @returns undefined where that is not possible */
export function mountSmallDisk(megabytes: number): SmallDisk | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const folder = tempFolder("disk");
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder.path], { stdio: "pipe" });
  } catch {
    folder.remove();
    return undefined;
  }
  const ballast = folder.at("ballast");
  const remove = () => {
    execFileSync("umount", ["-l", folder.path]);
    folder.remove();
  };
  return {
    ...folder,
    fill(leftBytes = 0) {
      writeFileSync(ballast, "");
      const block = Buffer.alloc(4_096);
      const reserve = folder.at("reserve");
      writeFileSync(reserve, Buffer.alloc(leftBytes));
      for (let isFull = false; !isFull; ) isFull = !appended(ballast, block);
      rmSync(reserve);
    },
    free: () => rmSync(ballast),
    remove,
    [Symbol.dispose]: remove,
  };
}

function appended(path: string, bytes: Uint8Array): boolean {
  try {
    writeFileSync(path, bytes, { flag: "a" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
