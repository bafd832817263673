import { useState } from "react";
import type { Prompt } from "#protocol/documents";
import { Button } from "../controls/controls";
import { useApp, useLive } from "../model/hooks";
import { changePrompt } from "./prompt-calls";

/** The text of a queued prompt, while its author writes it anew. */
export function PromptEditor({ prompt, onClose }: { readonly prompt: Prompt; readonly onClose: () => void }) {
  const app = useApp();
  const live = useLive();
  const [text, setText] = useState(prompt.body.text);
  const [rev] = useState(prompt.rev);
  const save = async () => {
    if (await changePrompt(app, { ...prompt, rev }, { text: text.trim() })) onClose();
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
        <Button look="primary" disabled={text.trim() === "" || !live} onClick={save}>
          Save
        </Button>
        <Button onClick={onClose}>Leave as it is</Button>
      </div>
    </div>
  );
}
