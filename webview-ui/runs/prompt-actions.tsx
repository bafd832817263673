import type { Prompt } from "#protocol/documents";
import { Button } from "../controls/controls";
import { mayEditPrompt, mayManagePrompt } from "../model/allowed";
import { useMe, useTeam } from "../model/hooks";
import { queueOf } from "../model/run-list";
import { usePromptCalls } from "./prompt-calls";

/** Edit, move and cancel, as long as nothing has started. */
export function PromptActions({ prompt, onEdit }: { readonly prompt: Prompt; readonly onEdit: () => void }) {
  const me = useMe();
  const queue = useTeam(queueOrder).split(" ");
  const { isPossible, call, change } = usePromptCalls(prompt);
  const isQueued = prompt.state === "queued";
  if (!mayManagePrompt(me, prompt) || !(isQueued || prompt.state === "waiting")) return null;
  const place = queue.indexOf(prompt.id);
  const up = isQueued ? queue[place - 1] : undefined;
  const down = isQueued && place < queue.length - 1 ? (queue[place + 2] ?? "last") : undefined;
  return (
    <div className="actions">
      {isQueued && mayEditPrompt(me, prompt) && (
        <Button icon="edit" disabled={!isPossible} onClick={onEdit}>
          Edit
        </Button>
      )}
      {up && (
        <Button icon="arrow-up" disabled={!isPossible} onClick={() => void change({ before: up })}>
          Earlier
        </Button>
      )}
      {down && (
        <Button icon="arrow-down" disabled={!isPossible} onClick={() => void change({ before: down })}>
          Later
        </Button>
      )}
      <Button icon="close" disabled={!isPossible} onClick={() => void call("cancelPrompt")}>
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
