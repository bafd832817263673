import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { changedFolder, gitAtEnd, gitAtStart } from "#runner/node/git-evidence";
import { type TempFolder, tempFolder } from "#test/support/temp";

const git = "git";
const settings = ["user.name=T", "user.email=t@example.com", "advice.addEmbeddedRepo=false"].flatMap((one) => [
  "-c",
  one,
]);
const lines = (count: number) => "a line\n".repeat(count);

describe("what Git says of a run", () => {
  const run = (folder: TempFolder, ...args: string[]) =>
    execFileSync(git, [...settings, ...args], { cwd: folder.path, stdio: "pipe" });
  const repository = () => {
    const folder = tempFolder("git-evidence");
    run(folder, "init", "-q", "-b", "main");
    for (const name of ["a.txt", "b.txt", "with space.txt"]) writeFileSync(folder.at(name), lines(10));
    run(folder, "add", "-A");
    run(folder, "commit", "-qm", "first");
    return folder;
  };
  /** A program that leaves a trace. What Git ran before this is forgotten. */
  const trapOf = (folder: TempFolder) => {
    const [script, trace] = [folder.at(".git", "trap.sh"), folder.at(".git", "trap")];
    writeFileSync(script, `#!/bin/sh\ntouch ${trace}\ncat\n`, { mode: 0o755 });
    return { script, isSprung: () => existsSync(trace) };
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
    const trap = trapOf(folder);
    for (const name of ["core.fsmonitor", "diff.external", "diff.t.textconv"]) run(folder, "config", name, trap.script);
    writeFileSync(folder.at(".git", "info", "attributes"), "*.txt diff=t\n");
    writeFileSync(folder.at("a.txt"), lines(20));
    assert.equal((await gitAtStart(git, folder.path))?.addedLines, 10);
    assert.equal(trap.isSprung(), false);
  });

  it("runs no filter that the repository configures, also where Git needs it to compare a file", async () => {
    using folder = repository();
    const trap = trapOf(folder);
    for (const [name, key] of [
      ["one", "clean"],
      ["two.with a dot", "process"],
      ["three", "clean"],
    ]) {
      run(folder, "config", `filter.${name}.${key}`, trap.script);
      run(folder, "config", `filter.${name}.required`, "true");
    }
    writeFileSync(folder.at(".git", "included"), `[filter "four"]\n\tclean = ${trap.script}\n`);
    run(folder, "config", "include.path", "included");
    const attributes = ["a.txt filter=one", "b.txt filter=four", "with?space.txt filter=three"];
    writeFileSync(folder.at(".git", "info", "attributes"), `${attributes.join("\n")}\n`);
    // As long as before, so that Git has to read them.
    for (const name of ["a.txt", "b.txt", "with space.txt"]) writeFileSync(folder.at(name), lines(10));
    const later = new Date(Date.now() + 5_000);
    for (const name of ["a.txt", "b.txt", "with space.txt"]) utimesSync(folder.at(name), later, later);
    assert.equal((await gitAtStart(git, folder.path))?.changedFiles, 0);
    assert.equal(trap.isSprung(), false);
  });

  it("keeps the filters of the user", async () => {
    using folder = repository();
    using home = tempFolder("git-evidence-home");
    writeFileSync(home.at(".gitconfig"), '[filter "upper"]\n\tclean = tr a-z A-Z\n');
    const before = process.env.GIT_CONFIG_GLOBAL;
    process.env.GIT_CONFIG_GLOBAL = home.at(".gitconfig");
    try {
      writeFileSync(folder.at(".git", "info", "attributes"), "a.txt filter=upper\n");
      utimesSync(folder.at("a.txt"), new Date(), new Date(Date.now() + 5_000));
      const start = await gitAtStart(git, folder.path);
      assert.deepEqual(start?.files, [{ path: "a.txt", added: 10, removed: 10 }]);
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.env, "GIT_CONFIG_GLOBAL");
      else process.env.GIT_CONFIG_GLOBAL = before;
    }
  });

  it("fetches no object, by whatever program the repository names", async () => {
    using folder = repository();
    const trap = trapOf(folder);
    const blob = run(folder, "rev-parse", "HEAD:a.txt").toString().trim();
    rmSync(folder.at(".git", "objects", blob.slice(0, 2), blob.slice(2)));
    for (const [name, value] of [
      ["core.repositoryFormatVersion", "1"],
      ["extensions.partialClone", "origin"],
      ["remote.origin.promisor", "true"],
      ["remote.origin.url", `ext::${trap.script}`],
      ["protocol.allow", "always"],
      ["protocol.ext.allow", "always"],
    ] as const) {
      run(folder, "config", name, value);
    }
    writeFileSync(folder.at("a.txt"), lines(20));
    await assert.rejects(gitAtStart(git, folder.path));
    assert.equal(trap.isSprung(), false);
  });

  it("asks no submodule, and no repository that lies in the working tree without being one", async () => {
    using folder = repository();
    const trap = trapOf(folder);
    mkdirSync(folder.at("sub"));
    for (const args of [
      ["init", "-q"],
      ["commit", "-q", "--allow-empty", "-m", "first"],
    ])
      run(folder, "-C", "sub", ...args);
    writeFileSync(folder.at("sub", "c.txt"), lines(1));
    run(folder, "-C", "sub", "add", "-A");
    run(folder, "-C", "sub", "commit", "-qm", "second");
    run(folder, "add", "sub");
    run(folder, "commit", "-qm", "second");
    run(folder, "-C", "sub", "config", "filter.one.clean", trap.script);
    writeFileSync(folder.at("sub", ".git", "info", "attributes"), "c.txt filter=one\n");
    utimesSync(folder.at("sub", "c.txt"), new Date(), new Date(Date.now() + 5_000));
    assert.equal((await gitAtStart(git, folder.path))?.changedFiles, 0);
    assert.equal(trap.isSprung(), false);

    run(folder, "init", "-q", "--bare", "bare");
    await assert.rejects(gitAtStart(git, folder.at("bare")), /bareRepository|bare repository/);
  });

  it("names nothing outside of the repository, wherever that says that its files lie", async () => {
    using folder = repository();
    using outside = tempFolder("git-evidence-outside");
    writeFileSync(outside.at("secret-name.txt"), lines(3));
    run(folder, "config", "core.worktree", outside.path);
    assert.equal(await gitAtStart(git, folder.path), undefined);
  });

  it("names what has changed below the served folder, not in the rest of a repository around it", async () => {
    using folder = repository();
    const served = folder.at("work", "api");
    mkdirSync(folder.at("work", "api", "src"), { recursive: true });
    writeFileSync(folder.at("work", "api", "src", "old.ts"), lines(2));
    run(folder, "add", "-A");
    run(folder, "commit", "-qm", "second");
    writeFileSync(folder.at("a.txt"), lines(20));
    writeFileSync(folder.at("private.txt"), lines(5));
    assert.equal(changedFolder(served, folder.at("work", "api", "src")), served);
    const start = await gitAtStart(git, served);
    assert.deepEqual([start?.changedFiles, start?.files], [0, []]);
    writeFileSync(folder.at("work", "api", "src", "old.ts"), lines(3));
    writeFileSync(folder.at("work", "api", "new.ts"), lines(4));
    writeFileSync(folder.at("b.txt"), lines(1));
    assert.deepEqual((await gitAtEnd(git, served, start))?.files, [
      { path: "src/old.ts", added: 1, removed: 0 },
      { path: "new.ts", added: 4, removed: 0 },
    ]);
  });

  it("names all of a repository that lies in the served folder, and elsewhere only where the run works", () => {
    using folder = repository();
    mkdirSync(folder.at("src"));
    assert.equal(changedFolder(folder.at(".."), folder.at("src")), folder.path);
    assert.equal(changedFolder(folder.path, folder.path), folder.path);
    assert.equal(changedFolder(folder.at("none"), folder.at("src")), folder.at("src"));
  });

  it("opens no pipe that a new link leads to, and follows none", async function () {
    if (process.platform === "win32") return this.skip();
    using folder = repository();
    using outside = tempFolder("git-evidence-outside");
    writeFileSync(outside.at("secret"), lines(40));
    execFileSync("mkfifo", [outside.at("pipe")]);
    symlinkSync(outside.at("secret"), folder.at("to-secret"));
    symlinkSync(outside.at("pipe"), folder.at("to-pipe"));
    const start = await gitAtStart(git, folder.path);
    assert.deepEqual([start?.changedFiles, start?.addedLines], [2, 0]);
  });
});
