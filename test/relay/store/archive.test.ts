import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Run } from "#protocol/documents";
import { maxDaysLookedAt, maxPromptsLookedAt, maxRunsLookedAt } from "#relay/store/caps";
import { nodeDisk } from "#relay/store/embedded/disk";
import { type EmbeddedStore, openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { promptDocument, runDocument } from "#test/relay/store/support/documents";
import { type TempFolder, tempFolder } from "#test/support/temp";

const start = Date.UTC(2025, 0, 30, 12);
const hourMs = 3_600_000;

describe("the archive", () => {
  let folder: TempFolder;
  let store: EmbeddedStore;
  let reads: string[];
  const open = async () => {
    reads = [];
    const readFile = (path: string) => {
      if (path.endsWith(".runs.json")) reads.push(path.slice(path.lastIndexOf("/") + 1));
      return nodeDisk.readFile(path);
    };
    store = await openEmbeddedStore({ dataFolder: folder.at("data"), io: { ...nodeDisk, readFile } });
  };
  const archive = (runs: readonly Run[]) =>
    store.documents.commit(runs.map((run) => ({ collection: "runs", archive: run })));
  const pages = async (limit: number, matches: (run: Run) => boolean = () => true) => {
    const found: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await store.archive.page({ limit, matches, ...(cursor !== undefined && { cursor }) });
      found.push(page.runs.map((run) => run.id));
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  };

  beforeEach(async () => {
    folder = tempFolder("store");
    await open();
  });
  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  it("finds a run and a prompt at once, after the move to their day, and after a restart", async () => {
    const run = runDocument(start);
    const prompt = promptDocument(start, { state: "done" });
    await store.documents.commit([{ collection: "runs", put: run }]);
    const written = store.documents.commit([
      { collection: "runs", archive: run },
      { collection: "prompts", archive: prompt },
    ]);
    const check = async () => {
      assert.deepEqual(await store.archive.run(run.id), { ...run, rev: 2 });
      assert.deepEqual(await store.archive.prompt(prompt.id), { ...prompt, rev: 1 });
      assert.equal(store.documents.get("runs", run.id), undefined);
    };
    await check();
    await written;
    await store.archive.move();
    await check();
    assert.deepEqual(readdirSync(folder.at("data", "days")).sort(), [
      "2025-01-30.prompts.json",
      "2025-01-30.runs.json",
    ]);
    await store.close();
    await open();
    await check();
    assert.equal(await store.archive.run(runDocument(start).id), undefined);
    assert.equal(await store.archive.run("nonsense"), undefined);
  });

  it("pages newest first over days and over what has not moved yet", async () => {
    const runs = Array.from({ length: 60 }, (_, i) => runDocument(start + i * 2 * hourMs));
    const shuffled = runs.map((_, i) => runs[(i * 37) % 60]).filter((run) => run !== undefined);
    await archive(shuffled.slice(0, 35));
    await store.archive.move();
    await archive(shuffled.slice(35));
    const newestFirst = runs.map((run) => run.id).reverse();
    for (const limit of [1, 7, 60, 100]) {
      const found = await pages(limit);
      assert.deepEqual(found.flat(), newestFirst);
      assert.equal(found.length, Math.ceil(60 / limit), "no page is empty");
    }
    const odd = new Set(newestFirst.filter((_, i) => i % 2));
    assert.deepEqual(
      (await pages(7, (run) => odd.has(run.id))).flat(),
      newestFirst.filter((id) => odd.has(id)),
    );
  });

  it("reads no day at the start, and then only those that a page needs", async () => {
    await archive(Array.from({ length: 20 }, (_, i) => runDocument(start + i * 24 * hourMs)));
    await store.archive.move();
    await store.close();
    await open();
    assert.deepEqual(reads, []);
    await store.archive.page({ limit: 2, matches: () => true });
    assert.deepEqual(reads, ["2025-02-18.runs.json", "2025-02-17.runs.json", "2025-02-16.runs.json"]);
    await store.archive.page({ limit: 2, matches: () => true });
    assert.equal(reads.length, 3, "they are remembered");
  });

  it("lists a run that was opened again among the open ones only, until it ends again", async () => {
    const run = runDocument(start);
    await archive([run]);
    await store.archive.move();
    const archived = await store.archive.run(run.id);
    assert.ok(archived);
    await store.documents.commit([{ collection: "runs", put: archived }]);
    assert.deepEqual(await pages(10), [[]]);
    assert.equal(store.documents.get("runs", run.id)?.rev, 2);
    await archive([{ ...archived, exitCode: 7 }]);
    await store.archive.move();
    assert.deepEqual(await pages(10), [[run.id]]);
    assert.deepEqual(await store.archive.run(run.id), { ...run, exitCode: 7, rev: 3 });
  });

  it("goes on behind days in which every run was opened again", async () => {
    const runs = Array.from({ length: maxDaysLookedAt + 2 }, (_, i) => runDocument(start - i * 24 * hourMs));
    await archive(runs);
    await store.archive.move();
    const again = runs.slice(0, maxDaysLookedAt);
    await store.documents.commit(again.map((run) => ({ collection: "runs", put: run })));
    assert.deepEqual(
      (await pages(10)).flat(),
      runs.slice(maxDaysLookedAt).map(({ id }) => id),
    );
  });

  it("keeps a change that comes while the run moves to its day", async () => {
    await store.close();
    const run = runDocument(start);
    const duringMove: Promise<void>[] = [];
    const rename = (from: string, to: string) => {
      if (to.endsWith(".runs.json")) duringMove.push(archive([{ ...run, exitCode: 9 }]));
      return nodeDisk.rename(from, to);
    };
    store = await openEmbeddedStore({ dataFolder: folder.at("data"), io: { ...nodeDisk, rename } });
    await archive([run]);
    await store.archive.move();
    await Promise.all(duringMove);
    assert.equal(duringMove.length, 1);
    assert.equal((await store.archive.run(run.id))?.exitCode, 9);
    await store.close();
    await open();
    assert.equal((await store.archive.run(run.id))?.exitCode, 9);
    assert.deepEqual(await pages(10), [[run.id]]);
  });

  it("moves by itself when there are many", async () => {
    await store.close();
    let moved = () => {};
    const isMoved = new Promise<void>((resolve) => {
      moved = resolve;
    });
    const rename = async (from: string, to: string) => {
      await nodeDisk.rename(from, to);
      if (to.endsWith("2025-01-30.runs.json")) moved();
    };
    store = await openEmbeddedStore({ dataFolder: folder.at("data"), io: { ...nodeDisk, rename } });
    await archive(Array.from({ length: 200 }, (_, i) => runDocument(start + i)));
    await isMoved;
    const day = JSON.parse(readFileSync(folder.at("data", "days", "2025-01-30.runs.json"), "utf8"));
    assert.equal(day.collections.runs.length, 200);
  });

  it("sets a day aside that cannot be read, and shows the others", async () => {
    const [first, second] = [runDocument(start), runDocument(start + 24 * hourMs)];
    await archive([first, second]);
    await store.archive.move();
    await store.close();
    writeFileSync(folder.at("data", "days", "2025-01-30.runs.json"), '{"format":"baton-doc');
    await open();
    assert.deepEqual(await pages(10), [[second.id]]);
    assert.ok(
      readdirSync(folder.at("data", "days")).some((name) => /^2025-01-30\.runs\.json\.\d+\.damaged$/.test(name)),
    );
    await archive([first]);
    assert.deepEqual(await pages(10), [[second.id, first.id]]);
  });

  it("pages prompts too, and looks through a bounded number of them for one page", async () => {
    const prompts = Array.from({ length: maxPromptsLookedAt + 20 }, (_, i) => promptDocument(start + i * 60_000));
    const rare = new Set([prompts[0]?.id, prompts.at(-1)?.id]);
    await store.documents.commit(prompts.map((prompt) => ({ collection: "prompts", archive: prompt })));
    await store.archive.move();
    const first = await store.archive.promptPage({ limit: 10, matches: ({ id }) => rare.has(id) });
    assert.deepEqual(
      first.prompts.map(({ id }) => id),
      [prompts.at(-1)?.id],
    );
    assert.equal(first.next, prompts[20]?.id);
    const second = await store.archive.promptPage({
      limit: 10,
      matches: ({ id }) => rare.has(id),
      ...(first.next !== undefined && { cursor: first.next }),
    });
    assert.deepEqual(
      second.prompts.map(({ id }) => id),
      [prompts[0]?.id],
    );
    assert.equal(second.next, undefined);
    const all = await store.archive.promptPage({ limit: 3, matches: () => true });
    assert.deepEqual([all.prompts.length, all.next], [3, prompts.at(-3)?.id]);
    await assert.rejects(store.archive.promptPage({ limit: 1, cursor: "x", matches: () => true }), {
      code: "request_invalid",
    });
  });

  it("looks through a bounded number of runs and of days for one page, and goes on from there", async () => {
    const inOneDay = Array.from({ length: maxRunsLookedAt + 20 }, (_, i) => runDocument(start + i * 10_000));
    const quiet = Array.from({ length: maxDaysLookedAt + 9 }, (_, i) => runDocument(start - (i + 1) * 24 * hourMs));
    await archive([...inOneDay, ...quiet]);
    await store.archive.move();
    await store.close();
    await open();
    const wanted = quiet.at(-1)?.id;
    const found: string[] = [];
    const daysRead: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.archive.page({
        limit: 10,
        matches: ({ id }) => id === wanted,
        ...(cursor !== undefined && { cursor }),
      });
      found.push(...page.runs.map(({ id }) => id));
      daysRead.push(reads.splice(0).length);
      cursor = page.next;
    } while (cursor !== undefined);
    assert.deepEqual(found, [wanted]);
    assert.equal(daysRead.length, 3, "pages");
    assert.ok(Math.max(...daysRead) <= maxDaysLookedAt, `${daysRead} days read`);
    const everything = (await pages(200)).flat();
    const newestFirst = [...inOneDay, ...quiet]
      .map(({ id }) => id)
      .sort()
      .reverse();
    assert.deepEqual(everything, newestFirst, "and nothing is left out or comes twice");
  });

  it("refuses a cursor that is no run's", async () => {
    await assert.rejects(store.archive.page({ limit: 1, cursor: "x", matches: () => true }), {
      code: "request_invalid",
    });
  });
});
