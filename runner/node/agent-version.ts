import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { parseMessage } from "#protocol/json";
import type { Log } from "#runner/core/host";
import { readIfThere } from "#runner/keeper/files";
import { maxVersionBytes, versionTimeoutMs } from "#runner/node/caps";
import type { BatonDirs } from "#runner/node/dirs";
import type { Environment } from "#runner/node/environment";
import { writePrivateFile } from "#runner/node/files";

/** Asks programs for their version, once for each file as it is: asking starts a whole CLI. */
export interface Versions {
  /** What is known already; "" for a program that does not say. */
  known(file: string): string | undefined;
  ask(file: string, args: readonly string[], env: Environment): Promise<void>;
}

const Cache = z.looseObject({ versions: z.record(z.string(), z.string()) });
const maxCached = 200;

export function createVersions(dirs: BatonDirs, log: Log): Versions {
  const cacheFile = join(dirs.data, "agent-versions.json");
  const cache = new Map(Object.entries(readCache(cacheFile)));
  return {
    known: (file) => cache.get(keyOf(file)),
    async ask(file, args, env) {
      const key = keyOf(file);
      if (cache.has(key)) return;
      cache.set(key, (await runForVersion(file, args, env)) ?? "");
      const text = JSON.stringify({ v: 1, versions: Object.fromEntries([...cache].slice(-maxCached)) });
      try {
        writePrivateFile(cacheFile, text);
      } catch (error) {
        // This process knows it; others ask for themselves.
        log.warn({ file: cacheFile, error: String(error) }, "the versions of agents cannot be remembered");
      }
    },
  };
}

/** The first thing in a text that looks like a version. */
export const parseVersion = (text: string): string | undefined =>
  /\d+\.\d+(?:\.\d+)?(?:[-+][0-9A-Za-z.-]{1,40})?/.exec(text)?.[0];

/** Links are followed, so that an update behind the same name is another file. */
function keyOf(file: string): string {
  const { mtimeMs, size } = statSync(file);
  return `${file}\n${mtimeMs}\n${size}`;
}

function readCache(file: string): Record<string, string> {
  const text = readIfThere(file);
  if (text === undefined) return {};
  try {
    return parseMessage(Cache, text).versions;
  } catch {
    // It is only a cache: whatever stands in it is asked again.
    return {};
  }
}

/** Through the same rules as a run: no shell, except where Windows needs one for a batch file. */
function runForVersion(file: string, args: readonly string[], env: Environment): Promise<string | undefined> {
  return new Promise((resolve) => {
    const isBatch = /\.(cmd|bat)$/i.test(file);
    const child = execFile(
      isBatch ? `"${file}"` : file,
      [...args],
      {
        env: { ...env },
        timeout: versionTimeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: maxVersionBytes,
        shell: isBatch,
        windowsHide: true,
      },
      (_error, stdout, stderr) => resolve(parseVersion(stdout) ?? parseVersion(stderr)),
    );
    child.stdin?.end();
  });
}
