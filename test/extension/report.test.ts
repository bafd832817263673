import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { maxReportedLogLines } from "#extension/caps";
import { readLogEnd, reportText, withoutSecrets } from "#extension/report";
import { newId } from "#protocol/ids";
import { tempFolder } from "#test/support/temp";

const secret = "q7Zr3kX1_vTn8cB2-mWd5hJ9pL4sY6fG0aE1uRtQwKo";

describe("the report of a problem", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["a bearer token", `authorization: Bearer ${secret}`, "authorization: (removed) (removed)"],
    ["a random word", `the token ${secret} was refused`, "the token (removed) was refused"],
    ["a one-time link", "opened http://127.0.0.1:4180/#link=abc123", "opened http://127.0.0.1:4180/#link=(removed)"],
    ["a signed token", `eyJhbGciOiJFZERTQSJ9aaaa1111.eyJzdWIiOiIxMjM0In0.${secret}`, "(removed)"],
    ["the person's home", `in ${homedir()}/work`, "in ~/work"],
  ];
  for (const [name, line, shown] of cases) {
    it(`takes out ${name}`, () => assert.equal(withoutSecrets(line), shown));
  }

  it("leaves ids and words as they are", () => {
    const line = `run ${newId("run")} in a-folder-with-a-very-long-name-of-words ended`;
    assert.equal(withoutSecrets(line), line);
  });

  it("shows the end of the log, in whole lines", async () => {
    using folder = tempFolder("baton-report");
    const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index} ${"x".repeat(40)}`);
    writeFileSync(folder.at("Baton.log"), `${lines.join("\n")}\n`);
    assert.deepEqual(await readLogEnd(folder.at("Baton.log")), lines.slice(-maxReportedLogLines));
    assert.deepEqual(await readLogEnd(folder.at("none.log")), []);
  });

  it("says what is running, and nothing of what it works on", () => {
    const folders = [{ link: "online", keeper: "connected", policy: "ask" }];
    const text = reportText({ versions: [["Baton", "0.1.0"]], folders, log: [`token ${secret}`] });
    assert.match(text, /- Baton: 0\.1\.0\n- Folder 1: link online, keeper connected, policy ask/);
    assert.doesNotMatch(text, new RegExp(secret));
  });
});
