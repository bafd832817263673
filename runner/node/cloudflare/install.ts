import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { BatonError } from "#protocol/errors";
import { plainLine } from "#protocol/plain-text";
import { ifThere } from "#runner/keeper/files";
import { cloudflaredInstallMs } from "#runner/node/caps";
import { cloudflaredVersion, cloudflareFolder, installedCloudflared } from "#runner/node/cloudflare/binary";
import { ownEnvironment } from "#runner/node/environment";
import { makePrivateFolder } from "#runner/node/files";

export interface InstallOptions {
  /** The data folder of this user. */
  readonly data: string;
  /** The folder of the built artifacts, with `cloudflared-install.cjs` in it. */
  readonly built: string;
  readonly signal?: AbortSignal;
  /** What is there by now, in bytes. */
  progress?(bytes: number): void;
}

const progressMs = 500;
const maxReasonLength = 300;

/**
 * Installs cloudflared for this user alone, from its makers' releases: only when that user has said yes. It appears
 * whole and tried, or not at all, so that two windows may do this at once.
 * @returns where it is
 * @throws BatonError `cloudflared_not_installed`
 */
export async function installCloudflared({ data, built, signal, progress }: InstallOptions): Promise<string> {
  const target = installedCloudflared(data);
  // A folder of its own, because an archive is unpacked beside what is downloaded.
  const folder = join(cloudflareFolder(data), `.${randomBytes(8).toString("hex")}.tmp`);
  const file = join(folder, basename(target));
  makePrivateFolder(folder);
  const timer = setInterval(() => progress?.(sizeOf(file)), progressMs);
  try {
    await download(join(built, "cloudflared-install.cjs"), file, signal);
    // The installer is known to end well where nothing came.
    await cloudflaredVersion(file);
    renameSync(file, target);
    return target;
  } catch (error) {
    if (error instanceof BatonError && error.code === "cloudflared_not_installed") throw error;
    const reason = error instanceof BatonError ? String(error.params.reason) : String(error);
    throw new BatonError("cloudflared_not_installed", { reason });
  } finally {
    clearInterval(timer);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function download(script: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  const failed = (reason: string) => new BatonError("cloudflared_not_installed", { reason });
  const child = spawn(process.execPath, [script, to], {
    env: { ...ownEnvironment(), ELECTRON_RUN_AS_NODE: "1" },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: cloudflaredInstallMs,
    killSignal: "SIGKILL",
    windowsHide: true,
    ...(signal && { signal }),
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-maxReasonLength);
  });
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(failed(signal?.aborted ? "it was cancelled" : error.message)));
    child.once("close", (code, killed) => {
      if (code === 0) resolve();
      else reject(failed(plainLine(said).trim() || (killed ? `it took too long` : `exit code ${code}`)));
    });
  });
}

const sizeOf = (file: string): number => ifThere(() => statSync(file).size) ?? 0;
