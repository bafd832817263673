import type { Command } from "commander";
import * as z from "zod";
import { Label, Name, PreviewVia, RunnerPolicy } from "#protocol/documents";
import { longestRunMinutes } from "#runner/core/caps";
import { as, collect, flag, options } from "#runner/node/cli/options";
import { Hostname } from "#runner/node/config";
import { logLevels } from "#runner/node/log";

export interface RunnerFlags {
  readonly workspace?: string;
  readonly relay?: string;
  readonly joinToken?: string;
  readonly policy?: RunnerPolicy;
  readonly name?: string;
  readonly label?: string[];
  readonly concurrency?: number;
  readonly maxRunMinutes?: number;
  readonly previewVia?: PreviewVia;
  readonly cloudflared?: string;
  readonly cloudflareHostname?: string;
  readonly cancelOnExit: boolean;
  readonly logLevel: (typeof logLevels)[number];
  readonly json: boolean;
}

export function addRunnerCommand(program: Command): void {
  program
    .command("runner")
    .description("serve a folder: take prompts from a relay and run agents here")
    .addOption(options.workspace())
    .addOption(options.relay())
    .addOption(flag("--join-token <token>", "pair without a person, by a token of the relay", "BATON_JOIN_TOKEN"))
    .addOption(
      flag(
        "--policy <policy>",
        "what happens to a prompt: run it, ask here first, or take none",
        "BATON_POLICY",
      ).choices(RunnerPolicy.options),
    )
    .addOption(
      flag("--name <name>", "how the relay calls it (default: the folder's name)", "BATON_NAME").argParser(as(Name)),
    )
    .addOption(
      flag(
        "--label <label...>",
        "prompts may be addressed to a label; counts when it is paired",
        "BATON_LABELS",
      ).argParser(collect(as(Label))),
    )
    .addOption(
      flag("--concurrency <runs>", "runs at a time; counts when it is paired", "BATON_CONCURRENCY").argParser(
        as(z.coerce.number().int().min(1).max(64)),
      ),
    )
    .addOption(
      flag("--max-run-minutes <minutes>", "a longer run ends as timed out", "BATON_MAX_RUN_MINUTES").argParser(
        as(z.coerce.number().positive().max(longestRunMinutes)),
      ),
    )
    .addOption(
      flag(
        "--preview-via <way>",
        "how ports are reached; cloudflare and both put them at public addresses, for anyone who has the address",
        "BATON_PREVIEW_VIA",
      ).choices(PreviewVia.options),
    )
    .addOption(flag("--cloudflared <path>", "the cloudflared to use (default: the one on PATH)", "BATON_CLOUDFLARED"))
    .addOption(
      flag(
        "--cloudflare-hostname <name>",
        "the name of a Cloudflare tunnel of your own; its token stands in BATON_CLOUDFLARE_TOKEN",
        "BATON_CLOUDFLARE_HOSTNAME",
      ).argParser(as(Hostname)),
    )
    .addOption(
      flag(
        "--cancel-on-exit",
        "cancel what runs here when it stops, and end an idle keeper",
        "BATON_CANCEL_ON_EXIT",
      ).default(false),
    )
    .addOption(
      flag("--log-level <level>", "what is written to stderr", "BATON_LOG_LEVEL").choices(logLevels).default("info"),
    )
    .addOption(options.json())
    .action(async (flags: RunnerFlags, command: Command) => {
      const { serve } = await import("#runner/node/cli/serve");
      await serve(flags, (text) => command.error(`error: ${text}`, { exitCode: 2 }));
    });
}
