import assert from "node:assert/strict";
import fc from "fast-check";
import { promptTitle } from "#protocol/plain-text";
import { titleOf } from "#runner/core/title";

describe("runner: title of a run", () => {
  it("is the first line that says something", () => {
    assert.equal(titleOf("\n  \n  Fix the login \nand more"), "Fix the login");
    assert.equal(titleOf("one\r\ntwo"), "one");
    assert.equal(titleOf("a\x1b]0;evil\x07b"), "a ]0;evil b");
  });

  it("reads as it is written: nothing in it turns the direction, and a line that shows nothing is none", () => {
    assert.equal(titleOf("open \u202egnp.exe\u202c"), "open gnp.exe");
    assert.equal(titleOf("\u2066\u200b\u200f\nfix it"), "fix it");
    assert.equal(titleOf("one\u2028two"), "one");
    assert.equal(titleOf("می\u200cخواهم"), "می\u200cخواهم", "what joins letters is meant");
    assert.equal(promptTitle("\u202e\u200b \u0007\n"), "(nothing to read)");
  });

  it("is cut between characters, never inside one", () => {
    const family = "👨‍👩‍👧‍👦";
    const title = titleOf(family.repeat(40));
    assert.ok(title.endsWith("…"));
    assert.equal(title.slice(0, -1).length % family.length, 0);
  });

  it("has at most 80 characters and no lone surrogate", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
        const title = titleOf(text);
        assert.ok(title.length <= 80);
        assert.ok(!/\p{Surrogate}/u.test(title));
        assert.ok(!title.includes("\n"));
      }),
    );
  });
});
