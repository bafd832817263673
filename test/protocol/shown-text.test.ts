import assert from "node:assert/strict";
import fc from "fast-check";
import {
  maxErrorParamsJsonBytes,
  maxNameLength,
  maxRunHeaderExtrasJsonBytes,
  maxRunnerBodyJsonBytes,
  maxRunnerReportJsonBytes,
} from "#protocol/caps";
import { PromptText, RunHeader, RunnerBody, RunnerReport } from "#protocol/documents";
import { BatonError, WireError } from "#protocol/errors";
import { Name, nameFrom, shownPath } from "#protocol/shown-text";
import { newRunnerIdentity, scriptedRun, testReport } from "#test/support/runner-client";

/** What a reader does not see: controls, changes of direction, zero-width characters, separators, tags. */
const hidden = [
  ..."\u0000\u0007\t\n\r\u001b\u007f\u0080\u0085\u009b\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029",
  ..."\u202a\u202b\u202c\u202d\u202e\u2060\u2064\u2066\u2067\u2068\u2069\ufeff\u{e0041}",
];

describe("names that are shown", () => {
  it("hold nothing that a reader does not see", () => {
    for (const character of hidden) {
      const code = `U+${character.codePointAt(0)?.toString(16)}`;
      assert.ok(!Name.safeParse(`An${character}a`).success, code);
      assert.equal(nameFrom(`An${character}a${character}`, "somebody"), "Ana", code);
    }
    for (const name of ["Ana", "Jürgen Müller", "安娜", "آنا", "O’Neil-Smith", "👩‍💻 Ana", "👍🏽", "❤️‍🔥"]) {
      assert.equal(Name.parse(` ${name} `), name);
      assert.equal(nameFrom(name, "somebody"), name);
    }
    assert.ok(PromptText.safeParse("text\u200b\u202e of a prompt\n\u001b[0m").success, "a prompt's text is free");
  });

  it("can be made of anything", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const name = nameFrom(text, "somebody");
        assert.equal(Name.parse(name), name);
        assert.ok(name.length <= maxNameLength);
      }),
    );
    assert.equal(nameFrom("\u200b \n", "somebody"), "somebody");
    for (let length = 1; length <= 6; length++) {
      const cut = nameFrom("👩‍💻👩‍💻", "somebody", length);
      assert.equal(Name.parse(cut), cut, "what is cut in the middle of an emoji is still a name");
    }
  });

  it("may join letters in a path, and never turn it around", () => {
    const path = shownPath(100);
    assert.ok(path.safeParse("/home/ana/می\u200cخواهم").success);
    for (const folder of ["/srv/a\nb", "/srv/\u202egpj.exe", "/srv/\u2066a\u2069", "/srv/\u001b[2J"]) {
      assert.ok(!path.safeParse(folder).success);
    }
  });
});

describe("what a runner says of itself and of its work", () => {
  const filler = (bytes: number) => ({ extra: "x".repeat(bytes) });

  it("has a cap in bytes, more fields included", async () => {
    const { body, runnerId } = await newRunnerIdentity();
    assert.ok(RunnerBody.safeParse({ ...body, ...filler(1_000) }).success);
    assert.ok(!RunnerBody.safeParse({ ...body, ...filler(maxRunnerBodyJsonBytes) }).success);
    assert.ok(!RunnerBody.safeParse({ ...body, host: "desk\u202e" }).success);
    assert.ok(!RunnerReport.safeParse({ ...testReport(), ...filler(maxRunnerReportJsonBytes) }).success);

    const { header } = scriptedRun(runnerId);
    assert.ok(RunHeader.safeParse({ ...header, ...filler(1_000) }).success);
    assert.ok(!RunHeader.safeParse({ ...header, ...filler(maxRunHeaderExtrasJsonBytes) }).success);
    const withPrompt = (prompt: string) => RunHeader.safeParse({ ...header, body: { ...header.body, prompt } }).success;
    assert.ok(withPrompt("x".repeat(200_000)), "a whole prompt fits");
    assert.ok(!withPrompt("\u0001".repeat(200_000)), "and no more than a prompt's");
  });

  it("tells errors in params of a few KB, which our own are cut to", () => {
    const params = { reason: "x".repeat(maxErrorParamsJsonBytes) };
    assert.ok(!WireError.safeParse({ code: "spawn_failed", params }).success);
    const error = new BatonError("spawn_failed", { command: "claude", ...params });
    const sent = WireError.parse(JSON.parse(JSON.stringify(error)));
    assert.ok(String(sent.params.reason).endsWith("…"));
    assert.equal(sent.params.command, "claude");
    assert.equal(error.params.reason, params.reason, "here it stays whole");
  });
});
