import assert from "node:assert/strict";
import fc from "fast-check";
import { spawnPty } from "#test/support/node-pty";
import { tempFolder } from "#test/support/temp";
import { groups } from "./groups.ts";
import { countSample, type Histogram, merge, percentileOf, samplesIn } from "./load/histogram.ts";
import { floodColoured, stampedFrameBytes, stampedFrames, stampsIn } from "./programs.ts";
import { atLeastOfPeer, atMost } from "./row.ts";
import { percentile } from "./statistics.ts";
import { formatRows } from "./table.ts";

describe("the bench", () => {
  it("takes percentiles by nearest rank", () => {
    const samples = Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.deepEqual(
      [0.01, 0.5, 0.99, 1].map((share) => percentile(samples, share)),
      [1, 50, 99, 100],
    );
    assert.equal(percentile([7], 0.5), 7);
    assert.throws(() => percentile([], 0.5), RangeError);
  });

  it("loses no more than a step of 0.05 ms in a histogram, merged from any number of processes", () => {
    const samples = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(samples, samples, fc.constantFrom(0.5, 0.9, 0.99, 1), (a, b, share) => {
        const all: Histogram = new Map();
        for (const part of [a, b]) {
          const counted: Histogram = new Map();
          for (const ms of part) countSample(counted, ms);
          merge(all, counted);
        }
        assert.equal(samplesIn(all), a.length + b.length);
        const error = percentileOf(all, share) - percentile([...a, ...b], share);
        assert.ok(error >= -1e-9 && error <= 0.05 + 1e-9, String(error));
      }),
    );
  });

  it("says whether a row reached what it has to", () => {
    assert.deepEqual(atMost(2, { name: "a", value: 1.5, unit: "ms", peer: { name: "b", value: 3 } }), {
      name: "a",
      value: 1.5,
      unit: "ms",
      reach: "≤ 2",
      ok: true,
      peer: { name: "b", value: 3 },
      ratio: 0.5,
    });
    assert.equal(atMost(2, { name: "a", value: 2.01, unit: "ms" }).ok, false);
    const peer = { name: "b", value: 100 };
    assert.equal(atLeastOfPeer(0.6, { name: "a", value: 60, unit: "MB/s", peer }).ok, true);
    assert.equal(atLeastOfPeer(0.6, { name: "a", value: 59, unit: "MB/s", peer }).ok, false);
    assert.match(formatRows([atMost(2, { name: "a", value: 3, unit: "ms" })]), /NOT {2}a +3\.00 {2}ms +≤ 2/);
  });

  it("names each group once", () => {
    assert.equal(new Set(groups.map((group) => group.name)).size, groups.length);
  });

  it("colours lines of exactly 80 columns", async () => {
    const [line = ""] = (await outputOf(floodColoured, 4_000)).toString("latin1").split("\r\n");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are control sequences
    assert.equal(line.replaceAll(/\x1b\[\d+m/g, "").length, 80);
    assert.ok(line.split("\x1b").length > 10);
  });

  it("finds its stamps in what a terminal wrote, 1 KiB apart", async () => {
    using temp = tempFolder();
    const bytes = await outputOf(stampedFrames(temp.path, 100), 5 * stampedFrameBytes);
    const stamps = stampsIn(bytes);
    assert.ok(stamps.length >= 5, `${stamps.length} stamps`);
    assert.equal(bytes.indexOf("@@", 2), stampedFrameBytes);
    const now = Number(process.hrtime.bigint() / 1_000n) / 1_000;
    for (const [i, stamp] of stamps.entries()) {
      assert.ok(stamp < now && stamp > now - 20_000 && stamp >= (stamps[i - 1] ?? 0));
    }
  });
});

/** The first bytes that a program prints in a terminal. */
function outputOf(commandLine: string, bytes: number): Promise<Buffer> {
  const pty = spawnPty(["/bin/sh", "-c", commandLine]);
  const pieces: Buffer[] = [];
  return new Promise((resolve) => {
    pty.onData((data) => {
      pieces.push(data);
      if (pieces.reduce((sum, piece) => sum + piece.length, 0) < bytes) return;
      pty.kill("SIGKILL");
      resolve(Buffer.concat(pieces));
    });
  });
}
