import assert from "node:assert/strict";
import fc from "fast-check";
import { screenScrollbackLines } from "#runner/keeper/caps";
import type { Emulator } from "#runner/keeper/emulator";
import { parseVisible } from "#runner/keeper/parse-visible";
import { startScreenWorker } from "#test/support/screen-worker";
import { terminalOutput, terminalSize } from "#test/support/terminal-arbitrary";
import { referenceTerminal, withoutLostLine } from "#test/support/terminal-state";

const bytesOf = (text: string) => new TextEncoder().encode(text);

const lines = [
  "y\r\n",
  "line\n",
  "a\tb\x07 é→日本 words that are wider than any of these terminals\r\n",
  "\x1b[31mred \x1b[1;42mbold\x1b[0m and plain\r\n",
  "\x1b[38;2;1;2;3mnever reset\x1b[K\r\n",
  "\x1b[4mreset\x1b[m\n\r",
  "\x1b[K\x1b[7m\r\n\x1b[0m",
];
/** Many lines, cut anywhere, often with something in them that is more than plain text. */
const flood = fc
  .record({
    line: fc.constantFrom(...lines),
    repeat: fc.integer({ min: 1, max: 1_600 }),
    from: fc.nat({ max: 12 }),
    in: fc.option(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), terminalOutput(4)), { nil: undefined }),
  })
  .map(({ line, repeat, from, in: inside }) => {
    const text = line.repeat(repeat).slice(from);
    const at = inside ? Math.floor(inside[0] * text.length) : 0;
    return text.slice(0, at) + (inside?.[1] ?? "") + text.slice(at);
  });

describe("keeper: the screen worker leaves out what scrolls away", () => {
  it("and draws the same as a terminal that read everything", async () => {
    const worker = startScreenWorker();
    let drawn = 0;
    const cases = Math.ceil(Number(process.env.BATON_SNAPSHOT_CASES ?? 400) / 30);
    try {
      await fc.assert(
        fc.asyncProperty(
          terminalSize,
          terminalOutput(20),
          fc.array(flood, { minLength: 1, maxLength: 2 }),
          terminalOutput(10),
          async ({ cols, rows }, before, floods, after) => {
            const screen = worker.open(cols, rows);
            const whole = referenceTerminal(cols, rows);
            const joined = referenceTerminal(cols, rows);
            try {
              for (const bytes of [bytesOf(before), bytesOf(floods.join("")), bytesOf("\x1b7")]) {
                screen.output(bytes);
                whole.write(bytes);
              }
              const picture = await screen.picture();
              await screen.close();
              if (!picture) return;
              drawn++;
              joined.write(picture.bytes);
              // A picture has as many of the lines above the screen as there is room for.
              assertSame(joined, whole, "as of the picture");
              const isCut = whole.goesOnWithLostLine();
              joined.write(bytesOf(after));
              whole.write(bytesOf(after));
              if (!whole.hasLinesAboveAlternate()) assertSame(joined, whole, "after the rest", isCut);
            } finally {
              whole.dispose();
              joined.dispose();
            }
          },
        ),
        { numRuns: cases, examples: [[{ cols: 4, rows: 2 }, "\x1b[?47h\x1b7", [lines[2] as string], "\x1b[T\x1b[d"]] },
      );
    } finally {
      await worker.stop();
    }
    assert.ok(drawn > cases / 2, `only ${drawn} of ${cases} could be drawn`);
  }).timeout(120_000);

  it("and reads little of a flood, all of what is no flood", () => {
    const rows = [
      { text: "y\r\n".repeat(200_000), atMostBytes: 3 * (screenScrollbackLines + 2 * 24 + 1) },
      { text: "\x1b[31mred\x1b[0m\r\n".repeat(20_000), atMostBytes: 14 * (screenScrollbackLines + 2 * 24 + 2) },
      { text: "\x1b[Hyy\r\n".repeat(20_000), atLeastBytes: 7 * 20_000 },
      { text: "y\r\n".repeat(20_000), scrollBottom: 20, atLeastBytes: 3 * 20_000 },
      { text: "y\x1b[31m\r\n".repeat(20_000), atLeastBytes: 8 * 20_000 },
    ];
    for (const { text, atMostBytes = Number.POSITIVE_INFINITY, atLeastBytes = 0, scrollBottom } of rows) {
      const read = bytesRead(bytesOf(text), scrollBottom);
      assert.ok(read <= atMostBytes && read >= atLeastBytes, `${JSON.stringify(text.slice(0, 12))}: ${read} bytes`);
    }
  });
});

/** How much an emulator is given to read. */
function bytesRead(bytes: Uint8Array, scrollBottom = 23): number {
  let read = 0;
  parseVisible(
    {
      terminal: { rows: 24 },
      inside: { _bufferService: { rows: 24, buffers: { active: { scrollTop: 0, scrollBottom } } } },
      isAtRest: () => true,
      parse: (piece: Uint8Array) => {
        read += piece.length;
      },
    } as unknown as Emulator,
    bytes,
  );
  return read;
}

type Terminal = ReturnType<typeof referenceTerminal>;

/** What can be seen of both, as far up as the one that was drawn has lines. */
function assertSame(drawn: Terminal, whole: Terminal, when: string, isCut = false): void {
  const states = [drawn, whole].map((one) => (isCut ? withoutLostLine(one.state()) : one.state()));
  const kept = Math.min(...states.map((state) => linesOf(state).length));
  const [a, b] = states.map((state) => {
    const { lines, wrapped, above: _, ...normal } = state.normal as NormalBuffer;
    return { ...state, normal: { ...normal, lines: lines.slice(-kept), wrapped: wrapped.slice(1 - kept) } };
  });
  assert.deepEqual(a, b, when);
}

interface NormalBuffer {
  readonly lines: readonly string[];
  readonly wrapped: readonly unknown[];
  readonly above: number;
}
const linesOf = (state: Readonly<Record<string, unknown>>) => (state.normal as NormalBuffer).lines;
