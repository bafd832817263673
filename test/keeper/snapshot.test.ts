import assert from "node:assert/strict";
import fc from "fast-check";
import { maxSnapshotBytes } from "#protocol/caps";
import { type ScreenWorker, startScreenWorker } from "#test/support/screen-worker";
import { narrowOutput, terminalOutput, terminalSize } from "#test/support/terminal-arbitrary";
import { referenceTerminal, withoutLostLine } from "#test/support/terminal-state";

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe("keeper: snapshots", () => {
  let worker: ScreenWorker;
  before(() => {
    worker = startScreenWorker();
  });
  after(() => worker.stop());

  interface Size {
    readonly cols: number;
    readonly rows: number;
  }

  /** Compares a terminal that saw everything with one that saw a snapshot and the rest. */
  async function compare(first: Size, head: Uint8Array, tail: Uint8Array, resized?: Size) {
    const screen = worker.open(first.cols, first.rows);
    const whole = referenceTerminal(first.cols, first.rows);
    const half = resized ? head.length >> 1 : 0;
    if (resized) {
      screen.output(head.subarray(0, half));
      screen.resize(resized.cols, resized.rows);
      whole.write(head.subarray(0, half));
      whole.resize(resized.cols, resized.rows);
    }
    screen.output(head.subarray(half));
    whole.write(head.subarray(half));
    const picture = await screen.picture();
    await screen.close();
    if (!picture) {
      whole.dispose();
      return false;
    }
    const joined = referenceTerminal(picture.cols, picture.rows);
    try {
      joined.write(picture.bytes);
      // Its saved cursor has moved with them for good, also where they are gone behind the rest.
      if (whole.hasLinesAboveAlternate()) return false;
      assert.deepEqual(joined.state(), whole.state(), "as of the snapshot");
      if (whole.hasRestsOfLargerScreen()) return false;
      const isCut = whole.goesOnWithLostLine();
      whole.write(tail);
      joined.write(tail);
      if (whole.hasLinesAboveAlternate()) return false;
      const [drawnState, wholeState] = [joined, whole].map((one) =>
        isCut ? withoutLostLine(one.state()) : one.state(),
      );
      assert.deepEqual(drawnState, wholeState, "after the rest");
    } finally {
      whole.dispose();
      joined.dispose();
    }
    return true;
  }

  it("and the tail equal the full replay, cell for cell, cut anywhere", async () => {
    let drawn = 0;
    const cases = Number(process.env.BATON_SNAPSHOT_CASES ?? 400);
    await fc.assert(
      fc.asyncProperty(
        terminalSize,
        terminalOutput(60),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (size, text, at) => {
          const bytes = bytesOf(text);
          const cut = Math.floor(at * bytes.length);
          if (await compare(size, bytes.subarray(0, cut), bytes.subarray(cut))) drawn++;
        },
      ),
      // A cursor behind the last column of a screen on which nothing stands there.
      { numRuns: cases, examples: [[{ cols: 4, rows: 2 }, "aaa\x1b[?47h\u0301\x1b[?1047l\r", 0.95]] },
    );
    assert.ok(drawn > cases / 2, `only ${drawn} of ${cases} cuts could be drawn`);
  });

  it("and the tail equal the full replay also when the terminal was resized before", async () => {
    await fc.assert(
      fc.asyncProperty(
        terminalSize,
        terminalSize,
        narrowOutput(40),
        narrowOutput(10),
        async (size, resized, head, tail) => {
          await compare(size, bytesOf(head), bytesOf(tail), resized);
        },
      ),
      {
        numRuns: Math.ceil(Number(process.env.BATON_SNAPSHOT_CASES ?? 400) / 2),
        examples: [
          // A coloured character that wraps onto a line that is plain behind it.
          [{ cols: 4, rows: 2 }, { cols: 4, rows: 2 }, "aaaaaaaaa\x1b[107m\x1b[Faaaaa", "\x1b[0;0r"],
          // A cursor that was saved on the screen beside the alternate one, of a terminal made smaller.
          [{ cols: 4, rows: 3 }, { cols: 4, rows: 2 }, "aa\r\n\x1b[?1049h\x1b[?1048h\x1bE\r", "\x1b[?47la"],
          // A saved cursor whose line has scrolled away, and counts again when the lines above are erased.
          [{ cols: 4, rows: 2 }, { cols: 4, rows: 2 }, "\t\x1b[?1048haaaaaa", "\x1b[?3J\x1b(0"],
        ],
      },
    );
  });

  it("fit their cap: the screen first, then as many lines above it as there is room for", async () => {
    const screen = worker.open(120, 40);
    const line = (n: number) =>
      `${Array.from({ length: 30 }, (_, i) => `\x1b[38;2;${n % 256};${i};${i}mab${i % 10} `).join("")}\r\n`;
    screen.output(bytesOf(Array.from({ length: 900 }, (_, n) => line(n)).join("")));
    const picture = await screen.close();
    assert.ok(picture);
    assert.ok(picture.bytes.length <= maxSnapshotBytes && picture.bytes.length > maxSnapshotBytes / 2);
    const joined = referenceTerminal(120, 40);
    const whole = referenceTerminal(120, 40);
    joined.write(picture.bytes);
    whole.write(bytesOf(Array.from({ length: 900 }, (_, n) => line(n)).join("")));
    const screenOf = (terminal: typeof joined) => (terminal.state().normal as { lines: string[] }).lines.slice(-40);
    assert.deepEqual(screenOf(joined), screenOf(whole));
    assert.ok((joined.state().normal as { above: number }).above > 0);
  });
});
