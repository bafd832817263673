import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PreviewVia } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import { defaultTerminalSize } from "#runner/core/caps";
import type { ResolvedCommand, TunnelSource } from "#runner/core/host";
import { errorCode } from "#runner/keeper/files";
import { cloudflareFolder, findCloudflared } from "#runner/node/cloudflare/binary";
import { allowedEnvironment, type Environment } from "#runner/node/environment";

/** A tunnel of the user's own at Cloudflare. */
export interface NamedTunnel {
  readonly hostname: string;
  readonly token: string;
}

export interface TunnelSettings {
  readonly via: PreviewVia;
  /** The path of cloudflared, where the user has named one. */
  readonly cloudflared?: string;
  /** Absent: quick tunnels. */
  readonly named?: NamedTunnel;
}

export interface TunnelSourceOptions {
  readonly runnerName: string;
  /** The data folder of this user. */
  readonly data: string;
  /** The folder of the built artifacts, with `cloudflared-tunnel.cjs` in it. */
  readonly built: string;
  /** Where the process works: the folder that is served. */
  readonly folder: string;
  settings(): TunnelSettings;
  /** The token is read when it is needed. */
  named?(): Promise<NamedTunnel | undefined>;
  environment(): Promise<Environment>;
}

/** Where a run hears that it is wanted. */
const wantedFile = (data: string, runId: RunId) => join(cloudflareFolder(data), `${runId}.wanted`);

/**
 * Public addresses by the user's own configuration: whoever writes `cloudflare` or `both` there has agreed. With `auto`
 * nobody was asked yet; a host with a person before it asks them.
 */
export function createTunnelSource(options: TunnelSourceOptions): TunnelSource {
  const { data, built, folder, settings } = options;
  const find = async (): Promise<string> => {
    const named = settings().cloudflared;
    const found = findCloudflared({ named, environment: await options.environment(), data });
    if (found === undefined) throw new BatonError("cloudflared_missing");
    return found;
  };
  const isAgreed = () => ["cloudflare", "both"].includes(settings().via);

  return {
    via: () => settings().via,
    isAgreed,
    async prepare() {
      if (!isAgreed()) throw new BatonError("preview_not_public", { runner: options.runnerName });
      await find();
    },
    async command(port, runId): Promise<ResolvedCommand> {
      const cloudflared = await find();
      const named = (await options.named?.()) ?? settings().named;
      mkdirSync(cloudflareFolder(data), { recursive: true, mode: 0o700 });
      const args = [
        `--cloudflared=${cloudflared}`,
        `--port=${port}`,
        `--host-header=localhost:${port}`,
        `--config=${join(cloudflareFolder(data), `${runId}.yml`)}`,
        `--wanted=${wantedFile(data, runId)}`,
        ...(named ? [`--hostname=${named.hostname}`] : []),
      ];
      return {
        shown: `cloudflared tunnel --url=http://localhost:${port}`,
        command: {
          argv: [process.execPath, join(built, "cloudflared-tunnel.cjs"), ...args],
          cwd: folder,
          env: {
            ...allowedEnvironment(await options.environment(), []),
            ELECTRON_RUN_AS_NODE: "1",
            ...(named && { TUNNEL_TOKEN: named.token }),
          },
          size: defaultTerminalSize,
          cancelSignals: ["SIGTERM"],
          tellsSteps: true,
        },
      };
    },
    touch(runId) {
      const file = wantedFile(data, runId);
      const now = new Date();
      try {
        utimesSync(file, now, now);
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
        writeFileSync(file, "", { mode: 0o600 });
      }
    },
  };
}
