import assert from "node:assert/strict";
import type { Member, Run } from "#protocol/documents";
import { newId } from "#protocol/ids";
import type { ToViewer } from "#protocol/viewer-link";
import { createTeamStore } from "#sdk/team-store";

const ana: Member = { v: 1, rev: 1, id: newId("member"), name: "Ana", role: "viewer", createdAt: 1 };
const run = (id: string, rev: number, status: Run["status"]): Run => ({
  v: 1,
  rev,
  id,
  runnerId: newId("runner"),
  threadId: newId("thread"),
  agent: "echo",
  mode: "once",
  access: "edit",
  visibility: "team",
  createdAt: 1,
  storeId: "s",
  status,
  headSeq: 0,
  outputBytes: 0,
  receivedAt: 1,
  body: { title: "t", cwd: "/", command: "echo" },
});
const welcome = (runs: Run[]) =>
  ({
    type: "welcome" as const,
    version: 1,
    relayId: newId("relay"),
    connection: newId("connection"),
    member: ana,
    now: 5_000,
    members: [ana],
    runners: [],
    prompts: [],
    runs,
  }) satisfies ToViewer;

describe("team store", () => {
  it("keeps the newer form of a document, in whatever order they come", () => {
    const store = createTeamStore();
    const id = newId("run");
    store.put({ runs: [run(id, 4, "ended")] });
    store.receive({ type: "changed", runs: [run(id, 3, "running")] });
    assert.equal(store.get().runs.get(id)?.status, "ended");
  });

  it("forgets at a welcome what was open and is not named any more, and keeps what had ended", () => {
    const store = createTeamStore();
    const [gone, over, open] = [newId("run"), newId("run"), newId("run")];
    store.put({ runs: [run(gone, 1, "running"), run(over, 1, "ended")] });
    store.receive(welcome([run(open, 1, "running")]), 1_000);
    assert.deepEqual([...store.get().runs.keys()].sort(), [over, open].sort());
    assert.equal(store.get().clockOffsetMs, 4_000);
  });

  it("takes a state that comes in pages, and forgets what was not named when it is complete", () => {
    const store = createTeamStore();
    const [gone, kept, late] = [newId("run"), newId("run"), newId("run")];
    store.receive(welcome([run(gone, 9, "running"), run(kept, 9, "running")]));
    assert.equal(store.get().complete, true);
    store.receive({ ...welcome([]), more: true });
    assert.deepEqual([...store.get().runs.keys()], [gone, kept], "nothing disappears meanwhile");
    assert.deepEqual([store.get().complete, store.get().welcomes], [false, 1]);
    store.receive({ type: "changed", runs: [run(kept, 3, "running")] });
    store.receive({ type: "changed", runs: [run(kept, 2, "starting")] });
    assert.equal(store.get().runs.get(kept)?.rev, 3, "of a relay that counts anew, and from there on the higher one");
    store.receive({ type: "changed", runs: [run(late, 1, "running")], complete: true });
    assert.deepEqual([...store.get().runs.keys()], [kept, late]);
    assert.deepEqual([store.get().complete, store.get().welcomes], [true, 2]);
    assert.equal(store.get().members.size, 1);
  });

  it("follows a change of the own role", () => {
    const store = createTeamStore();
    store.receive(welcome([]));
    store.receive({ type: "changed", members: [{ ...ana, rev: 2, role: "owner" }] });
    assert.equal(store.get().me?.role, "owner");
  });

  it("is the same value where nothing changed", () => {
    const store = createTeamStore();
    const id = newId("run");
    store.put({ runs: [run(id, 4, "ended")] });
    const before = store.get().runs;
    store.put({ runs: [run(id, 4, "ended")] });
    assert.equal(store.get().runs, before);
  });
});
