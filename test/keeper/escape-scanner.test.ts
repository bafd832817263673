import assert from "node:assert/strict";
import fc from "fast-check";
import { createEscapeScanner } from "#runner/keeper/escape-scanner";
import { terminalOutput } from "#test/support/terminal-arbitrary";

/** What is found in output that comes in pieces, each in the memory of the one before, as a terminal is read. */
function found(output: Buffer, cuts: readonly number[]): string[] {
  const seen: string[] = [];
  const scanner = createEscapeScanner({
    sequence: (text, terminator) => seen.push(text + terminator),
    // Bells in a row are one call for attention.
    bell: () => seen.at(-1) === "bell" || seen.push("bell"),
  });
  const memory = Buffer.alloc(output.length);
  const ends = [...new Set([...cuts.map((cut) => cut % (output.length + 1)), output.length])].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    output.copy(memory, 0, from, end);
    scanner.scan(memory.subarray(0, end - from));
    from = end;
  }
  return seen;
}

describe("keeper: the scanner of what programs write", () => {
  it("finds the same questions wherever their bytes were cut", () => {
    const question = fc.constantFrom(
      "\x1b[6n",
      "\x1b]10;?\x07",
      "\x1b]11;?\x1b\\",
      "\x1bP+q544e\x1b\\",
      "\x1b[?2026$p",
      "\x07",
    );
    const output = fc
      .array(fc.oneof(question, terminalOutput(3)), { maxLength: 8 })
      .map((parts) => Buffer.from(parts.join(""), "utf8"));
    fc.assert(
      fc.property(output, fc.array(fc.nat(200), { maxLength: 12 }), (bytes, cuts) => {
        assert.deepEqual(found(bytes, cuts), found(bytes, []));
      }),
      { numRuns: 2_000 },
    );
  });
});
