import { type Uri, window } from "vscode";
import type { Disposable } from "#extension/disposables";
import { notify } from "#extension/notify";
import { RunId } from "#protocol/ids";

/** The run that a link of the form `vscode://baton.baton/runs/run_…` names. Links name, and never do. */
export function linkedRun(uri: Pick<Uri, "path">): RunId | undefined {
  const [, id] = /^\/runs\/([a-z0-9_]+)\/?$/.exec(uri.path) ?? [];
  const parsed = RunId.safeParse(id);
  return parsed.success ? parsed.data : undefined;
}

export interface Links extends Disposable {
  open(uri: Pick<Uri, "path">): void;
}

/** Opens what a link names: a run, as if it had been chosen in the list. */
export function registerLinks(openRun: (runId: RunId) => void): Links {
  const open = (uri: Pick<Uri, "path">) => {
    const runId = linkedRun(uri);
    if (runId === undefined) void notify("warning", "This link names nothing that Baton knows.");
    else openRun(runId);
  };
  const registered = window.registerUriHandler({ handleUri: open });
  return { open, dispose: () => registered.dispose() };
}
