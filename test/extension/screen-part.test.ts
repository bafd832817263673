import assert from "node:assert/strict";
import { createScreenPart } from "#extension/terminals/screen-part";
import type { Emulator, EmulatorInside } from "#runner/keeper/emulator";
import { Terminal } from "#test/support/headless";

const encoder = new TextEncoder();

function emulator(cols: number, rows: number): Emulator {
  const terminal = new Terminal({ cols, rows, scrollback: 0, allowProposedApi: true });
  const inside = (terminal as unknown as { readonly _core: EmulatorInside })._core;
  return { terminal, inside, parse: (bytes) => inside._inputHandler.parse(bytes), isAtRest: () => true };
}

/** The rows that a terminal of a size shows after this was written to it, and where its cursor is. */
function shown(text: string, cols: number, rows: number) {
  const { terminal, parse } = emulator(cols, rows);
  parse(encoder.encode(text));
  const { active } = terminal.buffer;
  const lines = Array.from(
    { length: rows },
    (_, y) =>
      active
        .getLine(active.baseY + y)
        ?.translateToString(true)
        .trimEnd() ?? "",
  );
  const cell = active.getLine(active.baseY)?.getCell(0);
  return {
    lines,
    cursor: [active.cursorX, active.cursorY],
    firstIsBold: cell?.isBold() !== 0,
    colour: cell?.getFgColor(),
  };
}

describe("a screen that is larger than its terminal", () => {
  const large = { cols: 120, rows: 40 };
  const own = { cols: 30, rows: 6 };
  const row = (y: number) => `\x1b[${y};1H${`row ${y} `.padEnd(20, ".")}${"x".repeat(60)}`;
  const full = Array.from({ length: 40 }, (_, index) => row(index + 1)).join("");

  it("is shown from its left top while the cursor is there, with a line that says so", () => {
    const part = createScreenPart(emulator(large.cols, large.rows));
    part.write(`${full}\x1b[1;1H\x1b[1;31mred\x1b[0m\x1b[2;5H`);
    const { lines, cursor, firstIsBold, colour } = shown(part.draw(own, "a note"), own.cols, own.rows);
    assert.equal(lines[0], "red 1 ".padEnd(20, ".") + "x".repeat(10));
    assert.equal(lines[4], "row 5 ".padEnd(20, ".") + "x".repeat(10));
    assert.equal(lines[5], "a note");
    assert.deepEqual([cursor, firstIsBold, colour], [[4, 1], true, 1]);
  });

  it("follows the cursor to the right and down", () => {
    const part = createScreenPart(emulator(large.cols, large.rows));
    part.write(`${full}\x1b[40;80Hend`);
    const { lines, cursor } = shown(part.draw(own, "a note"), own.cols, own.rows);
    assert.equal(lines[4], `${"x".repeat(26)}end`);
    assert.deepEqual(cursor, [29, 4]);
  });

  it("replaces what was there, whatever it was, and leaves out half of a wide character", () => {
    const part = createScreenPart(emulator(large.cols, large.rows));
    part.write(`${"a".repeat(29)}字\r\nsecond\x1b[1;1H`);
    const before = full.slice(0, 400);
    const { lines } = shown(`${before}\x1b[44m${part.draw(own, "a note")}`, own.cols, own.rows);
    assert.deepEqual(lines, ["a".repeat(29), "second", "", "", "", "a note"]);
  });

  it("takes another size", () => {
    const part = createScreenPart(emulator(40, 40));
    part.resize(large);
    part.write(full);
    const { lines } = shown(part.draw({ cols: 100, rows: 41 }, "n"), 100, 41);
    assert.equal(lines[39], "row 40 ".padEnd(20, ".") + "x".repeat(60));
  });
});
