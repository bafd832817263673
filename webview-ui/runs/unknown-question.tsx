import type { Prompt } from "#protocol/documents";
import { Button, Icon } from "../controls/controls";
import { mayManagePrompt } from "../model/allowed";
import { useMe, useTeam } from "../model/hooks";
import { usePromptCalls } from "./prompt-calls";

/** A runner took the prompt and went silent: a person may know more, and decides. */
export function UnknownQuestion({ prompt }: { readonly prompt: Prompt }) {
  const me = useMe();
  const runner = useTeam((state) => state.runners.get(prompt.claimedBy ?? ""));
  const { isPossible, call } = usePromptCalls(prompt);
  return (
    <section className="ask" aria-labelledby="unknown-question">
      <h2 id="unknown-question">
        <Icon name="question" tone="warn" /> Did it start?
      </h2>
      <p>
        {runner?.body.name ?? "The runner"} took this prompt and has been silent since, so it may be running there. When
        the runner comes back, it says so by itself.
      </p>
      {mayManagePrompt(me, prompt) ? (
        <>
          <div className="actions">
            <Button look="primary" disabled={!isPossible} onClick={() => void call("restartPrompt")}>
              Start again
            </Button>
            <Button disabled={!isPossible} onClick={() => void call("forgetPrompt")}>
              Forget
            </Button>
          </div>
          <p className="hint">“Start again” puts it back into the queue; if it did start, it then runs twice.</p>
        </>
      ) : (
        <p className="hint">Its author or an approver can start it again or forget it.</p>
      )}
    </section>
  );
}
