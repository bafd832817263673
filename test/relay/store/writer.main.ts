import { writeSync } from "node:fs";
import type { Prompt } from "#protocol/documents";
import { openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { outputRecords } from "#test/relay/store/support/records";

// Writes without end, and prints a line for everything that the store has confirmed; a test kills it in the middle.
const [dataFolder = "", template = "", ...runIds] = process.argv.slice(2);
const say = (...words: (string | number)[]) => writeSync(1, `${words.join(" ")}\n`);

const store = await openEmbeddedStore({ dataFolder, maxSegmentBytes: 40_000 });
const prompt = JSON.parse(template) as Prompt;

async function appendForever(runId: string, perAppend: number): Promise<void> {
  let next = (await store.logs.open(runId)).headSeq + 1;
  for (;;) {
    const writes: Promise<void>[] = [];
    for (let i = 0; i < 3; i++) {
      const last = next + perAppend - 1;
      const write = store.logs.append(runId, outputRecords(next, last), next, last);
      writes.push(
        write.then(() => {
          say("log", runId, last);
        }),
      );
      next = last + 1;
    }
    await Promise.all(writes);
  }
}

/** Two files change together, and both must say the same afterwards. */
async function commitForever(): Promise<void> {
  for (;;) {
    const stored = store.documents.get("prompts", prompt.id);
    const count = (stored?.position ?? 0) + 1;
    await store.documents.commit([
      { collection: "prompts", put: { ...prompt, position: count } },
      { collection: "links", put: { v: 1, rev: 0, id: "link", secretHash: "x", expiresAt: count } },
    ]);
    say("doc", count);
    if (count % 3 > 0) continue;
    await store.documents.commit([
      { collection: "prompts", archive: { ...prompt, id: archivedId(count), position: count } },
    ]);
    say("archive", count);
    if (count % 9 === 0) await store.archive.move();
  }
}

async function auditForever(): Promise<void> {
  for (let at = 1; ; at++) {
    await store.audit.append({ at, action: "test", from: "127.0.0.1", target: String(process.pid) });
    say("audit", process.pid, at);
  }
}

const archivedId = (count: number) => `prm_0194${String(count).padStart(28, "0")}`;

say("ready");
await Promise.all([...runIds.map((runId, i) => appendForever(runId, 1 + 4 * i)), commitForever(), auditForever()]);
