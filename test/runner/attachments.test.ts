import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { maxAttachmentsBytes } from "#protocol/caps";
import { PromptBody } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { buildCommand } from "#runner/core/profiles";
import { textWithAttachments, writeAttachments } from "#runner/node/attachments";
import { base, builtIn } from "#test/support/profiles";
import { tempFolder } from "#test/support/temp";

const picture = (name: string, content: string) => ({ name, bytes: Buffer.from(content).toString("base64") });

describe("files that come with a prompt", () => {
  const temp = tempFolder("attached");
  const dirs = { data: temp.at("data"), config: temp.at("config") };
  after(() => temp.remove());

  it("are written for the user alone, each under a name of its own", () => {
    const written = writeAttachments(dirs, newId("prompt"), [picture("page.png", "one"), picture("page.png", "two")]);
    assert.deepEqual(
      written.files.map((file) => readFileSync(file, "utf8")),
      ["one", "two"],
    );
    for (const file of written.files) assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(written.folder).mode & 0o777, 0o700);
    const text = textWithAttachments("Look at this", written);
    assert.equal(text, `Look at this\n\n${written.files.map((file) => `Attached: ${file}`).join("\n")}`);
  });

  it("are removed after a week, when others come", () => {
    const old = join(dirs.data, "attachments", newId("prompt"));
    mkdirSync(old, { recursive: true });
    const aWeekAgo = Date.now() / 1000 - 8 * 24 * 60 * 60;
    utimesSync(old, aWeekAgo, aWeekAgo);
    const { folder } = writeAttachments(dirs, newId("prompt"), [picture("page.jpg", "new")]);
    assert.deepEqual([existsSync(old), existsSync(folder)], [false, true]);
  });

  it("may be read by the agents that ask about what lies beyond their folder, and change nothing else", () => {
    const { claude, gemini, codex } = builtIn();
    for (const [profile, argument] of [
      [claude, "--add-dir=/attached"],
      [gemini, "--include-directories=/attached"],
      [codex, undefined],
    ] as const) {
      assert.ok(profile);
      const plain = buildCommand(profile, base).argv;
      const { argv } = buildCommand(profile, { ...base, attachedFolder: "/attached" });
      assert.deepEqual(
        argv.filter((one) => !plain.includes(one)),
        argument === undefined ? [] : [argument],
      );
      assert.equal(argv.length, plain.length + (argument === undefined ? 0 : 1));
    }
  });

  it("have plain names of pictures, and a size that a prompt can carry", () => {
    const isTaken = (...attachments: readonly { name: string; bytes: string }[]) =>
      PromptBody.safeParse({ text: "x", attachments }).success;
    assert.equal(isTaken(picture("page-1.png", "x")), true);
    for (const name of ["../page.png", "page.svg", "page.png.sh", ".png", "a/b.png", "a b.png", "-p.png", ""]) {
      assert.equal(isTaken(picture(name, "x")), false, name);
    }
    assert.equal(isTaken({ name: "page.png", bytes: "not base64!" }), false);
    assert.equal(isTaken(picture("page.png", "x".repeat(maxAttachmentsBytes))), true);
    assert.equal(isTaken(picture("page.png", "x".repeat(maxAttachmentsBytes)), picture("b.png", "xxx")), false);
  });
});
