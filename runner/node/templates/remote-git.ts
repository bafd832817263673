import { spawn } from "node:child_process";
import { kill } from "#runner/keeper/kill";
import { taskkill } from "#runner/keeper/taskkill";
import { maxGitMessageBytes, maxGitPieceBytes, templateSilenceMs } from "#runner/node/caps";
import { type GitPlace, ownVariables, safeConfig, withoutQuestions } from "#runner/node/templates/template-git";

export interface RemoteGit extends GitPlace {
  /** The only ones that may be spoken, also after a redirect, or where the user's settings have another address. */
  readonly protocols: string;
  readonly sshCommand: string;
  /** What it says while it works. */
  readonly heard: (text: string) => void;
}

/**
 * Git that talks to a server. It starts helpers for that, which outlive it where only Git itself is told to end, and
 * simple-git tells nobody else; so this one has a group of its own, and no terminal that a helper could ask at.
 * @throws Error with what Git said; the signal's reason
 */
export function runRemoteGit(remote: RemoteGit, args: readonly string[]): Promise<void> {
  const { git, folder, environment, signal, protocols, sshCommand, heard } = remote;
  const child = spawn(git, [...[...safeConfig, ...smallMemory].flatMap((one) => ["-c", one]), ...args], {
    cwd: folder,
    env: {
      ...withoutQuestions(environment),
      ...certificates(environment),
      ...ownVariables(protocols),
      GIT_SSH_COMMAND: sshCommand,
      GIT_ALLOC_LIMIT: String(maxGitPieceBytes),
    },
    detached: process.platform !== "win32",
    stdio: ["ignore", "ignore", "pipe"],
    windowsHide: true,
  });
  return new Promise((resolve, reject) => {
    let said = "";
    let stopped: Error | undefined;
    const stop = (reason: Error) => {
      stopped ??= reason;
      if (child.pid === undefined) return;
      if (process.platform === "win32") taskkill(child.pid, true).catch(() => child.kill());
      else kill(-child.pid, "SIGKILL");
    };
    const abort = () => stop(signal?.reason);
    const silence = setTimeout(() => stop(new Error(silent)), templateSilenceMs);
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-maxGitMessageBytes);
      silence.refresh();
      heard(text);
    });
    const end = (error: Error | undefined) => {
      clearTimeout(silence);
      clearTimeout(output);
      signal?.removeEventListener("abort", abort);
      if (error) reject(error);
      else resolve();
    };
    let output: NodeJS.Timeout | undefined;
    child.once("error", end);
    child.once("exit", (code) => {
      const failure = () => stopped ?? (code === 0 ? undefined : new Error(said || `Git ended with ${code}`));
      child.once("close", () => end(failure()));
      // A connection that the user's SSH keeps for later holds the output open, so that its end is not waited for.
      output = setTimeout(() => end(failure()), lastOutputMs);
    });
  });
}

/** A few bytes of a pack can stand for gigabytes: what is large goes through Git in pieces, or not at all. */
const smallMemory: readonly string[] = [`core.bigFileThreshold=${maxGitPieceBytes / 8}`, "fetch.unpackLimit=1"];

/** Whom the user's network has Git trust. */
const certificates = ({ GIT_SSL_CAINFO, GIT_SSL_CAPATH }: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...(GIT_SSL_CAINFO !== undefined && { GIT_SSL_CAINFO }),
  ...(GIT_SSL_CAPATH !== undefined && { GIT_SSL_CAPATH }),
});

/** From the end of Git to the end of what it had to say. */
const lastOutputMs = 250;
/** The message of a server that said nothing for `templateSilenceMs`. */
export const silent = "the server is silent";
