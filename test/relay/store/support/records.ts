import { encodePayload } from "#protocol/payloads";
import { encodeRecord, recordKinds, scanRecords } from "#protocol/record";
import type { RunLogs } from "#relay/store/store";

/** The record `seq` as every test expects it: its bytes follow from its seq, so that a wrong one is seen. */
export function outputRecord(seq: number, payloadBytes = 5 + ((seq * 7) % 40)): Uint8Array {
  const payload = new Uint8Array(payloadBytes);
  for (let i = 0; i < payloadBytes; i++) payload[i] = (seq * 31 + i * 7) & 0xff;
  return encodeRecord({ seq, ts: 1_700_000_000_000 + seq, kind: recordKinds.output, payload });
}

export function outputRecords(firstSeq: number, lastSeq: number, payloadBytes?: number): Uint8Array {
  const records: Uint8Array[] = [];
  for (let seq = firstSeq; seq <= lastSeq; seq++) records.push(outputRecord(seq, payloadBytes));
  return Buffer.concat(records);
}

export function gapRecord(fromSeq: number, seq: number): Uint8Array {
  return encodeRecord({ seq, ts: 1_700_000_000_000 + seq, ...encodePayload("gap", { fromSeq, bytes: 1 }) });
}

/** Everything that a read gives out from `fromSeq` on. */
export async function readAll(logs: RunLogs, runId: string, fromSeq = 1): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of logs.read(runId, fromSeq)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The seqs of encoded records. */
export const seqsOf = (bytes: Uint8Array): number[] => scanRecords(bytes).records.map((record) => record.seq);
