import assert from "node:assert/strict";
import { pageOfRuns } from "#relay/domain/run-page";
import { maxDaysLookedAt } from "#relay/store/caps";
import { runDocument } from "#test/relay/store/support/documents";
import { startDomain } from "#test/support/relay-domain";

const dayMs = 24 * 60 * 60 * 1000;

describe("relay: pages of runs", () => {
  it("have every run once, open and ended, where a page is short because many days were looked through", async () => {
    await using test = await startDomain();
    const { context, runs } = test.domain;
    const newest = Date.UTC(2026, 4, 1);
    const ended = Array.from({ length: 3 * maxDaysLookedAt }, (_, i) => runDocument(newest - i * dayMs));
    const { end: _, endedAt: __, exitCode: ___, ...rest } = runDocument(newest);
    const open = [1, maxDaysLookedAt + 3, 2 * maxDaysLookedAt - 1, 4 * maxDaysLookedAt].map((days) => ({
      ...rest,
      id: runDocument(newest - days * dayMs + 1).id,
      status: "running" as const,
    }));
    await context.store.documents.commit([
      ...ended.map((run) => ({ collection: "runs", archive: run }) as const),
      ...open.map((run) => ({ collection: "runs", put: run }) as const),
    ]);
    const all = [...ended, ...open]
      .map(({ id }) => id)
      .sort()
      .reverse();
    for (const limit of [7, 50, 200]) {
      const seen: string[] = [];
      const lengths: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await pageOfRuns(runs, context.store.archive, { limit, cursor });
        seen.push(...page.runs.map(({ id }) => id));
        lengths.push(page.runs.length);
        cursor = page.next;
      } while (cursor !== undefined);
      assert.deepEqual(seen, all);
      assert.ok(Math.max(...lengths) <= Math.min(limit, maxDaysLookedAt + open.length));
    }
  });
});
