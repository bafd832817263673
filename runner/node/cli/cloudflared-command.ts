import type { Command } from "commander";
import { BatonError } from "#protocol/errors";
import { productVersion } from "#runner/keeper/version";
import { interrupted } from "#runner/node/cli/interrupted";
import { flag, options } from "#runner/node/cli/options";
import { lookAround } from "#runner/node/cli/surroundings";
import { cloudflaredVersion, findCloudflared } from "#runner/node/cloudflare/binary";
import { installCloudflared } from "#runner/node/cloudflare/install";

interface CloudflaredFlags {
  readonly install: boolean;
  readonly cloudflared?: string;
  readonly json: boolean;
}

/** `baton cloudflared`: which one is used for public addresses; with `--install` it is downloaded, because a person says so. */
export function addCloudflaredCommand(program: Command): void {
  program
    .command("cloudflared")
    .description("say which cloudflared is used for previews at public addresses, or install it")
    .addOption(flag("--cloudflared <path>", "the one to use (default: the one on PATH)", "BATON_CLOUDFLARED"))
    .option("--install", "download it from Cloudflare's releases on GitHub, for this user alone", false)
    .addOption(options.json())
    .action(async (flags: CloudflaredFlags) => {
      const { dirs, config, built, environment } = lookAround({
        isJson: flags.json,
        client: `baton ${productVersion}`,
      });
      const named = flags.cloudflared ?? config.cloudflared;
      const found = findCloudflared({ named, environment: await environment(), data: dirs.data });
      if (found === undefined && !flags.install) throw new BatonError("cloudflared_missing");
      const file =
        found ??
        (await installCloudflared({
          ...{ data: dirs.data, built, signal: interrupted() },
          progress: (bytes) => process.stderr.write(`\r${(bytes / 1_000_000).toFixed(0)} MB `),
        }));
      const version = await cloudflaredVersion(file);
      process.stdout.write(flags.json ? `${JSON.stringify({ file, version })}\n` : `${file} (${version})\n`);
    });
}
