import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import type { AuditEntry } from "#protocol/documents";
import { type EmbeddedStore, openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { failingDisk } from "#test/relay/store/support/failing-disk";
import { type TempFolder, tempFolder } from "#test/support/temp";

describe("the audit log", () => {
  let folder: TempFolder;
  let store: EmbeddedStore;
  const disk = failingDisk();
  const open = async () => {
    store = await openEmbeddedStore({ dataFolder: folder.at("data"), io: disk, clock: () => 5 });
  };
  const entry = (at: number): AuditEntry => ({ at, action: "prompt.queued", target: `é ${at}`, from: "127.0.0.1" });
  const readPages = async (limit: number) => {
    const entries: AuditEntry[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.audit.page({ limit, ...(cursor !== undefined && { cursor }) });
      assert.ok(page.entries.length <= limit);
      entries.push(...page.entries);
      cursor = page.next;
    } while (cursor !== undefined);
    return entries.map((found) => found.at);
  };

  beforeEach(async () => {
    folder = tempFolder("store");
    await open();
  });
  afterEach(async () => {
    disk.fail = () => undefined;
    await store.close();
    folder.remove();
  });

  it("is paged newest first, over months and restarts", async () => {
    const times = Array.from({ length: 40 }, (_, i) => Date.UTC(2025, Math.floor(i / 15), 1 + (i % 15)));
    for (const at of times.slice(0, 20)) await store.audit.append(entry(at));
    await store.close();
    await open();
    await Promise.all(times.slice(20).map((at) => store.audit.append(entry(at))));
    const expected = [...times].reverse();
    for (const limit of [1, 7, 15, 40, 100]) assert.deepEqual(await readPages(limit), expected);
    assert.deepEqual(readdirSync(folder.at("data", "audit")).sort(), [
      "2025-01.jsonl",
      "2025-02.jsonl",
      "2025-03.jsonl",
    ]);
  });

  it("reads files that are larger than one piece", async () => {
    const times = Array.from({ length: 5_000 }, (_, i) => Date.UTC(2025, 0, 1) + i);
    await Promise.all(times.map((at) => store.audit.append(entry(at))));
    assert.deepEqual(await readPages(200), [...times].reverse());
  });

  it("keeps a line that a crash has cut beside the file, and skips one that is damaged", async () => {
    for (const at of [1, 2]) await store.audit.append(entry(at));
    await store.close();
    const path = folder.at("data", "audit", "1970-01.jsonl");
    appendFileSync(path, '{"not":"an entry"}\n{"at":3,"act');
    await open();
    assert.deepEqual(await readPages(10), [2, 1]);
    await store.audit.append(entry(4));
    assert.deepEqual(await readPages(10), [4, 2, 1]);
    assert.equal(readFileSync(`${path}.5.damaged`, "utf8"), '{"at":3,"act');
  });

  it("loses no confirmed entry when the disk fails at any call", async () => {
    const confirmed: number[] = [];
    for (let at = 0; at < 60; at++) {
      const from = disk.calls.length;
      disk.fail = (index) => (index === from + (at % 6) ? (at % 2 ? "ENOSPC" : "EIO") : undefined);
      await store.audit.append(entry(at)).then(
        () => confirmed.push(at),
        () => undefined,
      );
      disk.fail = () => undefined;
    }
    assert.ok(confirmed.length > 5 && confirmed.length < 60);
    assert.deepEqual(await readPages(7), [...confirmed].reverse());
    await store.close();
    await open();
    assert.deepEqual(await readPages(7), [...confirmed].reverse());
  });

  it("refuses a cursor that it did not make", async () => {
    await assert.rejects(store.audit.page({ limit: 1, cursor: "../../x" }), { code: "request_invalid" });
  });
});
