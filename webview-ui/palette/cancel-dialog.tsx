import { useEffect, useState } from "react";
import { Confirm } from "../controls/dialog";
import { openRun } from "../layout/actions";
import { canBeCancelled } from "../model/allowed";
import { useApp, useTeam } from "../model/hooks";
import { cancelRun } from "../run/run-actions";

/** Asks before the run that is open is cancelled by a key or from the palette. */
export function CancelDialog({ onClose }: { readonly onClose: () => void }) {
  const app = useApp();
  const [id] = useState(() => openRun(app)?.id);
  const run = useTeam((state) => (id ? state.runs.get(id) : undefined));
  const isPossible = run !== undefined && canBeCancelled(run);
  useEffect(() => {
    if (!isPossible) onClose();
  }, [isPossible, onClose]);
  if (!isPossible) return null;
  return (
    <Confirm
      title={`Cancel “${run.body.title}”?`}
      action="Cancel the run"
      onConfirm={() => void cancelRun(app, run)}
      onClose={onClose}
    >
      Its program is ended. Its output is kept.
    </Confirm>
  );
}
