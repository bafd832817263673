import { memo, type ReactNode } from "react";
import { devServerAgent, type Prompt, type Run } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import { promptTitle } from "#protocol/plain-text";
import type { OutboxPrompt } from "#sdk/outbox";
import { runLook, type StateLook } from "#sdk/run-look";
import { IconButton, StateMark } from "../controls/controls";
import { Elapsed } from "../controls/elapsed";
import { agentName, promptLook, promptWaitsFor } from "../model/describe";
import { ordinal, timeOfDay } from "../model/format";
import { useApp, useMe, useStore, useTeam } from "../model/hooks";
import { folderBelow } from "../model/run-folder";

interface RowProps {
  readonly path: string;
  readonly selected: boolean;
}

export const RunRow = memo(function RunRow({ run, path, selected }: RowProps & { readonly run: Run }) {
  const runners = useTeam((state) => state.runners);
  const look = runLook(run);
  const start = run.startedAt ?? run.createdAt;
  const runner = runners.get(run.runnerId);
  // Servers of several projects are started by one and the same line.
  const folder = run.agent === devServerAgent ? folderBelow(run, runner) : "";
  const note =
    run.away || run.status === "starting" || (run.status === "ended" && look.label !== "done")
      ? (look.short ?? look.label)
      : "";
  return (
    <Row
      path={path}
      selected={selected}
      look={look}
      title={run.body.title}
      aside={run.status === "ended" ? timeOfDay(run.endedAt ?? start) : <Elapsed since={start} />}
      sub={[agentName(run.agent, runners.values()), folder || (runner?.body.name ?? "a former runner"), note]
        .filter(Boolean)
        .join(" · ")}
    />
  );
});

export const PromptRow = memo(function PromptRow({
  prompt,
  place,
  path,
  selected,
}: RowProps & { readonly prompt: Prompt; readonly place: number }) {
  const runner = useTeam((state) =>
    state.runners.get(prompt.claimedBy ?? ("runnerId" in prompt.target ? prompt.target.runnerId : "")),
  );
  const members = useTeam((state) => state.members);
  const me = useMe();
  const after = useTeam((state) => (prompt.afterRunId ? state.runs.get(prompt.afterRunId) : undefined));
  const over = prompt.endedAt !== undefined;
  const turn = prompt.state === "queued" ? (place === 1 ? "next" : ordinal(place)) : "";
  return (
    <Row
      path={path}
      selected={selected}
      look={promptLook(prompt)}
      title={promptTitle(prompt.body.text)}
      aside={over ? timeOfDay(prompt.endedAt ?? prompt.createdAt) : turn}
      sub={promptWaitsFor(prompt, runner, after, { members, me })}
    />
  );
});

const outboxLooks: Record<OutboxPrompt["state"], StateLook> = {
  waiting: { label: "waiting for connection", tone: "quiet", icon: "cloud-upload" },
  sending: { label: "sending", tone: "quiet", icon: "cloud-upload" },
  refused: { label: "refused", tone: "warn", icon: "warning" },
  old: { label: "kept here for long", tone: "warn", icon: "history" },
};

/** A prompt that the relay does not have yet. It can be taken back into the composer. */
export function OutboxRow({ item }: { readonly item: OutboxPrompt }) {
  const app = useApp();
  const account = useStore(app.account);
  const live = useStore(app.connection.state, (state) => state.phase === "live");
  const look = outboxLooks[item.state];
  const sub = outboxText(item, live);
  const queue = () =>
    void app.attempt(async () => {
      account?.outbox.renew(item.key);
      await account?.outbox.flush();
    });
  const edit = () => {
    account?.drafts.write("new", item.request.body.text);
    account?.outbox.remove(item.key);
    app.router.go("/new");
  };
  return (
    <div className="row outbox" title={sub}>
      <StateMark look={look} />
      <span className="row-title">{promptTitle(item.request.body.text)}</span>
      <span className="row-aside">
        {item.state === "old" && <IconButton icon="arrow-up" label="Queue it now" onClick={queue} />}
        <IconButton icon="edit" label="Take back and edit" onClick={edit} />
        <IconButton icon="trash" label="Discard" onClick={() => account?.outbox.remove(item.key)} />
      </span>
      <span className="row-sub">{sub}</span>
    </div>
  );
}

/** What holds it up, and what a person can do about it. */
function outboxText(item: OutboxPrompt, live: boolean): string {
  if (item.state === "old") return "over a day old, maybe queued before: queue it?";
  if (item.error && (live || item.state === "refused")) return errorText(item.error);
  return outboxLooks[item.state].label;
}

interface RowLook {
  readonly look: StateLook;
  readonly title: string;
  readonly aside: ReactNode;
  readonly sub: string;
}

function Row({ path, selected, look, title, aside, sub }: RowProps & RowLook) {
  const { router } = useApp();
  return (
    <a
      href={path}
      className={`row ${selected ? "selected" : ""}`}
      aria-current={selected ? "page" : undefined}
      title={title}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        router.go(path);
      }}
    >
      <StateMark look={look} />
      <span className="row-title">{title}</span>
      <span className="row-aside">{aside}</span>
      <span className="row-sub">
        <span className="sr-only">{look.label}. </span>
        {sub}
      </span>
    </a>
  );
}
