import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createStepTeller } from "#runner/node/tell-step";
import { distFolder } from "#test/support/dist";
import { runProcess } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { tempFolder } from "#test/support/temp";

describe("what a program of a run tells of its steps", () => {
  const temp = tempFolder("tell-step");
  after(temp.remove);

  it("is a line each in the file that it was given", () => {
    writeFileSync(temp.at("steps"), "");
    const teller = createStepTeller(temp.at("steps"));
    teller.step({ step: "agent", state: "started", params: {} });
    teller.tunnel({ state: "starting", port: 5173 });
    const lines = readFileSync(temp.at("steps"), "utf8").split("\n");
    assert.deepEqual(
      lines.slice(0, 2).map((line) => JSON.parse(line)),
      [{ step: { step: "agent", state: "started", params: {} } }, { tunnel: { state: "starting", port: 5173 } }],
    );
  });

  it("stops nothing where the disk is full", async function () {
    if (process.platform !== "linux") skipBecause(this, "only Linux has a file that is always full");
    // It fails once, and is there to stay the second time.
    const server = `test -e "$0" && exit 0; touch "$0"; exit 3`;
    const argv = [process.execPath, join(distFolder, "restarting.cjs"), "sh", "-c", server, temp.at("came")] as const;
    const ended = await runProcess(argv, { env: { BATON_STEP_FILE: "/dev/full" } });
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stderr.match(/cannot be told any more/g)?.length, 1);
  });
});
