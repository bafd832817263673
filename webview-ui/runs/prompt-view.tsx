import { useEffect, useState } from "react";
import type { RequestOf } from "#protocol/api";
import type { Prompt } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import type { PromptId } from "#protocol/ids";
import { asPeerError, type PeerError } from "#sdk/connection";
import { Button, IconButton, Skeleton, StateMark } from "../controls/controls";
import { Ago } from "../controls/elapsed";
import { type App, mayCall } from "../model/app-model";
import { accessNames, agentName, modeNames, promptLook, promptWaitsFor } from "../model/describe";
import { firstLine, memberName, timeStamp } from "../model/format";
import { useApp, useDelayed, useMe, useStore, useTeam } from "../model/hooks";
import { runPath } from "../model/router";
import { queueOf } from "../model/run-list";
import { Missing } from "../run/run-view";

/** A prompt that has no run yet, or never got one. As soon as its run is there, the run is shown. */
export function PromptView({ id }: { readonly id: PromptId }) {
  const app = useApp();
  const prompt = useTeam((state) => state.prompts.get(id));
  const live = useStore(app.connection.state, (state) => state.phase === "live");
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
  const me = useMe();
  const team = useTeam((state) => state);
  const [editing, setEditing] = useState(false);
  const look = promptLook(prompt);
  const runnerId = prompt.claimedBy ?? ("runnerId" in prompt.target ? prompt.target.runnerId : undefined);
  const runner = runnerId ? team.runners.get(runnerId) : undefined;
  const after = prompt.afterRunId ? team.runs.get(prompt.afterRunId) : undefined;
  const may = mayCall(me, "changePrompt");
  return (
    <article className="page prompt-page" aria-label={firstLine(prompt.body.text)}>
      <div className="run-title">
        <IconButton className="back" icon="chevron-left" label="Back to the runs" onClick={() => app.router.go("/")} />
        <h1>{firstLine(prompt.body.text)}</h1>
        <span className={`pill ${look.tone}`} role="status">
          <StateMark look={look} />
          {look.label}
        </span>
      </div>
      <p className="quiet">
        {promptWaitsFor(prompt, runner, after)} · {agentName(prompt.agent, team.runners.values())} ·{" "}
        {modeNames[prompt.mode]} · {accessNames[prompt.access]} · by {memberName(prompt.memberId, team.members, me?.id)}{" "}
        ·{" "}
        <span title={timeStamp(prompt.createdAt)}>
          <Ago at={prompt.createdAt} />
        </span>
      </p>
      {prompt.state === "unknown" && (
        <div className="ask">
          <h2>
            <StateMark look={look} /> Did it start?
          </h2>
          <p>
            {runner?.body.name ?? "The runner"} took this prompt and has been silent since. It may be running there.
            When the runner comes back, it says so by itself.
          </p>
          {may && (
            <div className="actions">
              <Button look="primary" onClick={() => act(app, "restartPrompt", prompt)}>
                Start again
              </Button>
              <Button onClick={() => act(app, "forgetPrompt", prompt)}>Forget</Button>
            </div>
          )}
        </div>
      )}
      {prompt.reason && prompt.state !== "unknown" && <p className="error-text">{errorText(prompt.reason)}</p>}
      {editing ? (
        <PromptEditor prompt={prompt} onClose={() => setEditing(false)} />
      ) : (
        <pre className="prompt-text">{prompt.body.text}</pre>
      )}
      {may && !editing && prompt.state === "queued" && <QueueActions prompt={prompt} onEdit={() => setEditing(true)} />}
      {may && !editing && prompt.state === "waiting" && (
        <div className="actions">
          <Button icon="close" onClick={() => act(app, "cancelPrompt", prompt)}>
            Cancel
          </Button>
        </div>
      )}
    </article>
  );
}

/** Edit, move and cancel, as long as nothing has started. */
function QueueActions({ prompt, onEdit }: { readonly prompt: Prompt; readonly onEdit: () => void }) {
  const app = useApp();
  const queue = useTeam(queueOrder).split(" ");
  const place = queue.indexOf(prompt.id);
  const up = queue[place - 1];
  const down = queue[place + 2] ?? "last";
  const move = (before: string) => change(app, prompt, { before });
  return (
    <div className="actions">
      <Button icon="edit" onClick={onEdit}>
        Edit
      </Button>
      {up && (
        <Button icon="arrow-up" onClick={() => move(up)}>
          Earlier
        </Button>
      )}
      {place < queue.length - 1 && (
        <Button icon="arrow-down" onClick={() => move(down)}>
          Later
        </Button>
      )}
      <Button icon="close" onClick={() => act(app, "cancelPrompt", prompt)}>
        Cancel
      </Button>
    </div>
  );
}
/** As one text, so that the view is only drawn again when the order is another. */
const queueOrder = (state: Parameters<typeof queueOf>[0]) =>
  queueOf(state)
    .map((prompt) => prompt.id)
    .join(" ");

function PromptEditor({ prompt, onClose }: { readonly prompt: Prompt; readonly onClose: () => void }) {
  const app = useApp();
  const [text, setText] = useState(prompt.body.text);
  const [rev] = useState(prompt.rev);
  const save = async () => {
    if (await change(app, { ...prompt, rev }, { text: text.trim() })) onClose();
  };
  return (
    <div className="stack">
      <textarea
        className="editor"
        aria-label="Text of the prompt"
        value={text}
        rows={Math.min(20, Math.max(4, text.split("\n").length + 1))}
        onChange={(event) => setText(event.target.value)}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to edit.
        autoFocus
      />
      <div className="actions">
        <Button look="primary" disabled={text.trim() === ""} onClick={save}>
          Save
        </Button>
        <Button onClick={onClose}>Leave as it is</Button>
      </div>
    </div>
  );
}

async function change(
  app: App,
  prompt: Prompt,
  changes: Omit<RequestOf<"changePrompt">["body"], "rev">,
): Promise<boolean> {
  const changed = await app.attempt(() =>
    app.client.call("changePrompt", { params: { id: prompt.id }, body: { rev: prompt.rev, ...changes } }),
  );
  if (changed) app.team.put({ prompts: [changed] });
  return changed !== undefined;
}

async function act(app: App, name: "cancelPrompt" | "restartPrompt" | "forgetPrompt", prompt: Prompt): Promise<void> {
  const changed = await app.attempt(() => app.client.call(name, { params: { id: prompt.id } }));
  if (changed) app.team.put({ prompts: [changed] });
}
