import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { BatonError } from "#protocol/errors";
import { plainLine } from "#protocol/plain-text";
import { cloudflaredVersionMs } from "#runner/node/caps";
import type { Environment } from "#runner/node/environment";
import { findExecutable } from "#runner/node/find-executable";

/** Where Baton keeps the cloudflared that it has installed. */
export const cloudflareFolder = (data: string): string => join(data, "cloudflare");
export const installedCloudflared = (data: string): string =>
  join(cloudflareFolder(data), process.platform === "win32" ? "cloudflared.exe" : "cloudflared");

interface Where {
  /** As the user has named it. */
  readonly named: string | undefined;
  /** The user's environment, with the login shell's PATH. */
  readonly environment: Environment;
  /** The data folder of this user. */
  readonly data: string;
}

/**
 * The cloudflared to use: the one that the user has named, else the one on PATH, else the one that Baton has installed.
 * @returns undefined where there is none
 * @throws BatonError `cloudflared_unusable` where the user has named what is none
 */
export function findCloudflared({ named, environment, data }: Where): string | undefined {
  if (named) {
    const found = findExecutable(named, environment);
    if (!found) throw new BatonError("cloudflared_unusable", { file: named, reason: "there is no such program" });
    return found;
  }
  const installed = installedCloudflared(data);
  return findExecutable("cloudflared", environment) ?? (existsSync(installed) ? installed : undefined);
}

/**
 * Asks a program for its version: whether it is there, is for this machine, and is whole.
 * @throws BatonError `cloudflared_unusable`
 */
export async function cloudflaredVersion(file: string): Promise<string> {
  const reason = (text: string) => new BatonError("cloudflared_unusable", { file, reason: plainLine(text).trim() });
  let said: string;
  try {
    const { stdout, stderr } = await promisify(execFile)(file, ["--version"], {
      timeout: cloudflaredVersionMs,
      killSignal: "SIGKILL",
      windowsHide: true,
      maxBuffer: 64 * 1024,
    });
    said = stdout || stderr;
  } catch (error) {
    throw reason(error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error));
  }
  const [, version] = /cloudflared version (\S+)/.exec(said) ?? [];
  if (version === undefined) throw reason("it does not say that it is cloudflared");
  return version;
}
