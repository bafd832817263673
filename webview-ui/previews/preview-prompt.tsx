import { useState } from "react";
import type { Preview, PromptAttachment } from "#protocol/documents";
import { Dialog } from "../controls/dialog";
import { useApp, useTeam } from "../model/hooks";
import { folderBelow } from "../model/run-folder";
import { Composer } from "../runs/composer";
import { useChooser } from "../runs/use-choices";

/** Where the prompt about a preview is kept while it is written. */
export const previewDraft = ({ id }: Pick<Preview, "id">): string => `preview.${id}`;

interface PreviewPromptProps {
  readonly preview: Preview;
  readonly attachments: readonly PromptAttachment[];
  readonly onClose: () => void;
}

/** Asks an agent of the preview's runner for a change, beside the page. */
export function PreviewPrompt({ preview, attachments, onClose }: PreviewPromptProps) {
  const app = useApp();
  const chooser = useChooser({ runnerId: preview.runnerId, isForThatRunner: true });
  const runner = useTeam((state) => state.runners.get(preview.runnerId));
  const server = useTeam((state) => (preview.runId === undefined ? undefined : state.runs.get(preview.runId)));
  const [all, setAll] = useState(attachments);
  return (
    <Dialog title={`What should change on ${preview.body.name}?`} className="wide" onClose={onClose}>
      {chooser.choices.target ? (
        <Composer
          place={previewDraft(preview)}
          placeholder="Say what should change. Enter queues it."
          chooser={chooser}
          folder={folderBelow(server, runner)}
          attached={{ all, remove: (one) => setAll(all.filter((each) => each !== one)) }}
          autoFocus
          onQueued={() => {
            app.notices.say(`Queued for ${runner?.body.name ?? "the runner"}.`);
            onClose();
          }}
        />
      ) : (
        <p>No agent of {runner?.body.name ?? "this runner"} takes prompts from you.</p>
      )}
    </Dialog>
  );
}
