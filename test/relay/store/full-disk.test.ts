import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { newId } from "#protocol/ids";
import { type EmbeddedStore, openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { memberDocument, promptDocument } from "#test/relay/store/support/documents";
import { outputRecords, readAll } from "#test/relay/store/support/records";
import { skipBecause } from "#test/support/skip";
import { type TempFolder, tempFolder } from "#test/support/temp";

describe("a store on a disk without room", () => {
  let folder: TempFolder;
  let mounted: string | undefined;

  before(function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "mounting a small disk needs root");
    folder = tempFolder("store");
    mkdirSync(folder.at("disk"));
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder.at("disk")], { stdio: "pipe" });
    } catch {
      skipBecause(this, "mounting is not allowed here");
    }
    mounted = folder.at("disk");
  });
  after(() => {
    if (mounted) execFileSync("umount", [mounted]);
    folder?.remove();
  });

  it("keeps what it confirmed, says that it is full, and goes on when there is room", async () => {
    const ballast = folder.at("disk", "ballast");
    writeFileSync(ballast, Buffer.alloc(1024 * 1024));
    const dataFolder = folder.at("disk", "data");
    let store: EmbeddedStore = await openEmbeddedStore({ dataFolder, probeMs: 100 });
    const runId = newId("run");
    const ana = memberDocument("Ana");
    await store.documents.commit([{ collection: "members", put: ana }]);

    const perAppend = 16;
    const payloadBytes = 1_000;
    const append = async () => {
      const next = (await store.logs.open(runId)).headSeq + 1;
      const last = next + perAppend - 1;
      await store.logs.append(runId, outputRecords(next, last, payloadBytes), next, last);
    };
    await assert.rejects(
      async () => {
        for (let i = 0; i < 200; i++) await append();
      },
      { code: "storage_full" },
    );
    const { durableSeq, headSeq } = await store.logs.open(runId);
    assert.ok(durableSeq > perAppend && headSeq === durableSeq);
    assert.equal(store.health.error, "storage_full");
    const big = "x".repeat(100_000);
    await assert.rejects(
      store.documents.commit([{ collection: "prompts", put: promptDocument(1, { body: { text: big } }) }]),
      { code: "storage_full" },
    );
    assert.deepEqual(store.documents.all("prompts"), []);
    assert.deepEqual(await readAll(store.logs, runId), Buffer.from(outputRecords(1, durableSeq, payloadBytes)));

    const recovered = new Promise<void>((resolve) => store.health.onChange(resolve));
    rmSync(ballast);
    await recovered;
    await append();
    await store.documents.commit([{ collection: "members", put: { ...ana, name: "Ana B." } }]);
    await store.close();
    store = await openEmbeddedStore({ dataFolder });
    const head = durableSeq + perAppend;
    assert.deepEqual(await readAll(store.logs, runId), Buffer.from(outputRecords(1, head, payloadBytes)));
    assert.equal(store.documents.get("members", ana.id)?.name, "Ana B.");
    await store.close();
  });
});
