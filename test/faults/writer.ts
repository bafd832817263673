import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * An agent whose output is known: what it prints follows from its seed, in bursts and pauses. At its start it adds a
 * line to a file, so that a second start shows; at its end it leaves the SHA-256 of what its terminal wrote, in which
 * every line feed has become a carriage return and a line feed (ONLCR).
 */
export interface Writer {
  /** The command line of one run. */
  readonly line: (job: WriterJob) => string;
  /** How often a job was started. */
  readonly starts: (tag: string) => number;
  /** The hash that a job left at its end, or undefined while it has none. */
  readonly sha256: (tag: string) => string | undefined;
}

export interface WriterJob {
  /** Stands in every line that is printed. */
  readonly tag: string;
  readonly seed: number;
  readonly bytes: number;
  readonly ms: number;
  /** Leaves a child in a session of its own behind, as the tools of agents do. */
  readonly leavesChild?: boolean;
}

/** @param folder where the program, its starts and its hashes lie */
export function makeWriter(folder: string): Writer {
  const program = join(folder, "writer.mjs");
  const startsFile = join(folder, "starts.txt");
  const hashFile = (tag: string) => join(folder, `${tag}.sha256`);
  writeFileSync(program, source);
  return {
    line: (job) =>
      [process.execPath, program, folder, job.tag, job.seed, job.bytes, job.ms, job.leavesChild ? "child" : ""]
        .map((word) => `'${word}'`)
        .join(" "),
    starts: (tag) =>
      existsSync(startsFile)
        ? readFileSync(startsFile, "utf8")
            .split("\n")
            .filter((line) => line === tag).length
        : 0,
    sha256: (tag) => (existsSync(hashFile(tag)) ? readFileSync(hashFile(tag), "utf8") : undefined),
  };
}

const source = String.raw`
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const [folder, tag, seedText, bytesText, msText, child] = process.argv.slice(2);
appendFileSync(folder + "/starts.txt", tag + "\n");
if (child) spawn("setsid", ["sleep", "600"], { detached: true, stdio: "ignore", cwd: folder }).unref();

let state = Number(seedText) >>> 0 || 1;
const random = () => {
  state ^= state << 13; state >>>= 0; state ^= state >>> 17; state ^= state << 5; state >>>= 0;
  return state;
};
const total = Number(bytesText), ms = Number(msText);
const hash = createHash("sha256");
const start = performance.now();
for (let written = 0, number = 0; written < total; ) {
  let burst = "";
  const size = 20 + (random() % (random() % 9 === 0 ? 20000 : 700));
  while (burst.length < size) {
    burst += "\x1b[" + (31 + (random() % 6)) + "m" + tag + " " + number++ + " " + random().toString(36).repeat(1 + (random() % 5)) + "\x1b[0m\n";
  }
  process.stdout.write(burst);
  hash.update(burst.replaceAll("\n", "\r\n"));
  written += burst.length;
  const due = start + (ms * written) / total - performance.now();
  if (due > 1) await delay(due);
}
writeFileSync(folder + "/" + tag + ".tmp", hash.digest("hex"));
renameSync(folder + "/" + tag + ".tmp", folder + "/" + tag + ".sha256");
`;
