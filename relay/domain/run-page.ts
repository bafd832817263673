import type { Run } from "#protocol/documents";
import type { Runs } from "#relay/domain/runs";
import { holdsWords } from "#relay/domain/words";
import type { Archive } from "#relay/store/store";

export interface RunFilter {
  readonly cursor?: string | undefined;
  readonly limit: number;
  readonly q?: string | undefined;
  readonly status?: Run["status"] | undefined;
  readonly runnerId?: string | undefined;
  readonly threadId?: string | undefined;
}

/**
 * One page of runs, newest first: open ones and ended ones in one order. A cursor is the id of the last run of the
 * page before, so that runs that begin meanwhile move nothing.
 */
export async function pageOfRuns(
  runs: Runs,
  archive: Archive,
  filter: RunFilter,
): Promise<{ runs: Run[]; next?: string }> {
  const { cursor, limit } = filter;
  const matches = matcherOf(filter);
  const ended = await archive.page({ limit, matches, ...(cursor !== undefined && { cursor }) });
  const open = runs.open().filter((run) => (cursor === undefined || run.id < cursor) && matches(run));
  const all = [...open, ...ended.runs].sort((one, other) => (one.id < other.id ? 1 : -1));
  const page = all.slice(0, limit);
  const last = page.at(-1);
  const isMore = all.length > limit || ended.next !== undefined;
  return { runs: page, ...(isMore && last && { next: last.id }) };
}

function matcherOf({ q, status, runnerId, threadId }: RunFilter): (run: Run) => boolean {
  const hasWords = holdsWords(q);
  return (run) => {
    if (status !== undefined && run.status !== status) return false;
    if (runnerId !== undefined && run.runnerId !== runnerId) return false;
    if (threadId !== undefined && run.threadId !== threadId) return false;
    const { title, prompt, cwd, command } = run.body;
    return hasWords(`${title}\n${prompt ?? ""}\n${cwd}\n${command}\n${run.agent}`);
  };
}
