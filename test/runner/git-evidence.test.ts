import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { gitAtEnd, gitAtStart } from "#runner/node/git-evidence";
import { type TempFolder, tempFolder } from "#test/support/temp";

const git = "git";
const lines = (count: number) => "a line\n".repeat(count);

describe("what Git says of a run", () => {
  const run = (folder: TempFolder, ...args: string[]) =>
    execFileSync(git, ["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], { cwd: folder.path });
  const repository = () => {
    const folder = tempFolder("git-evidence");
    run(folder, "init", "-q", "-b", "main");
    for (const name of ["a.txt", "b.txt", "with space.txt"]) writeFileSync(folder.at(name), lines(10));
    run(folder, "add", "-A");
    run(folder, "commit", "-qm", "first");
    return folder;
  };

  it("counts only what has changed since the start, committed or not", async () => {
    using folder = repository();
    // What was there before the run is not the run's.
    writeFileSync(folder.at("b.txt"), lines(15));
    writeFileSync(folder.at("notes.txt"), lines(2));
    const start = await gitAtStart(git, folder.path);
    assert.equal(start?.branch, "main");
    assert.match(start?.commit ?? "", /^[0-9a-f]{40}$/);
    assert.deepEqual([start?.changedFiles, start?.addedLines, start?.removedLines], [2, 7, 0]);

    writeFileSync(folder.at("a.txt"), lines(4));
    mkdirSync(folder.at("src"));
    writeFileSync(folder.at("src", "ünïcode.ts"), lines(3));
    run(folder, "add", "src");
    run(folder, "commit", "-qm", "second");
    rmSync(folder.at("with space.txt"));
    const end = await gitAtEnd(git, folder.path, start);
    assert.deepEqual([end?.changedFiles, end?.addedLines, end?.removedLines], [3, 3, 16]);
    assert.deepEqual(end?.files.map(({ path }) => path).sort(), ["a.txt", "src/ünïcode.ts", "with space.txt"]);
    assert.notEqual(end?.commit, start?.commit);
  });

  it("says that nothing has changed, and what was taken back", async () => {
    using folder = repository();
    writeFileSync(folder.at("a.txt"), lines(12));
    const start = await gitAtStart(git, folder.path);
    assert.equal((await gitAtEnd(git, folder.path, start))?.changedFiles, 0);
    run(folder, "checkout", "-q", "a.txt");
    const end = await gitAtEnd(git, folder.path, start);
    assert.deepEqual([end?.changedFiles, end?.addedLines, end?.removedLines], [1, 0, 2]);
  });

  it("reads a repository without a commit, and starts nothing where there is none", async () => {
    using empty = tempFolder("git-evidence");
    assert.equal(await gitAtStart("/no/such/git", empty.path), undefined);
    run(empty, "init", "-q", "-b", "main");
    writeFileSync(empty.at("new.txt"), lines(1));
    const start = await gitAtStart(git, empty.path);
    assert.deepEqual([start?.branch, start?.commit, start?.addedLines], ["main", undefined, 1]);
  });

  it("runs no program that the repository's configuration names", async () => {
    using folder = repository();
    const trap = folder.at(".git", "trap");
    const script = folder.at(".git", "trap.sh");
    writeFileSync(script, `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 });
    for (const name of ["core.fsmonitor", "diff.external", "diff.t.textconv"]) run(folder, "config", name, script);
    writeFileSync(folder.at(".git", "info", "attributes"), "*.txt diff=t\n");
    writeFileSync(folder.at("a.txt"), lines(20));
    rmSync(trap, { force: true });
    assert.equal((await gitAtStart(git, folder.path))?.addedLines, 10);
    assert.throws(() => rmSync(trap));
  });
});
