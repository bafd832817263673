import assert from "node:assert/strict";
import fc from "fast-check";
import { withoutTerminalReplies } from "#runner/core/terminal-replies";

/** What xterm.js sends by itself, by the question that makes it do so. */
const replies: Record<string, string> = {
  "primary device attributes": "\x1b[?1;2c",
  "secondary device attributes": "\x1b[>0;276;0c",
  "device status": "\x1b[0n",
  "cursor position": "\x1b[12;40R",
  "cursor position, DEC": "\x1b[?12;40R",
  "mode report": "\x1b[?2026;2$y",
  "keyboard flags": "\x1b[?0u",
  "colour scheme": "\x1b[?997;1n",
  "window size": "\x1b[8;30;100t",
  "foreground colour": "\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
  "background colour, ended by BEL": "\x1b]11;rgb:0000/0000/0000\x07",
  "status string": "\x1bP1$r0m\x1b\\",
  version: "\x1bP>|xterm.js(6.0.0)\x1b\\",
};

/** What a person's keys and mouse send. */
const typed = [
  "a",
  "ä🙂",
  "\r",
  "\x1b",
  "\x1b[A",
  "\x1b[1;5C",
  "\x1b[3~",
  "\x1bOP",
  "\x1b[15;2~",
  "\x1b[I",
  "\x1b[<0;3;4M",
  "\x1b[200~paste\x1b[201~",
  "\x1bd",
];

describe("what a terminal answers by itself", () => {
  for (const [question, reply] of Object.entries(replies)) {
    it(`is held back: ${question}`, () => assert.equal(withoutTerminalReplies(reply), ""));
  }

  it("is held back between keys, which pass as they are", () => {
    const pieces = fc.array(fc.oneof(fc.constantFrom(...typed), fc.constantFrom(...Object.values(replies))), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(pieces, (some) => {
        // A lone Esc in front of a reply would be read together with it, by any terminal.
        fc.pre(!some.includes("\x1b"));
        const keys = some.filter((piece) => typed.includes(piece)).join("");
        assert.equal(withoutTerminalReplies(some.join("")), keys);
      }),
    );
  });
});
