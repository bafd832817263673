import { mkdirSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { newId } from "#protocol/ids";
import { type EmbeddedStore, openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { atMost, forTheRecord, type Row } from "#test/bench/row";
import { percentile } from "#test/bench/statistics";
import { runDocument } from "#test/relay/store/support/documents";
import { outputRecords } from "#test/relay/store/support/records";
import { type TempFolder, tempFolder } from "#test/support/temp";

const days = 100;
const runsADay = 1_000;
const firstDay = Date.UTC(2025, 0, 1);
const dayMs = 86_400_000;

/** The store alone, with 100,000 ended runs on disk: its start, pages of the run list, and what an append costs. */
export async function bench(): Promise<Row[]> {
  using folder = tempFolder("store-bench");
  makeRuns(folder);
  const dataFolder = folder.at("data");
  const began = performance.now();
  let store = await openEmbeddedStore({ dataFolder });
  const startMs = performance.now() - began;
  const rows: Row[] = [
    atMost(1_000, { name: `store start, ${days * runsADay} runs`, value: round(startMs), unit: "ms" }),
  ];

  const pages = await pageTimes(store);
  rows.push(
    atMost(10, { name: "a page of the run list, p50", value: round(percentile(pages, 0.5)), unit: "ms" }),
    forTheRecord({ name: "a page of the run list, p99", value: round(percentile(pages, 0.99)), unit: "ms" }),
  );
  await store.close();
  store = await openEmbeddedStore({ dataFolder });
  const cold = performance.now();
  await store.archive.page({ limit: 50, matches: () => true });
  rows.push(forTheRecord({ name: "the first page after a start", value: round(performance.now() - cold), unit: "ms" }));
  const search = performance.now();
  await store.archive.page({ limit: 50, matches: (run) => run.body.title.includes("nowhere") });
  rows.push(
    forTheRecord({ name: "a search that finds nothing", value: round(performance.now() - search), unit: "ms" }),
  );

  rows.push(...(await appendRows(store, folder)));
  await store.close();
  return rows;
}

function makeRuns(folder: TempFolder): void {
  mkdirSync(folder.at("data", "days"), { recursive: true });
  for (let day = 0; day < days; day++) {
    const start = firstDay + day * dayMs;
    const runs = Array.from({ length: runsADay }, (_, i) => runDocument(start + i * 80_000, { rev: 3 }));
    const name = `${new Date(start).toISOString().slice(0, 10)}.runs.json`;
    writeFileSync(
      folder.at("data", "days", name),
      JSON.stringify({ format: "baton-documents", v: 1, collections: { runs } }),
    );
  }
}

/** Walks the list from the newest run on, and begins a page at 100 random places of it. */
async function pageTimes(store: EmbeddedStore): Promise<number[]> {
  const times: number[] = [];
  const page = async (cursor: string | undefined) => {
    const began = performance.now();
    const { next } = await store.archive.page({ limit: 50, matches: () => true, ...(cursor && { cursor }) });
    times.push(performance.now() - began);
    return next;
  };
  let cursor: string | undefined;
  for (let i = 0; i < 100; i++) cursor = await page(cursor);
  for (let i = 0; i < 100; i++) await page(newId("run", firstDay + ((i * 37) % days) * dayMs + dayMs / 2));
  return times;
}

async function appendRows(store: EmbeddedStore, folder: TempFolder): Promise<Row[]> {
  const bare = await bareTimes(folder.at("bare"));
  const appends = await appendTimes(store);
  const commits = await commitTimes(store);
  return [
    forTheRecord({
      name: "append of 1 KiB to a log until durable, p50",
      value: round(percentile(appends, 0.5)),
      unit: "ms",
      peer: { name: "write + fdatasync alone", value: round(percentile(bare, 0.5)) },
    }),
    forTheRecord({ name: "append of 1 KiB until durable, p99", value: round(percentile(appends, 0.99)), unit: "ms" }),
    forTheRecord({
      name: "commit of a document until durable, p50",
      value: round(percentile(commits, 0.5)),
      unit: "ms",
    }),
    forTheRecord({
      name: "appends of 16 KiB, 64 in flight",
      value: await throughput(store),
      unit: "MB/s",
      peer: { name: "write alone, one fdatasync a MiB", value: await bareThroughput(folder.at("bulk")) },
    }),
  ];
}

const pieces = 300;
const kibibyte = new Uint8Array(1_024);

async function bareTimes(path: string): Promise<number[]> {
  const file = await open(path, "w");
  const times: number[] = [];
  for (let i = 0; i < pieces; i++) {
    const began = performance.now();
    await file.write(kibibyte, 0, kibibyte.length, i * kibibyte.length);
    await file.datasync();
    times.push(performance.now() - began);
  }
  await file.close();
  return times;
}

async function appendTimes(store: EmbeddedStore): Promise<number[]> {
  const runId = newId("run");
  const times: number[] = [];
  for (let seq = 1; seq <= pieces; seq++) {
    const record = outputRecords(seq, seq, 1_000);
    const began = performance.now();
    await store.logs.append(runId, record, seq, seq);
    times.push(performance.now() - began);
  }
  return times;
}

async function commitTimes(store: EmbeddedStore): Promise<number[]> {
  const runs = Array.from({ length: 20 }, (_, i) => runDocument(firstDay + i));
  await store.documents.commit(runs.map((run) => ({ collection: "runs", put: run })));
  const times: number[] = [];
  for (let i = 0; i < pieces; i++) {
    const began = performance.now();
    await store.documents.commit([{ collection: "runs", put: { ...(runs[i % 20] ?? runDocument(1)), headSeq: i } }]);
    times.push(performance.now() - began);
  }
  return times;
}

const bulkRecords = 4_000;
const bulkBytes = 16_384;
const inFlight = 64;

async function throughput(store: EmbeddedStore): Promise<number> {
  const runId = newId("run");
  const records = Array.from({ length: bulkRecords }, (_, i) => outputRecords(i + 1, i + 1, bulkBytes - 22));
  const began = performance.now();
  const writes: Promise<void>[] = [];
  for (const [i, record] of records.entries()) {
    await writes[i - inFlight];
    writes.push(store.logs.append(runId, record, i + 1, i + 1));
  }
  await Promise.all(writes);
  return round((bulkRecords * bulkBytes) / 1_000 / (performance.now() - began));
}

async function bareThroughput(path: string): Promise<number> {
  const file = await open(path, "w");
  const mebibyte = new Uint8Array(1_048_576);
  const count = (bulkRecords * bulkBytes) / mebibyte.length;
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    await file.write(mebibyte, 0, mebibyte.length, i * mebibyte.length);
    await file.datasync();
  }
  await file.close();
  return round((count * mebibyte.length) / 1_000 / (performance.now() - began));
}

const round = (value: number) => Math.round(value * 100) / 100;
