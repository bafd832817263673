import assert from "node:assert/strict";
import { copyFileSync, cpSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { runProcess } from "#test/support/processes";
import { tempFolder } from "#test/support/temp";
import { staleTargets } from "../../scripts/build-state.mjs";

describe("the setup of every npm script", function () {
  this.timeout(30_000);

  it("is over in 150 ms where everything is in place", async () => {
    await runProcess([process.execPath, "scripts/setup.mjs"]);
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const startedAt = performance.now();
      const { code } = await runProcess([process.execPath, "scripts/setup.mjs"]);
      times.push(performance.now() - startedAt);
      assert.equal(code, 0);
    }
    const best = Math.min(...times);
    assert.ok(best <= 150, `${best.toFixed(0)} ms`);
  });

  it("says in one line that Node is too old", async () => {
    using folder = tempFolder("baton-node");
    writeFileSync(
      folder.at("old.mjs"),
      `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } });`,
    );
    for (const script of ["setup", "start", "test", "check"]) {
      const { code, stderr } = await runProcess([
        process.execPath,
        "--import",
        folder.at("old.mjs"),
        `scripts/${script}.mjs`,
      ]);
      assert.equal(stderr, "Baton needs Node 20.19 or newer; this is Node 18.20.4.\n", script);
      assert.equal(code, 1, script);
    }
  });

  it("says which folder it cannot install into, and stops", async () => {
    using folder = tempFolder("baton-lock");
    cpSync("scripts", folder.at("scripts"), { recursive: true });
    copyFileSync("package.json", folder.at("package.json"));
    writeFileSync(folder.at("package-lock.json"), '{"packages":{"node_modules/none":{"version":"1.0.0"}}}');
    const { code, stderr } = await runProcess([process.execPath, folder.at("scripts", "setup.mjs")], {
      env: { npm_config_offline: "true" },
    });
    assert.match(stderr, /“npm ci .*” failed/);
    assert.equal(code, 1);
  });
});

describe("which targets are older than their sources", () => {
  const project = () => {
    const folder = tempFolder("baton-stale");
    for (const part of ["protocol", "relay", "runner", "sdk"]) {
      mkdirSync(folder.at(part));
      writeFileSync(folder.at(part, "one.ts"), "1");
    }
    return folder;
  };
  const names = ["relay", "cli"];

  it("all at first, none after the build, then those that a change reaches", () => {
    using folder = project();
    const first = staleTargets(folder.path, "dist", names);
    assert.deepEqual(first.stale, names);
    first.confirm();
    assert.deepEqual(staleTargets(folder.path, "dist", names).stale, []);
    utimesSync(folder.at("relay", "one.ts"), 1, 1);
    assert.deepEqual(staleTargets(folder.path, "dist", names).stale, ["relay"]);
    writeFileSync(folder.at("protocol", "two.ts"), "");
    assert.deepEqual(staleTargets(folder.path, "dist", names).stale, names);
  });

  it("all of them where the note of the last build is cut", () => {
    using folder = project();
    staleTargets(folder.path, "dist", names).confirm();
    writeFileSync(resolve(folder.path, "dist", ".built.json"), "{");
    assert.deepEqual(staleTargets(folder.path, "dist", names).stale, names);
  });
});
