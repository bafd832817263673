import assert from "node:assert/strict";
import { newId } from "#protocol/ids";
import { type EmbeddedStore, openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { promptDocument } from "#test/relay/store/support/documents";
import { outputRecords, readAll } from "#test/relay/store/support/records";
import { distFolder } from "#test/support/dist";
import { startProcess } from "#test/support/processes";
import { type TempFolder, tempFolder } from "#test/support/temp";

const killsEach = 26;

/** What a writer said was confirmed. */
interface Confirmed {
  readonly logs: Map<string, number>;
  readonly audit: Map<string, number>;
  documents: number;
  readonly archived: Set<number>;
}

describe("a store whose process is killed", () => {
  let folder: TempFolder;
  before(() => {
    folder = tempFolder("store");
  });
  after(() => folder.remove());

  it(`has everything that it confirmed, ${2 * killsEach} times`, async () => {
    await Promise.all([killAgainAndAgain(folder.at("a"), 1), killAgainAndAgain(folder.at("b"), 2)]);
  }).timeout(60_000);
});

async function killAgainAndAgain(dataFolder: string, seed: number): Promise<void> {
  const confirmed: Confirmed = { logs: new Map(), audit: new Map(), documents: 0, archived: new Set() };
  const runIds = [newId("run"), newId("run")];
  const prompt = promptDocument(Date.UTC(2025, 0, 1), { position: 0 });
  const argv = [`${distFolder}/test/relay/store/writer.main.mjs`, dataFolder, JSON.stringify(prompt), ...runIds];
  for (let kill = 0; kill < killsEach; kill++) {
    const writer = startProcess([process.execPath, ...argv]);
    // Any moment will do: every other time it is counted in documents, which take longest, else in lines of any kind.
    const [counted, atLeast] = kill % 2 ? [/^(doc|archive)/gm, 1 + (kill % 6)] : [/^/gm, (kill * 7 * seed) % 90];
    const isFar = () => (writer.stdout().match(counted) ?? []).length >= atLeast;
    await writer.line(() => (isFar() ? true : undefined)).catch(() => assert.fail(writer.stderr()));
    writer.kill("SIGKILL");
    await writer.exited;
    note(confirmed, writer.stdout());
    const store = await openEmbeddedStore({ dataFolder, maxSegmentBytes: 40_000 });
    try {
      await check(store, confirmed, prompt.id);
    } finally {
      await store.close();
    }
  }
  assert.ok(confirmed.documents > 0 && confirmed.archived.size > 0, "the writer got somewhere");
}

/** The last line may be cut by the kill; it then counts as not said. */
function note(confirmed: Confirmed, stdout: string): void {
  for (const line of stdout.slice(0, stdout.lastIndexOf("\n")).split("\n")) {
    const [kind, first = "", second] = line.split(" ");
    if (kind === "log") confirmed.logs.set(first, Number(second));
    if (kind === "audit") confirmed.audit.set(first, Number(second));
    if (kind === "doc") confirmed.documents = Number(first);
    if (kind === "archive") confirmed.archived.add(Number(first));
  }
}

async function check(store: EmbeddedStore, confirmed: Confirmed, promptId: string): Promise<void> {
  for (const [runId, seq] of confirmed.logs) {
    const { headSeq } = await store.logs.open(runId);
    assert.ok(headSeq >= seq, `${runId} ends at ${headSeq}, ${seq} was confirmed`);
    assert.deepEqual(await readAll(store.logs, runId), Buffer.from(outputRecords(1, headSeq)));
  }
  const position = store.documents.get("prompts", promptId)?.position ?? 0;
  assert.ok(position >= confirmed.documents, `prompt ${position}, ${confirmed.documents} was confirmed`);
  assert.equal(store.documents.get("links", "link")?.expiresAt ?? 0, position, "both files of a commit");
  for (const count of confirmed.archived) {
    const archived = await store.archive.prompt(`prm_0194${String(count).padStart(28, "0")}`);
    assert.equal(archived?.position, count);
  }
  const entries = (await store.audit.page({ limit: 100_000 })).entries;
  for (const [pid, at] of confirmed.audit) {
    const found = entries.filter((entry) => entry.target === pid);
    assert.ok(found.length >= at, `${found.length} audit entries, ${at} were confirmed`);
  }
}
