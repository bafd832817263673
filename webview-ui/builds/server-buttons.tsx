import { useState } from "react";
import type { NewPrompt } from "#protocol/api";
import { devServerAgent, type Prompt, type Run } from "#protocol/documents";
import { mayPrompt } from "#protocol/may-prompt";
import { Button } from "../controls/controls";
import { mayCall, mayCancelRun } from "../model/allowed";
import { isConnected } from "../model/describe";
import { useApp, useMe, useTeam } from "../model/hooks";
import { promptPath } from "../model/router";

/** Starts a dev server again, in the place of the one that is there, at the same address. */
export function RestartServer({ run }: { readonly run: Run }) {
  const { asked, start } = useStart(run.runnerId);
  const { agent, body, server, threadId } = run;
  const me = useMe();
  if (agent !== devServerAgent || body.prompt === undefined || !start) return null;
  if (run.status !== "ended" && !mayCancelRun(me, run)) return null;
  const { restarts = false, port } = server ?? {};
  const wish = { restarts, ...(port !== undefined && { port }), ...(run.status !== "ended" && { replaces: run.id }) };
  return (
    <Button
      icon="debug-restart"
      disabled={asked}
      onClick={() => void start({ threadId, body: { text: body.prompt ?? "", folder: body.cwd, server: wish } })}
    >
      <span className="button-text">{run.status === "ended" ? "Start again" : "Restart"}</span>
    </Button>
  );
}

/** Starts a dev server at a port that is free, where its usual one was taken. */
export function StartElsewhere({ prompt }: { readonly prompt: Prompt }) {
  const { target, threadId, reason, body } = prompt;
  const { asked, start } = useStart("runnerId" in target ? target.runnerId : undefined);
  const free = Number(reason?.params?.free);
  if (reason?.code !== "port_taken" || !Number.isInteger(free) || !start) return null;
  const server = { restarts: body.server?.restarts ?? false, port: free };
  return (
    <div className="actions">
      <Button
        look="primary"
        icon="play"
        disabled={asked}
        onClick={() => void start({ threadId, body: { text: body.text, folder: body.folder ?? "", server } })}
      >
        Start at port {free}
      </Button>
    </div>
  );
}

type Start = (wish: Pick<NewPrompt, "threadId" | "body">) => Promise<void>;

/** @returns no `start` for who may not, or while the runner is away */
function useStart(runnerId: string | undefined): { readonly asked: boolean; readonly start: Start | undefined } {
  const app = useApp();
  const me = useMe();
  const runner = useTeam((state) => state.runners.get(runnerId ?? ""));
  const [asked, setAsked] = useState(false);
  if (!me || !runner || !mayCall(me, "queuePrompt") || !mayPrompt(runner, me.id) || !isConnected(runner)) {
    return { asked, start: undefined };
  }
  const start: Start = async (wish) => {
    setAsked(true);
    const common = {
      target: { runnerId: runner.id },
      agent: devServerAgent,
      mode: "interactive",
      access: "full",
    } as const;
    const prompt = await app.attempt(() => app.client.call("queuePrompt", { body: { ...common, ...wish } }));
    setAsked(false);
    if (!prompt) return;
    app.team.put({ prompts: [prompt] });
    app.router.go(promptPath(prompt.id));
  };
  return { asked, start };
}
