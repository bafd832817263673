import type { QuickPickItem } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import type { Folders } from "#extension/folders";
import { withoutIcons } from "#extension/notification-text";
import { notify, say } from "#extension/notify";
import { pick } from "#extension/pick";
import { withPatience } from "#extension/progress";
import { pickAttachments, withAttachments } from "#extension/prompts/attachments";
import { askForPromptText } from "#extension/prompts/prompt-input";
import { usualAccess } from "#extension/prompts/usual-run";
import type { RelayClients } from "#extension/team/relay-clients";
import type { TeamLink, TeamLinks } from "#extension/team/team-links";
import type { AgentInfo, Runner } from "#protocol/documents";
import { mayPrompt } from "#protocol/may-prompt";

interface QueueCommandDeps {
  readonly folders: Folders;
  readonly links: TeamLinks;
  readonly clients: RelayClients;
}

/** What queues a prompt on a relay, as the member who is signed in here. */
export function queueCommands({ folders, links, clients }: QueueCommandDeps) {
  const queue = async (write: () => Promise<string | undefined>) => {
    const own = new Set<string>(folders.all().map(({ runnerId }) => runnerId));
    const targets = links.all().flatMap((link) => targetsOf(link, own));
    if (targets.length === 0) return void notify("info", "No runner of the team takes prompts from you now.");
    const target = await pick("Queue a prompt for which runner?", targets, targetItem);
    const agent = target && (await pick("For which agent?", target.agents, agentItem));
    if (!target || !agent) return;
    const text = await write();
    if (text === undefined) return;
    const client = await clients.of(target.relay);
    const body = {
      target: { runnerId: target.runner.id },
      agent: agent.id,
      mode: "once" as const,
      access: usualAccess(agent, "once"),
      body: { text },
    };
    await withPatience("queueing the prompt", client.call("queuePrompt", { body }));
    say(`the prompt is queued for ${target.runner.body.name}`);
  };
  return {
    [commandIds.queuePrompt]: () => queue(askForText),
    [commandIds.attachToPrompt]: () =>
      queue(async () => {
        const attached = await pickAttachments();
        const text = attached === undefined ? undefined : await askForText();
        return text === undefined || attached === undefined ? undefined : withAttachments(text, attached);
      }),
  } satisfies CommandRows;
}

interface Target {
  readonly relay: string;
  readonly runner: Runner;
  readonly agents: readonly AgentInfo[];
  readonly isOwn: boolean;
}

/** Runners that this member may prompt and that have an agent for one answer; this window's own first. */
function targetsOf({ account, team }: TeamLink, own: ReadonlySet<string>): Target[] {
  return [...team.runners.values()]
    .filter((runner) => runner.state !== "revoked" && mayPrompt(runner, account.memberId))
    .map((runner) => ({ relay: account.relay, runner, agents: agentsOf(runner), isOwn: own.has(runner.id) }))
    .filter(({ agents }) => agents.length > 0)
    .sort((a, b) => Number(b.isOwn) - Number(a.isOwn));
}

const agentsOf = (runner: Runner): AgentInfo[] =>
  (runner.report?.agents ?? []).filter(({ available, modes }) => available && (modes.once?.length ?? 0) > 0);

const targetItem = ({ runner, isOwn }: Target): QuickPickItem => ({
  label: `$(device-desktop) ${withoutIcons(runner.body.name)}`,
  description: withoutIcons([isOwn ? "this window" : runner.body.host, runner.state].join(" · ")),
});
const agentItem = ({ name, icon, version }: AgentInfo): QuickPickItem => ({
  label: `$(${icon ?? "hubot"}) ${withoutIcons(name)}`,
  description: withoutIcons(version ?? ""),
});

const askForText = () =>
  askForPromptText({
    title: "Queue a prompt",
    prompt: "What is to be done?",
    missing: (text) => (text.trim() === "" ? "A prompt says what is to be done." : undefined),
  });
