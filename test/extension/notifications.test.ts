import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { notificationText } from "#extension/notification-text";

/** What VS Code takes for a link in a notification (src/vs/base/common/linkedText.ts). */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

describe("notifications", () => {
  it("have no links from anybody's words", () => {
    const attack = "[More](command:workbench.extensions.installExtension?%22evil.x%22)";
    assert.match(attack, link);
    assert.doesNotMatch(notificationText(attack), link);
    const piece = fc.constantFrom("[", "]", "(", ")", "](", "a", "command:x", "https://x", " ", "\n", "\u202e", "\0");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        assert.doesNotMatch(notificationText(pieces.join("")), link);
      }),
    );
  });

  it("are shown in one place alone", () => {
    const direct = readdirSync("extension", { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .filter((file) => /show(Information|Warning|Error)Message/.test(readFileSync(join("extension", file), "utf8")));
    assert.deepEqual(direct, ["notify.ts"]);
  });

  it("never say what somebody has just done: that is said in passing", () => {
    const files = readdirSync("extension", { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".ts"),
    );
    const told = files.flatMap((file) =>
      [...readFileSync(join("extension", file), "utf8").matchAll(/\bnotify\("info", ["`](.+?)["`]/g)].map(
        ([, text]) => text ?? "",
      ),
    );
    // What is left asks something, or says why nothing was done.
    for (const text of told)
      assert.match(
        text,
        /goes on without|then run it|No runner|without a prompt|is not there|Make it ready\?|What next\?/,
        text,
      );
    const elsewhere = files.filter((file) => /setStatusBarMessage/.test(readFileSync(join("extension", file), "utf8")));
    assert.deepEqual(elsewhere, ["notify.ts"]);
  });
});
