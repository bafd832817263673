import type { Run } from "#protocol/documents";
import type { App } from "../model/app-model";

/** Where a new prompt is written: for the runner whose run or prompt is shown now, where one is. */
export function newPath({ router, team }: App): string {
  const { name, id, query } = router.get();
  const { runs, prompts } = team.get();
  if (name === "new") return query.size > 0 ? `/new?${query}` : "/new";
  const prompt = prompts.get(id);
  const target = prompt && "runnerId" in prompt.target ? prompt.target.runnerId : undefined;
  const runnerId = runs.get(id)?.runnerId ?? prompt?.claimedBy ?? target;
  return runnerId ? `/new?runner=${runnerId}` : "/new";
}

/** Where a new prompt is written for the runner and the folder of a run. */
export const newInFolder = ({ runnerId }: Run, folder: string): string =>
  `/new?${new URLSearchParams({ runner: runnerId, ...(folder && { folder }) })}`;
