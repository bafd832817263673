import { PromptText } from "#protocol/documents";
import { describeIssue } from "#protocol/json";
import type { RunFlags } from "#runner/node/cli/run-command";
import { lookAround } from "#runner/node/cli/surroundings";
import { normalizeRelayUrl } from "#runner/node/identity";

/** `baton run PROMPT`. @returns the exit code: the run's own, where it was followed to its end */
export async function runPrompt(given: string, flags: RunFlags, misuse: (text: string) => never): Promise<number> {
  const text = PromptText.safeParse(given === "-" ? await readStdin() : given);
  if (!text.success) return misuse(`prompt: ${describeIssue(text.error)}`);
  const here = lookAround({ workspace: flags.workspace, client: "baton run" });
  const relayUrl = flags.local
    ? undefined
    : (flags.relay ?? (here.config.relay && normalizeRelayUrl(here.config.relay)));
  if (!relayUrl) {
    if (flags.runner ?? flags.label) return misuse("--relay is missing: --runner and --label name a runner of a relay");
    const { runLocally } = await import("#runner/node/cli/run-locally");
    return runLocally(here, text.data, flags);
  }
  if (!flags.token)
    return misuse("--token is missing: an API token of the relay (or BATON_TOKEN); --local runs it here");
  const { runOnRelay } = await import("#runner/node/cli/run-on-relay");
  return runOnRelay(here, { relayUrl, token: flags.token, text: text.data }, flags);
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
