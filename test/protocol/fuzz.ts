import assert from "node:assert/strict";
import { BatonError } from "#protocol/errors";
import { decodeFrame, encodeInputFrame, encodeRecordsFrame, encodeSnapshotFrame, type Frame } from "#protocol/frame";
import { idFromBytes } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { decodePayload } from "#protocol/payloads";
import { encodeRecord, scanRecords } from "#protocol/record";
import { ToRelay } from "#protocol/runner-link";
import { encodeStreamMessage, StreamDecoder } from "#protocol/stream";
import { ToRelayFromViewer } from "#protocol/viewer-link";
import { concat } from "./arbitraries.ts";
import { type Random, randomOf } from "./random.ts";

/**
 * Feeds random and mutated bytes to everything that reads bytes. Each number of a seed is a case of its own, so that
 * one that fails can be run again alone, and a long run can go on where it stopped.
 */
export interface FuzzOptions {
  readonly seed: number;
  readonly from?: number;
  /** Asked before each case. */
  readonly goesOn: (index: number) => boolean;
}

export interface FuzzTally {
  readonly cases: number;
  readonly accepted: number;
  readonly refused: Readonly<Record<string, number>>;
}

/** @throws Error that names the seed, the case and its bytes */
export function fuzz(options: FuzzOptions): FuzzTally {
  const refused: Record<string, number> = {};
  const first = options.from ?? 0;
  let index = first;
  let accepted = 0;
  // Half of the cases end in an error, and writing down its stack would be the slowest part of each.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  for (; options.goesOn(index); index++) {
    const code = runCase(options.seed, index);
    if (code === undefined) accepted++;
    else refused[code] = (refused[code] ?? 0) + 1;
  }
  Error.stackTraceLimit = stackTraceLimit;
  return { cases: index - first, accepted, refused };
}

function runCase(seed: number, index: number): string | undefined {
  const random = randomOf(seed, index);
  const target = random.pick(targets);
  const valid = target.make(random);
  const kind = random.below(8);
  const bytes = kind === 0 ? random.bytes(random.below(120)) : kind === 1 ? valid : mutate(valid, random);
  try {
    const code = codeOf(() => target.read(bytes, random));
    if (kind === 1) assert.equal(code, undefined, "valid bytes were refused");
    if (code !== undefined) assert.ok(target.codes.includes(code), `the code ${code} is not expected here`);
    return code;
  } catch (error) {
    const hex = Buffer.from(bytes.subarray(0, 2_000)).toString("hex");
    throw new Error(`${target.name}: --seed ${seed} --from ${index}: ${String(error)}\n${hex}`, { cause: error });
  }
}

interface Target {
  readonly name: string;
  readonly codes: readonly string[];
  readonly make: (random: Random) => Uint8Array;
  readonly read: (bytes: Uint8Array, random: Random) => void;
}

const frameCodes = ["frame_malformed", "frame_too_large", "record_damaged", "input_too_large"];
const messageCodes = ["message_malformed", "frame_too_large"];
const utf8 = new TextEncoder();

const targets: readonly Target[] = [
  {
    name: "scanRecords",
    codes: [],
    make: (random) => concat(someRecords(random)),
    read: (bytes) => {
      const scan = scanRecords(bytes);
      assert.ok(scan.validBytes <= bytes.length);
      assert.equal(scan.records.at(-1)?.end ?? 0, scan.validBytes);
      assert.equal(scan.damage === undefined, scan.validBytes === bytes.length);
    },
  },
  { name: "decodeFrame", codes: frameCodes, make: someFrame, read: (bytes) => sameAgain(bytes, decodeFrame(bytes)) },
  { name: "decodeFrame", codes: frameCodes, make: someFrame, read: (bytes) => sameAgain(bytes, decodeFrame(bytes)) },
  {
    name: "StreamDecoder",
    codes: ["frame_malformed", "frame_too_large"],
    make: (random) =>
      concat(
        Array.from({ length: random.below(4) }, () => encodeStreamMessage(random.below(2) ? 1 : 0, someFrame(random))),
      ),
    read: readInPieces,
  },
  {
    name: "parseMessage",
    codes: messageCodes,
    make: (random) => utf8.encode(random.pick(messages)),
    read: (bytes) => {
      parseMessage(bytes[0] === 0x7b ? ToRelayFromViewer : ToRelay, bytes);
    },
  },
  {
    name: "decodePayload",
    codes: messageCodes,
    make: () => utf8.encode('{"end":"exited","exitCode":0,"by":{"kind":"local","name":"Ana"},"x":[1,{"y":null}]}'),
    read: (bytes) => {
      decodePayload("exit", bytes);
    },
  },
];

