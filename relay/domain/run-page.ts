import type { Run } from "#protocol/documents";
import { fitting } from "#relay/domain/fitting";
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
 * One page of runs, newest first: open ones and ended ones in one order. A cursor is an id behind which the next page
 * begins, so that runs that begin meanwhile move nothing. A page may be short and still have a `next`.
 */
export async function pageOfRuns(
  runs: Runs,
  archive: Archive,
  filter: RunFilter,
): Promise<{ runs: Run[]; next?: string }> {
  const { cursor, limit } = filter;
  const matches = matcherOf(filter);
  const ended = await archive.page({ limit, matches, ...(cursor !== undefined && { cursor }) });
  // Behind the place up to which ended ones were looked at, the next page goes on with both.
  const isHere = ({ id }: Run) =>
    (cursor === undefined || id < cursor) && (ended.next === undefined || id >= ended.next);
  const open = runs.open().filter((run) => isHere(run) && matches(run));
  const all = [...open, ...ended.runs].sort((one, other) => (one.id < other.id ? 1 : -1));
  const page = fitting(all.slice(0, limit));
  const next = page.length < all.length ? page.at(-1)?.id : ended.next;
  return { runs: page, ...(next !== undefined && { next }) };
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
