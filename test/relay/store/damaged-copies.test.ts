import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "#protocol/ids";
import { maxDamagedCopies } from "#relay/store/caps";
import { capDamagedCopies, damagedCopyOf } from "#relay/store/embedded/damaged-copies";
import { nodeDisk } from "#relay/store/embedded/disk";
import { openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { runDocument } from "#test/relay/store/support/documents";
import { outputRecords } from "#test/relay/store/support/records";
import { tempFolder } from "#test/support/temp";

const copiesIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".damaged"));

describe("copies of damaged files", () => {
  it("are kept up to the cap, the newest, and nothing else is removed", async () => {
    using temp = tempFolder("copies");
    const all = Array.from({ length: maxDamagedCopies + 5 }, (_, i) => damagedCopyOf("00000001.seg", 9_990 + i));
    for (const name of [...all, "00000001.seg", "snapshot", "notes.damaged"]) writeFileSync(temp.at(name), "");
    await capDamagedCopies(nodeDisk, temp.path);
    const left = readdirSync(temp.path).sort();
    assert.deepEqual(left, [...all.slice(5), "00000001.seg", "snapshot", "notes.damaged"].sort());
  });

  it("of the audit log do not either", async () => {
    using temp = tempFolder("copies");
    let now = Date.UTC(2026, 0, 1);
    for (let i = 0; i < maxDamagedCopies + 3; i++) {
      now += 1_000;
      const store = await openEmbeddedStore({ dataFolder: temp.at("data"), clock: () => now });
      await store.audit.append({ at: now, action: "test", from: "here" });
      await store.close();
      appendFileSync(temp.at("data", "audit", "2026-01.jsonl"), "a line that was c");
    }
    assert.equal(copiesIn(temp.at("data", "audit")).length, maxDamagedCopies);
  });

  it("of a log and of a day do not grow without end", async () => {
    using temp = tempFolder("copies");
    let now = Date.UTC(2026, 0, 1);
    const runId = newId("run");
    const run = runDocument(now);
    const logFolder = temp.at("data", "logs", runId.slice(-2), runId);
    for (let i = 0; i < maxDamagedCopies + 3; i++) {
      now += 1_000;
      const store = await openEmbeddedStore({ dataFolder: temp.at("data"), clock: () => now });
      const { durableSeq } = await store.logs.open(runId);
      await store.logs.append(runId, outputRecords(durableSeq + 1, durableSeq + 1), durableSeq + 1, durableSeq + 1);
      await store.documents.commit([{ collection: "runs", archive: run }]);
      await store.archive.move();
      await store.close();
      const [segment] = readdirSync(logFolder).filter((name) => name.endsWith(".seg"));
      const path = join(logFolder, segment ?? "");
      const bytes = readFileSync(path);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      writeFileSync(path, bytes);
      writeFileSync(temp.at("data", "days", "2026-01-01.runs.json"), "{");
    }
    const store = await openEmbeddedStore({ dataFolder: temp.at("data"), clock: () => now + 1_000 });
    await store.logs.open(runId);
    await store.archive.run(run.id);
    await store.close();
    assert.equal(copiesIn(logFolder).length, maxDamagedCopies);
    assert.equal(copiesIn(temp.at("data", "days")).length, maxDamagedCopies);
  });
});
