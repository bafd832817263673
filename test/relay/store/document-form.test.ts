import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { AtomicFiles } from "#relay/store/embedded/atomic-files";
import { nodeDisk } from "#relay/store/embedded/disk";
import { openDocumentFile } from "#relay/store/embedded/document-file";
import { parseContent, serializeContent } from "#relay/store/embedded/document-form";
import { openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { type TempFolder, tempFolder } from "#test/support/temp";

describe("the form of stored files", () => {
  let folder: TempFolder;
  beforeEach(() => {
    folder = tempFolder("store");
  });
  afterEach(() => folder.remove());

  const older = {
    format: "baton-documents",
    v: 1,
    note: "kept",
    collections: { runs: [{ id: "a", rev: 1, name: "x" }] },
  };
  const openAs = (version: number) =>
    openDocumentFile({
      disk: nodeDisk,
      folder: folder.path,
      name: "open.json",
      files: new AtomicFiles(nodeDisk, folder.path, (error) => assert.fail(String(error))),
      backupFolder: folder.at("backups"),
      version,
      migrations: {
        1: (content) => ({
          ...content,
          collections: { runs: (content.collections.runs ?? []).map((run) => ({ ...run, title: "moved" })) },
        }),
        2: (content) => ({ ...content, third: true }),
      },
    });

  it("is moved forward step by step, after a copy was made", async () => {
    writeFileSync(folder.at("open.json"), JSON.stringify(older));
    const expected = {
      ...older,
      v: 3,
      third: true,
      collections: { runs: [{ id: "a", rev: 1, name: "x", title: "moved" }] },
    };
    assert.deepEqual((await openAs(3)).data, expected);
    assert.deepEqual(JSON.parse(readFileSync(folder.at("open.json"), "utf8")), expected);
    assert.deepEqual(JSON.parse(readFileSync(folder.at("backups", "open.v1.json"), "utf8")), older);
    assert.deepEqual((await openAs(3)).data, expected);
  });

  it("is refused when it is newer, in one sentence, and left as it is", async () => {
    for (const [name, content] of [
      ["team.json", { ...older, v: 7 }],
      ["store.json", { format: "baton-store", v: 7, storeId: `sto_${"0".repeat(32)}` }],
    ] as const) {
      const dataFolder = folder.at(name);
      mkdirSync(dataFolder);
      const text = JSON.stringify(content);
      writeFileSync(`${dataFolder}/${name}`, text);
      await assert.rejects(openEmbeddedStore({ dataFolder }), {
        code: "store_newer",
        message: `${dataFolder}/${name} was written by a newer Baton (form 7; this one knows 1). Nothing was changed; start that version.`,
      });
      assert.equal(readFileSync(`${dataFolder}/${name}`, "utf8"), text);
      assert.equal(readFileSync(`${dataFolder}/relay.lock.1`, "utf8"), "{}\n", "the folder is free again");
    }
  });

  it("is refused when it cannot be read, and left as it is", async () => {
    for (const text of [
      "",
      "{",
      "[]",
      '{"format":"x"}',
      '{"format":"baton-documents","v":1,"collections":{"runs":[3]}}',
    ]) {
      writeFileSync(folder.at("open.json"), text);
      await assert.rejects(openEmbeddedStore({ dataFolder: folder.path }), { code: "store_damaged" });
      assert.equal(readFileSync(folder.at("open.json"), "utf8"), text);
    }
  });

  it("is plain JSON, whatever the size, and reads back the same", async () => {
    const documents = Array.from({ length: 12_000 }, (_, i) => ({
      id: `d${i}`,
      rev: i,
      text: `“${i}”\n`.repeat(i % 50),
    }));
    const content = { format: "baton-documents", v: 1, more: [1], collections: { none: [], runs: documents } } as const;
    const pieces: string[] = [];
    for await (const piece of serializeContent(content)) pieces.push(piece);
    assert.ok(pieces.length > 3);
    assert.deepEqual(JSON.parse(pieces.join("")), content);
    assert.deepEqual(parseContent("x", Buffer.from(pieces.join(""))), content);
  });
});
