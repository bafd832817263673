import type { RunnerPolicy } from "#protocol/documents";
import type { RunnerId } from "#protocol/ids";
import { plainText } from "#protocol/plain-text";
import type { HostReport } from "#runner/core/host";
import type { LinkState, RunnerStatus, RunView } from "#runner/core/status";

export interface ServeVoice {
  started(report: HostReport, policy: RunnerPolicy): void;
  status(status: RunnerStatus): void;
  /** @param openElsewhere runs of other folders, for which the keeper stays */
  left(cancelled: number, openElsewhere: number): void;
}

/** What a headless runner says on stdout: sentences for people, or one JSON object a line. */
export function createServeVoice(about: {
  readonly isJson: boolean;
  readonly folder: string;
  readonly relayUrl: string;
  readonly runnerId: RunnerId;
  readonly name: string;
}): ServeVoice {
  let lastLink = "";
  const shown = new Map<string, string>();
  const say = (event: Record<string, unknown>, sentence: string | undefined) => {
    if (about.isJson) process.stdout.write(`${JSON.stringify(event)}\n`);
    else if (sentence !== undefined) process.stdout.write(`${plainText(sentence)}\n`);
  };

  const link = (state: LinkState) => {
    const key = state.state === "waiting" ? "waiting" : state.state;
    // Every attempt passes through “connecting”, which tells a person nothing.
    if (key === lastLink || key === "connecting") return;
    lastLink = key;
    say({ event: "link", ...state }, linkSentence(state, about.relayUrl));
  };

  const run = (view: RunView) => {
    const key = `${view.status} ${view.end ?? ""}`;
    const before = shown.get(view.runId);
    if (before === key) return;
    shown.set(view.runId, key);
    const { title } = view.run.header.body;
    const { agent } = view.run.header;
    const { exitCode, signal } = view.run.exit ?? {};
    const how = exitCode !== undefined ? ` with exit code ${exitCode}` : signal !== undefined ? ` by ${signal}` : "";
    // Runs that were over before this process began are no news.
    if (before === undefined && view.status === "ended") return;
    say(
      { event: "run", runId: view.runId, agent, title, status: view.status, end: view.end, exitCode, signal },
      view.status === "ended"
        ? `■ ${agent}: ${title}: ${view.end ?? "ended"}${how}`
        : before === undefined
          ? `▶ ${agent}: ${title}  (watch it with “baton attach ${view.runId}”)`
          : undefined,
    );
  };

  return {
    started({ agents }, policy) {
      const found = agents.filter(({ available }) => available);
      say(
        { event: "started", runnerId: about.runnerId, folder: about.folder, relay: about.relayUrl, policy, agents },
        [
          `Serving ${about.folder} as “${about.name}” on ${about.relayUrl}.`,
          `Policy: ${policySentences[policy]}`,
          `Agents: ${found.map(({ name, version }) => (version ? `${name} ${version}` : name)).join(", ") || "none"}`,
          "Stop with Ctrl-C; running agents go on, and the next runner picks them up.",
        ].join("\n"),
      );
    },
    left(cancelled, openElsewhere) {
      const stays = openElsewhere > 0 ? ` The keeper stays for ${openElsewhere} in other folders.` : "";
      say({ event: "left", cancelled, openElsewhere }, `Cancelled runs: ${cancelled}.${stays}`);
    },
    status(status) {
      link(status.link);
      for (const view of status.runs) run(view);
    },
  };
}

const policySentences: Readonly<Record<RunnerPolicy, string>> = {
  auto: "auto. Prompts of the team run at once; shell commands are asked about, unless your configuration allows them.",
  ask: "ask. You are asked here before a prompt runs.",
  paused: "paused. No prompt is taken.",
};

function linkSentence(state: LinkState, relayUrl: string): string | undefined {
  if (state.state === "online") return `Online: ${state.team}.`;
  if (state.state === "waiting")
    return `${relayUrl} does not answer (${state.reason}). Trying again; running agents go on.`;
  return undefined;
}
