import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { type EmbeddedStore, type EmbeddedStoreOptions, openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import type { Change } from "#relay/store/store";
import { commitArbitrary } from "#test/relay/store/support/commit-arbitrary";
import { asSeen, comparable, modelOf, readModel } from "#test/relay/store/support/document-model";
import { memberDocument, promptDocument, runDocument } from "#test/relay/store/support/documents";
import { failingDisk } from "#test/relay/store/support/failing-disk";
import { freeLock } from "#test/relay/store/support/free-lock";
import { type TempFolder, tempFolder } from "#test/support/temp";

describe("documents", () => {
  let folder: TempFolder;
  let store: EmbeddedStore;
  const open = async (more: Partial<EmbeddedStoreOptions> = {}) => {
    store = await openEmbeddedStore({ dataFolder: folder.at("data"), ...more });
    return store;
  };

  beforeEach(() => {
    folder = tempFolder("store");
  });
  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  it("shows a change at once, with the next revision, and keeps it", async () => {
    await open();
    const ana = memberDocument("Ana");
    const written = store.documents.commit([{ collection: "members", put: ana }]);
    assert.deepEqual(store.documents.get("members", ana.id), { ...ana, rev: 1 });
    await written;
    await store.documents.commit([{ collection: "members", put: { ...ana, name: "Ana B." } }]);
    await store.close();
    await open();
    assert.deepEqual(store.documents.all("members"), [{ ...ana, name: "Ana B.", rev: 2 }]);
  });

  it("keeps the id of the store", async () => {
    const { storeId } = await open();
    await store.close();
    assert.equal((await open()).storeId, storeId);
  });

  it("lets fields and collections that it does not know survive", async () => {
    await open();
    const ana = { ...memberDocument("Ana"), avatar: { kind: "later" } };
    await store.documents.commit([{ collection: "members", put: ana }]);
    await store.close();
    const path = folder.at("data", "team.json");
    const content = JSON.parse(readFileSync(path, "utf8"));
    content.madeBy = "a later version";
    content.collections.badges = [{ id: "b1", rev: 1, text: "kept" }];
    writeFileSync(path, JSON.stringify(content));
    await open();
    await store.documents.commit([{ collection: "members", put: memberDocument("Ben") }]);
    await store.close();
    const after = JSON.parse(readFileSync(path, "utf8"));
    assert.equal(after.madeBy, "a later version");
    assert.deepEqual(after.collections.badges, content.collections.badges);
    assert.deepEqual(after.collections.members[0].avatar, { kind: "later" });
    await open();
  });

  it("lets all commits that wait share one write", async () => {
    const disk = failingDisk();
    await open({ io: disk });
    const before = disk.calls.length;
    await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        store.documents.commit([{ collection: "prompts", put: promptDocument(1_000 + i) }]),
      ),
    );
    const syncs = disk.calls.slice(before).filter((name) => name === "sync").length;
    assert.ok(syncs <= 3, `${syncs} syncs`);
    assert.equal(store.documents.all("prompts").length, 200);
  });

  it("changes nothing when one of the changes is refused", async () => {
    await open();
    const ana = memberDocument("Ana");
    const changes: Change[] = [
      { collection: "members", put: ana },
      { collection: "members", archive: ana },
    ];
    await assert.rejects(store.documents.commit(changes), TypeError);
    assert.deepEqual(store.documents.all("members"), []);
  });

  it("goes back to what is durable when the disk is full, says so, and goes on when there is room", async () => {
    const disk = failingDisk();
    await open({ io: disk });
    const ana = memberDocument("Ana");
    await store.documents.commit([{ collection: "members", put: ana }]);
    const health: (string | undefined)[] = [];
    store.health.onChange(() => health.push(store.health.error));
    disk.fail = (_, name) => (name === "write" ? "ENOSPC" : undefined);
    const first = store.documents.commit([{ collection: "members", put: { ...ana, name: "lost" } }]);
    const second = store.documents.commit([{ collection: "prompts", put: promptDocument(5) }]);
    assert.equal(store.documents.get("members", ana.id)?.name, "lost");
    await assert.rejects(first, { code: "storage_full" });
    await assert.rejects(second, { code: "storage_full" });
    assert.equal(store.documents.get("members", ana.id)?.name, "Ana");
    assert.deepEqual(store.documents.all("prompts"), []);
    assert.deepEqual(
      readdirSync(folder.at("data")).filter((name) => name.endsWith(".tmp")),
      [],
      "what was begun takes no room",
    );
    disk.fail = (_, name) => (name === "sync" ? "EIO" : undefined);
    await assert.rejects(store.documents.commit([{ collection: "members", remove: ana.id }]), {
      code: "storage_failed",
    });
    disk.fail = () => undefined;
    await store.documents.commit([{ collection: "members", put: { ...ana, name: "kept" } }]);
    assert.deepEqual(health, ["storage_full", "storage_failed", undefined]);
    await store.close();
    await open();
    assert.deepEqual(store.documents.all("members"), [{ ...ana, name: "kept", rev: 2 }]);
  });

  it("finds out by itself that there is room again", async () => {
    const disk = failingDisk();
    await open({ io: disk, probeMs: 100 });
    disk.fail = (_, name) => (name === "write" ? "ENOSPC" : undefined);
    await assert.rejects(store.documents.commit([{ collection: "members", put: memberDocument("Ana") }]));
    disk.fail = () => undefined;
    if (store.health.error) await new Promise<void>((resolve) => store.health.onChange(resolve));
    assert.equal(store.health.error, undefined);
  });

  it("equals a plain model, with failures of the disk anywhere (property)", async () => {
    const step = fc.record({
      commits: fc.array(commitArbitrary, { minLength: 1, maxLength: 3 }),
      failure: fc.option(fc.record({ at: fc.nat(14), code: fc.constantFrom("ENOSPC", "EIO") }), { freq: 2 }),
      moves: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const dataFolder = folder.at(`p${Math.random()}`);
        const disk = failingDisk();
        let tested = await openEmbeddedStore({ dataFolder, io: disk });
        const done: Change[][] = [];
        for (const { commits: made, failure, moves } of steps) {
          const commits = made.map((changes) => asSeen(changes, modelOf(done)));
          const from = disk.calls.length;
          disk.fail = (index) => (failure && index === from + failure.at ? failure.code : undefined);
          const results = await Promise.allSettled(commits.map((changes) => tested.documents.commit(changes)));
          if (moves) await tested.archive.move().catch((error) => assert.ok(failure, error));
          disk.fail = () => undefined;
          results.forEach((result, i) => {
            if (result.status === "fulfilled") done.push(commits[i] ?? []);
          });
          assert.deepEqual(comparable(await readModel(tested)), comparable(modelOf(done)));
        }
        await tested.close();
        tested = await openEmbeddedStore({ dataFolder });
        assert.deepEqual(comparable(await readModel(tested)), comparable(modelOf(done)));
        await tested.close();
      }),
      { numRuns: 80 },
    );
    await open();
  });

  it("loses nothing that it confirmed, and tears no commit, when it ends before any call to the disk", async () => {
    const ana = memberDocument("Ana");
    const run = runDocument(Date.UTC(2025, 5, 1));
    const commits: Change[][] = [
      [{ collection: "members", put: ana }],
      [{ collection: "runs", put: run }],
      // Two files.
      [
        { collection: "members", put: { ...ana, name: "Ana B." } },
        { collection: "prompts", put: promptDocument(9) },
      ],
      [{ collection: "runs", archive: run }],
      [{ collection: "members", remove: ana.id }],
    ];
    let crashes = 0;
    for (let crashIndex = 0; ; crashIndex++) {
      const dataFolder = folder.at(`c${crashIndex}`);
      const disk = failingDisk();
      let dying = await openEmbeddedStore({ dataFolder, io: disk });
      const from = disk.calls.length;
      disk.fail = (index) => (index >= from + crashIndex ? "EIO" : undefined);
      let confirmed = 0;
      try {
        for (const changes of commits) {
          await dying.documents.commit(changes);
          confirmed++;
          if (changes.some((change) => "archive" in change)) await dying.archive.move();
        }
      } catch {
        crashes++;
      }
      const crashed = disk.calls.length - from > crashIndex;
      disk.fail = () => "EIO";
      await dying.close().catch(() => undefined);
      freeLock(dataFolder);
      dying = await openEmbeddedStore({ dataFolder });
      const found = JSON.stringify(comparable(await readModel(dying)));
      // The one that was under way may have happened; if so, all of it.
      const possible = [confirmed, confirmed + 1].map((count) =>
        JSON.stringify(comparable(modelOf(commits.slice(0, count)))),
      );
      assert.ok(possible.includes(found), `after call ${crashIndex}: ${found}`);
      assert.deepEqual(
        readdirSync(dataFolder).filter((name) => name.endsWith(".tmp")),
        [],
      );
      await dying.close();
      if (!crashed) break;
    }
    assert.ok(crashes > 30, `${crashes} crashes`);
    await open();
  }).timeout(20_000);
});
