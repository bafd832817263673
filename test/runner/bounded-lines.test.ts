import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import { readBoundedLines } from "#runner/node/bounded-lines";

/** @param cut where the bytes are cut into pieces */
async function linesOf(text: string, maxLength: number, cut = 3): Promise<string[]> {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / cut) }, (_, i) =>
    bytes.subarray(i * cut, (i + 1) * cut),
  );
  const stream = new PassThrough();
  const lines: string[] = [];
  readBoundedLines(stream, maxLength, (line) => lines.push(line));
  await pipeline(Readable.from(pieces), stream);
  return lines;
}

describe("the lines of a program", () => {
  it("are told as they are, however they come", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme" })),
        fc.integer({ min: 1, max: 9 }),
        async (texts, cut) => {
          const lines = texts.map((text) => text.replace(/[\r\n]/g, ""));
          assert.deepEqual(await linesOf(lines.map((line) => `${line}\n`).join(""), 1_000, cut), lines);
        },
      ),
    ));

  it("end in either way, and with the program", async () => {
    assert.deepEqual(await linesOf("a\r\nb\n\nc", 10), ["a", "b", "", "c"]);
  });

  it("take no more memory than they may, where one has no end", async () => {
    assert.deepEqual(await linesOf(`${"x".repeat(100_000)}\nnext\n${"y".repeat(50)}`, 10, 1_000), [
      "x".repeat(10),
      "next",
      "y".repeat(10),
    ]);
  });
});
