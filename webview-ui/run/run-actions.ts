import type { Run } from "#protocol/documents";
import type { App } from "../model/app-model";

/** Asks for the end of a run, once; its header says that it was asked for. */
export async function cancelRun({ cancelling, attempt, client }: App, run: Run): Promise<void> {
  if (cancelling.get().has(run.id)) return;
  cancelling.set((runs) => new Set(runs).add(run.id));
  const done = await attempt(async () => {
    await client.call("cancelRun", { params: { id: run.id } });
    return true;
  });
  if (!done) cancelling.set((runs) => new Set([...runs].filter((id) => id !== run.id)));
}
