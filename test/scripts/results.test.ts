import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isAlive, runProcess } from "#test/support/processes";
import { tempFolder } from "#test/support/temp";

const moduleOf = (script: string) => JSON.stringify(pathToFileURL(resolve(`scripts/${script}.mjs`)).href);

/** Runs one part with the scripts of `npm test`, in a project of its own. @param sources of its files; one in each lane */
async function runPart(sources: string | readonly string[], env: NodeJS.ProcessEnv = {}, limitMs = 20_000) {
  using folder = tempFolder("baton-part");
  symlinkSync(resolve("node_modules"), folder.at("node_modules"));
  symlinkSync(resolve("scripts"), folder.at("scripts"));
  mkdirSync(folder.at("dist", "test", "part"), { recursive: true });
  const files = [sources].flat().map((source, index) => {
    const file = `dist/test/part/${index}.test.mjs`;
    writeFileSync(folder.at(file), source);
    return file;
  });
  writeFileSync(
    folder.at("run.mjs"),
    `import { closing, runPart } from ${moduleOf("test-run")};
     import { makeLanes } from ${moduleOf("lanes")};
     const jobs = ${JSON.stringify(files.map((file) => ({ files: [file] })))};
     const part = { name: "part", jobs, lanes: makeLanes(${files.length}), root: ${JSON.stringify(folder.path)}, dist: "dist", limitMs: ${limitMs}, graceMs: 1_000 };
     process.exit(closing([await runPart(part)]));`,
  );
  const run = [process.execPath, folder.at("run.mjs")] as const;
  return await runProcess([...run], { cwd: folder.path, env: { CI: undefined, BATON_CI: undefined, ...env } });
}

const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);
const skipping = `it("a", () => {}); it("b", function () { this.test.skipReason = "there is no moon"; this.skip(); });`;

describe("what npm test counts", function () {
  this.timeout(60_000);

  it("tests that pass", async () => {
    const { code, stdout } = await runPart(`it("a", () => {}); it("b", () => {});`);
    assert.equal(lastLine(stdout), "2 passed, 0 failed");
    assert.equal(code, 0);
  });

  it("tests that fail, with the reason", async () => {
    const { code, stdout } = await runPart(`it("a", () => {}); it("b", () => { throw new Error("it is raining"); });`);
    assert.equal(lastLine(stdout), "1 passed, 1 failed");
    assert.match(stdout, /it is raining/);
    assert.equal(code, 1);
  });

  it("tests that a machine cannot run, with the reason", async () => {
    const { code, stdout } = await runPart(skipping);
    assert.equal(lastLine(stdout), "1 passed, 0 failed, 1 skipped");
    assert.match(stdout, /there is no moon\n\s+- b/);
    assert.equal(code, 0);
  });

  it("a skip as a failure in CI", async () => {
    const { code, stdout } = await runPart(skipping, { CI: "1" });
    assert.equal(lastLine(stdout), "1 passed, 1 failed");
    assert.match(stdout, /there is no moon/);
    assert.equal(code, 1);
  });

  it("a part that dies as a failure", async () => {
    const { code, stdout } = await runPart(`it("a", () => process.exit(0));`);
    assert.equal(lastLine(stdout), "0 passed, 1 failed");
    assert.equal(code, 1);
  });

  it("a part that hangs as a failure", async () => {
    const { code, stdout } = await runPart(`it("a", () => {}); setInterval(() => {}, 1000);`, {}, 2_000);
    assert.match(lastLine(stdout) ?? "", /, 1 failed$/);
    assert.equal(code, 1);
  });

  it("the files of two lanes, which run at once, together", async () => {
    const meets = (own: string, other: string) => `
      import { existsSync, writeFileSync } from "node:fs";
      import { setTimeout as delay } from "node:timers/promises";
      it("meets the other", async () => {
        writeFileSync("${own}", "");
        while (!existsSync("${other}")) await delay(20);
      });`;
    const { code, stdout } = await runPart([meets("left", "right"), `${meets("right", "left")} ${skipping}`]);
    assert.equal(lastLine(stdout), "3 passed, 0 failed, 1 skipped");
    assert.match(stdout, /there is no moon\n\s+- b/);
    assert.equal(code, 0);
  });

  it("a lane that dies, and one that fails, as failures", async () => {
    const { code, stdout } = await runPart([
      `it("a", () => process.exit(0));`,
      `it("b", () => {}); it("c", () => { throw new Error("it is raining"); });`,
    ]);
    assert.equal(lastLine(stdout), "1 passed, 2 failed");
    assert.match(stdout, /it is raining/);
    assert.equal(code, 1);
  });

  it("no test at all as a failure", async () => {
    const { code } = await runPart(`describe("nothing", () => {});`);
    assert.equal(code, 1);
  });
});

describe("what a test leaves behind", function () {
  this.timeout(60_000);

  it("is ended and is a failure", async function () {
    if (process.platform !== "linux") this.skip();
    const sleeper = `import { spawn } from "node:child_process";
      it("a", () => { const one = spawn("sleep", ["3600"], { detached: true, stdio: "ignore" }); one.unref(); console.log("pid " + one.pid); });`;
    const { code, stdout } = await runPart(sleeper);
    assert.match(stdout, /a process was left behind: \d+ sleep 3600/);
    assert.equal(code, 1);
    const pid = Number(/left behind: (\d+)/.exec(stdout)?.[1]);
    assert.equal(isAlive(pid), false);
  });
});
