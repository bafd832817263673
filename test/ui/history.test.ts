import assert from "node:assert/strict";
import type { Prompt } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { createClient } from "#sdk/client";
import { createTeamStore } from "#sdk/team-store";
import { createHistory } from "../../webview-ui/model/history";
import { listRows } from "../../webview-ui/model/run-list";

const cancelled = (text: string, createdAt: number): Prompt => ({
  v: 1,
  rev: 2,
  id: newId("prompt", createdAt),
  createdAt,
  expiresAt: createdAt + 1_000,
  endedAt: createdAt + 1,
  memberId: newId("member"),
  target: { label: "any" },
  agent: "echo",
  mode: "once",
  access: "edit",
  threadId: newId("thread"),
  state: "cancelled",
  attempt: 1,
  position: 1,
  body: { text },
});

describe("the history of the dashboard", () => {
  it("holds the prompts that ended without a run, page by page, until both lists are at their end", async () => {
    const pages = [[cancelled("newer", 2_000)], [], [cancelled("older", 1_000)]];
    const asked: string[] = [];
    const answer: typeof fetch = async (input) => {
      const { pathname, searchParams } = new URL(String(input));
      asked.push(`${pathname} ${searchParams.get("state") ?? ""} ${searchParams.get("cursor") ?? ""}`.trim());
      if (pathname === "/api/runs") return Response.json({ runs: [] });
      const page = Number(searchParams.get("cursor") ?? 0);
      const next = page + 1 < pages.length ? { next: String(page + 1) } : {};
      return Response.json({ prompts: pages[page], ...next });
    };
    const team = createTeamStore();
    const history = createHistory(createClient({ baseUrl: "http://relay.test", fetch: answer }), team);
    await history.refresh();
    while (history.get().next !== undefined) await history.more();
    assert.equal(history.get().phase, "ready");
    assert.deepEqual(asked, [
      "/api/runs",
      "/api/prompts never-started",
      "/api/prompts never-started 1",
      "/api/prompts never-started 2",
    ]);
    const rows = listRows({ team: team.get(), outbox: [], history: history.get(), now: 3_000 });
    assert.deepEqual(
      rows.flatMap((row) => (row.kind === "prompt" ? [row.prompt.body.text] : [])),
      ["newer", "older"],
    );
  });
});
