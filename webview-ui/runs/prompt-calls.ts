import { useState } from "react";
import type { RequestOf } from "#protocol/api";
import type { Prompt } from "#protocol/documents";
import type { App } from "../model/app-model";
import { useApp, useLive } from "../model/hooks";

export type PromptCall = "cancelPrompt" | "restartPrompt" | "forgetPrompt";
export type PromptChanges = Omit<RequestOf<"changePrompt">["body"], "rev">;

/** Changes a queued prompt as it was seen. @returns whether the relay took it */
export async function changePrompt(app: App, prompt: Prompt, changes: PromptChanges): Promise<boolean> {
  const changed = await app.attempt(() =>
    app.client.call("changePrompt", { params: { id: prompt.id }, body: { rev: prompt.rev, ...changes } }),
  );
  if (changed) app.team.put({ prompts: [changed] });
  return changed !== undefined;
}

/** Calls that a prompt's buttons make, one at a time: `isPossible` is false while one is on its way, and without a link. */
export function usePromptCalls(prompt: Prompt) {
  const app = useApp();
  const live = useLive();
  const [busy, setBusy] = useState(false);
  const once = async (work: () => Promise<unknown>) => {
    setBusy(true);
    await work();
    setBusy(false);
  };
  return {
    isPossible: live && !busy,
    call: (name: PromptCall) =>
      once(async () => {
        const changed = await app.attempt(() => app.client.call(name, { params: { id: prompt.id } }));
        if (changed) app.team.put({ prompts: [changed] });
      }),
    change: (changes: PromptChanges) => once(() => changePrompt(app, prompt, changes)),
  };
}