const id = "0".repeat(32);
const messages = [
  `{"type":"hello","protocol":{"version":1,"oldest":1},"ticket":"t"}`,
  `{"type":"run.watch","runId":"run_${id}","creditBytes":65536}`,
  `{"type":"run.resize","runId":"run_${id}","leaseEpoch":3,"size":{"cols":80,"rows":24}}`,
];

const someRecords = (random: Random): Uint8Array[] =>
  Array.from({ length: random.below(4) }, () =>
    encodeRecord({
      seq: random.uint32() * (1 + random.below(0xffff)),
      ts: random.uint32() * (1 + random.below(0xffff)),
      kind: random.below(256),
      payload: random.bytes(random.chance(0.01) ? random.below(20_000) : random.below(60)),
      ...(random.chance(0.2) && { extension: random.bytes(random.below(30)) }),
    }),
  );

function someFrame(random: Random): Uint8Array {
  const runId = idFromBytes("run", random.bytes(16));
  const size = random.below(0x1_0000);
  const makers = [
    () => encodeRecordsFrame(runId, someRecords(random)),
    () => encodeInputFrame(runId, random.uint32(), random.bytes(random.below(60))),
    () =>
      encodeSnapshotFrame({
        runId,
        seq: random.uint32(),
        cols: size,
        rows: size,
        bytes: random.bytes(random.below(60)),
      }),
  ];
  return random.pick(makers)();
}

/** What was decoded encodes to the bytes it came from, except for the flags, which are 0 when written. */
function sameAgain(bytes: Uint8Array, frame: Frame): void {
  const again = encoders[frame.type](frame as never);
  assert.equal(Buffer.compare(again.subarray(2), bytes.subarray(2)), 0, "decoded and encoded again it differs");
}

const encoders: { readonly [T in Frame["type"]]: (frame: Extract<Frame, { type: T }>) => Uint8Array } = {
  records: (frame) =>
    encodeRecordsFrame(
      frame.runId,
      frame.records.map((r) => frame.bytes.subarray(r.start, r.end)),
    ),
  input: (frame) => encodeInputFrame(frame.runId, frame.leaseEpoch, frame.bytes),
  snapshot: (frame) => encodeSnapshotFrame(frame),
};

/** All at once and in pieces give the same messages or the same error, and an error stays. */
function readInPieces(bytes: Uint8Array, random: Random): void {
  const decoder = new StreamDecoder();
  const inPieces: number[] = [];
  const fed = codeOf(() => {
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + (random.chance(0.3) ? 1 : random.below(90)));
      for (const message of decoder.push(bytes.slice(at, end))) inPieces.push(message.kind, message.body.length);
      at = end;
    }
  });
  if (fed !== undefined)
    assert.equal(
      codeOf(() => void decoder.push(new Uint8Array(8))),
      fed,
      "an error stays",
    );
  const atOnce: number[] = [];
  const whole = codeOf(() => {
    for (const message of new StreamDecoder().push(bytes)) atOnce.push(message.kind, message.body.length);
  });
  assert.equal(whole, fed, "the fragmentation does not matter");
  if (whole === undefined) assert.deepEqual(inPieces, atOnce);
  else throw new BatonError(whole as "frame_malformed", { reason: "as it should be", bytes: 0, maxBytes: 0 });
}

/** One to four changes: a bit, a byte, a cut at either end, bytes put in, a length made huge. */
function mutate(valid: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = valid.slice();
  for (let n = random.below(4); n >= 0; n--) bytes = random.pick(mutations)(bytes, random);
  return bytes;
}

const mutations: readonly ((bytes: Uint8Array, random: Random) => Uint8Array)[] = [
  (bytes, random) => changed(bytes, random, (byte) => byte ^ (1 << random.below(8))),
  (bytes, random) => changed(bytes, random, () => random.uint32()),
  (bytes, random) => changed(bytes, random, () => random.pick([0, 1, 0x7f, 0x80, 0xff])),
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  (bytes, random) => bytes.slice(random.below(bytes.length + 1)),
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return concat([bytes.subarray(0, at), random.bytes(random.below(9)), bytes.subarray(at)]);
  },
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    bytes.subarray(at, at + 4).fill(random.pick([0, 0xff]));
    return bytes;
  },
];

function changed(bytes: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = random.below(bytes.length);
  bytes[at] = change(bytes[at] ?? 0);
  return bytes;
}

/** The code of the error, undefined where there was none; any other error is passed on. */
function codeOf(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof BatonError) return error.code;
    throw error;
  }
}
