import { type Uri, window } from "vscode";
import type { Disposable } from "#extension/disposables";
import { runIdIn, tellOfOddLink } from "#extension/run-link";
import { RunId } from "#protocol/ids";

/** The run that a link of the form `vscode://baton.baton/runs/run_…` names. Links name, and never do. */
export function linkedRun(uri: Pick<Uri, "path">): RunId | undefined {
  const parsed = RunId.safeParse(runIdIn(uri.path));
  return parsed.success ? parsed.data : undefined;
}

export interface Links extends Disposable {
  open(uri: Pick<Uri, "path">): void;
}

/** Opens what a link names: a run, as if it had been chosen in the list. */
export function registerLinks(openRun: (runId: RunId) => void): Links {
  const open = (uri: Pick<Uri, "path">) => {
    const runId = linkedRun(uri);
    if (runId === undefined) tellOfOddLink();
    else openRun(runId);
  };
  const registered = window.registerUriHandler({ handleUri: open });
  return { open, dispose: () => registered.dispose() };
}
