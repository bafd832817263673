import { useEffect, useState } from "react";
import type { Prompt } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import type { PromptId } from "#protocol/ids";
import { plainText, promptTitle } from "#protocol/plain-text";
import { asPeerError, type PeerError } from "#sdk/connection";
import { StartElsewhere } from "../builds/server-buttons";
import { IconButton, Skeleton, StateMark } from "../controls/controls";
import { Ago } from "../controls/elapsed";
import { accessNames, agentName, deskOf, modeNames, promptLook, promptWaitsFor } from "../model/describe";
import { memberName, timeStamp } from "../model/format";
import { useApp, useDelayed, useLive, useTeam } from "../model/hooks";
import { runPath } from "../model/router";
import { Missing } from "../run/run-view";
import { PromptActions } from "./prompt-actions";
import { PromptEditor } from "./prompt-editor";
import { UnknownQuestion } from "./unknown-question";

export function PromptView({ id }: { readonly id: PromptId }) {
  const app = useApp();
  const prompt = useTeam((state) => state.prompts.get(id));
  const live = useLive();
  const [error, setError] = useState<PeerError>();
  const missing = prompt === undefined;
  useEffect(() => {
    if (!missing || !live) return;
    app.client.call("readPrompt", { params: { id } }).then(
      (found) => app.team.put({ prompts: [found] }),
      (thrown) => setError(asPeerError(thrown)),
    );
  }, [app, id, missing, live]);
  const runId = prompt?.runId;
  useEffect(() => {
    if (runId) app.router.go(runPath(runId), "replace");
  }, [app, runId]);
  const waiting = useDelayed(missing && !error);
  if (prompt) return <OpenPrompt prompt={prompt} />;
  if (error) return <Missing error={error} />;
  return waiting ? <Skeleton rows={5} /> : null;
}

function OpenPrompt({ prompt }: { readonly prompt: Prompt }) {
  const app = useApp();
  const [editing, setEditing] = useState(false);
  const look = promptLook(prompt);
  return (
    <article className="page prompt-page" aria-label={promptTitle(prompt.body.text)}>
      <div className="run-title">
        <IconButton className="back" icon="chevron-left" label="Back to the runs" onClick={() => app.router.go("/")} />
        <h1 title={promptTitle(prompt.body.text)}>{promptTitle(prompt.body.text)}</h1>
        <span className={`pill ${look.tone}`} role="status">
          <StateMark look={look} />
          {look.label}
        </span>
      </div>
      <PromptFacts prompt={prompt} />
      {prompt.state === "waiting" && <LocalQuestion prompt={prompt} />}
      {prompt.state === "unknown" && <UnknownQuestion prompt={prompt} />}
      {prompt.reason && prompt.endedAt !== undefined && <p className="error-text">{errorText(prompt.reason)}</p>}
      <StartElsewhere prompt={prompt} />
      {editing ? (
        <PromptEditor prompt={prompt} onClose={() => setEditing(false)} />
      ) : (
        <>
          <pre className="prompt-text">{plainText(prompt.body.text)}</pre>
          <PromptActions prompt={prompt} onEdit={() => setEditing(true)} />
        </>
      )}
    </article>
  );
}

/** Says where to go with it: the page has no button for this answer. */
function LocalQuestion({ prompt }: { readonly prompt: Prompt }) {
  const runner = useTeam((state) => state.runners.get(runnerOf(prompt) ?? ""));
  return (
    <p className="hint">
      {runner?.body.name ?? "Its runner"} asks its own person before it starts this. The question stands in{" "}
      {runner ? deskOf(runner) : "the terminal or the editor"}, where that runner runs; it cannot be answered from here.
      {runner && !runner.body.editor && " Where there is no terminal, the runner’s log says what would allow it."}
    </p>
  );
}

const runnerOf = ({ claimedBy, target }: Prompt) => claimedBy ?? ("runnerId" in target ? target.runnerId : undefined);

/** What it waits for, for whom it is, who asked. What became of an ended one stands in its pill and its reason. */
function PromptFacts({ prompt }: { readonly prompt: Prompt }) {
  const team = useTeam((state) => state);
  const runnerId = runnerOf(prompt);
  const runner = runnerId ? team.runners.get(runnerId) : undefined;
  const after = prompt.afterRunId ? team.runs.get(prompt.afterRunId) : undefined;
  const facts = [
    prompt.endedAt === undefined ? promptWaitsFor(prompt, runner, after, team) : runner?.body.name,
    agentName(prompt.agent, team.runners.values()),
    modeNames[prompt.mode],
    accessNames[prompt.access],
    `by ${memberName(prompt.memberId, team.members, team.me?.id)}`,
  ];
  return (
    <p className="quiet">
      {facts.filter(Boolean).join(" · ")} ·{" "}
      <span title={timeStamp(prompt.createdAt)}>
        <Ago at={prompt.createdAt} />
      </span>
    </p>
  );
}
