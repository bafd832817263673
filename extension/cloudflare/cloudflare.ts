import { type LogOutputChannel, type Memento, ProgressLocation, type SecretStorage, window } from "vscode";
import { createNamedTunnels, type NamedTunnels } from "#extension/cloudflare/named-tunnel";
import { notify, say } from "#extension/notify";
import { createLog } from "#extension/output-log";
import { cloudflaredPath, previewVia } from "#extension/settings";
import { BatonError } from "#protocol/errors";
import type { TunnelSource } from "#runner/core/host";
import { findCloudflared } from "#runner/node/cloudflare/binary";
import { installCloudflared } from "#runner/node/cloudflare/install";
import { createTunnelSource } from "#runner/node/cloudflare/source";
import { batonDirs } from "#runner/node/dirs";
import type { Environment } from "#runner/node/environment";
import { createLoginEnvironment } from "#runner/node/login-shell";

/** Cloudflare, as the person in front of this editor wants it: nothing is public or downloaded before they said so. */
export interface Cloudflare {
  readonly named: NamedTunnels;
  /**
   * The program; where there is none the person is asked whether Baton may install it.
   * @throws BatonError `cloudflared_missing` where they said no, `cloudflared_not_installed`, `cloudflared_unusable`
   */
  program(): Promise<string>;
  /** The public addresses of one folder's ports. */
  tunnelsOf(folder: { readonly name: string; readonly path: string }): TunnelSource;
}

interface CloudflareDeps {
  readonly output: LogOutputChannel;
  readonly secrets: SecretStorage;
  /** Of this user, across windows and folders. */
  readonly memory: Memento;
}

const agreedKey = "baton.publicPreviews";
const showPublicly = "Show Publicly";
const decline = "Don't Show";
const installIt = "Install cloudflared";
const notNow = "Not Now";

export function createCloudflare({ output, secrets, memory }: CloudflareDeps): Cloudflare {
  const { data } = batonDirs();
  const built = import.meta.dirname;
  const environment: () => Promise<Environment> = createLoginEnvironment(createLog(output, "cloudflare"));
  const named = createNamedTunnels(secrets);
  let installing: Promise<string> | undefined;
  /** Whoever said no in this window is not asked again by somebody else's wish. */
  let isDeclined = false;

  const isAgreed = () => ["cloudflare", "both"].includes(previewVia()) || memory.get(agreedKey) === true;
  const find = async () => findCloudflared({ named: cloudflaredPath(), environment: await environment(), data });

  const askToInstall = async (): Promise<string> => {
    const text =
      "This needs cloudflared, which is not on this computer. Baton can download it from Cloudflare's releases on GitHub (about 40 MB), for you alone.";
    if ((await notify("info", text, installIt, notNow)) !== installIt) throw new BatonError("cloudflared_missing");
    const file = await window.withProgress(
      { location: ProgressLocation.Notification, title: "Installing cloudflared", cancellable: true },
      (progress, cancelled) => {
        const stopping = new AbortController();
        cancelled.onCancellationRequested(() => stopping.abort());
        return installCloudflared({
          ...{ data, built },
          signal: stopping.signal,
          progress: (bytes) => progress.report({ message: `${(bytes / 1_000_000).toFixed(0)} MB` }),
        });
      },
    );
    say("cloudflared is installed");
    return file;
  };
  /** Everybody who needs it hears of the same question. */
  const program = async (): Promise<string> => {
    const found = await find();
    if (found !== undefined) return found;
    installing ??= askToInstall().finally(() => {
      installing = undefined;
    });
    return installing;
  };

  return {
    named,
    program,
    tunnelsOf({ name, path }) {
      const source = createTunnelSource({
        ...{ runnerName: name, data, built, folder: path, environment },
        settings: () => {
          const cloudflared = cloudflaredPath();
          return { via: previewVia(), ...(cloudflared !== undefined && { cloudflared }) };
        },
        named: named.read,
      });
      return {
        ...source,
        isAgreed,
        async prepare(port) {
          if (!isAgreed()) {
            if (isDeclined) throw new BatonError("preview_not_public", { runner: name });
            const text = `Port ${port} of ${name} can be shown to your team only at a public address, through Cloudflare: anyone who has the address can see the page, without signing in. The same goes for ports that are shown later.`;
            isDeclined = (await notify("warning", text, showPublicly, decline)) !== showPublicly;
            if (isDeclined) throw new BatonError("preview_not_public", { runner: name });
            await memory.update(agreedKey, true);
          }
          await program();
        },
      };
    },
  };
}
