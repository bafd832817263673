import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import type { PlaceOptions } from "#runner/node/templates/place";
import { placeOpened, placeTemplate, planOpened, planPlacement } from "#runner/node/templates/templates";
import { fileOf, refuses, surroundingsOf, templateOf, treeOf } from "#test/runner/templates/surroundings";
import { gitEnvironment, runGitIn, writeTree } from "#test/support/git-server";
import { type TempFolder, tempFolder } from "#test/support/temp";

describe("placing a template", () => {
  let temp: TempFolder;
  const usedGit = process.env.PATH?.split(":")
    .map((folder) => join(folder, "git"))
    .find((file) => existsSync(file));
  const options = (target: string, more: Partial<PlaceOptions> = {}): PlaceOptions => ({
    target,
    git: usedGit,
    environment: gitEnvironment(temp.at("home")),
    ...more,
  });
  const template = templateOf([
    fileOf("README.md", "hello"),
    fileOf("src/main.js", "run()"),
    fileOf("bin/tool", "#!/bin/sh\n", "executable"),
    fileOf("src/link", "../README.md", "link"),
  ]);
  const tree = { "README.md": "hello", "bin/tool": "#!/bin/sh\n", "src/link": "→../README.md", "src/main.js": "run()" };

  beforeEach(() => {
    temp = tempFolder("place");
    mkdirSync(temp.at("home"));
  });
  afterEach(() => temp.remove());

  it("into a new folder, below others that are not there", async () => {
    const target = temp.at("a", "b", "my app");
    const placed = await placeOpened(template, options(target));
    assert.equal(placed.folder, target);
    assert.deepEqual(treeOf(target), tree);
    assert.deepEqual([...placed.creates].sort(), Object.keys(tree).sort());
    assert.deepEqual(placed.changes, []);
    assert.equal(statSync(join(target, "bin/tool")).mode & 0o100, 0o100);
    assert.equal(statSync(join(target, "README.md")).mode & 0o111, 0);
    assert.deepEqual(readdirSync(dirname(target)), ["my app"], "nothing is left beside it");
  });

  it("into an empty folder, which stays the same one", async () => {
    const target = temp.at("empty");
    mkdirSync(target);
    const { ino } = statSync(target);
    await placeOpened(template, options(target));
    assert.equal(statSync(target).ino, ino);
    assert.deepEqual(treeOf(target), tree);
    assert.deepEqual(readdirSync(target).sort(), [".git", "README.md", "bin", "src"]);
  });

  it("begins a repository with one commit, whose author is Baton where Git knows nobody", async () => {
    const { repository, folder } = await placeOpened(template, options(temp.at("new")));
    assert.equal(repository.kind, "begun");
    assert.equal(runGitIn(folder, "status", "--porcelain"), "");
    assert.equal(runGitIn(folder, "log", "--format=%an <%ae> %s"), "Baton <baton@localhost> Begin with Test\n");
    assert.equal(runGitIn(folder, "branch", "--show-current"), "main\n");
    assert.deepEqual(runGitIn(folder, "ls-files").trim().split("\n").sort(), Object.keys(tree).sort());
    assert.equal(runGitIn(folder, "remote"), "");
  });

  it("into a worktree, which stays one of its repository", async () => {
    const [main, target] = [temp.at("main"), temp.at("worktree")];
    mkdirSync(main);
    runGitIn(main, "init", "--quiet");
    runGitIn(main, "commit", "--quiet", "--allow-empty", "--message=begin");
    runGitIn(main, "worktree", "add", "--quiet", "-b", "bakery", target);
    const link = readFileSync(join(target, ".git"), "utf8");
    const { repository, changes } = await placeOpened(template, options(target));
    assert.equal(repository.kind, "kept");
    assert.deepEqual(changes, []);
    assert.deepEqual(treeOf(target), tree);
    assert.equal(readFileSync(join(target, ".git"), "utf8"), link);
    assert.equal(runGitIn(target, "branch", "--show-current"), "bakery\n");
    assert.equal(runGitIn(target, "log", "--format=%s"), "begin\n");
    assert.equal(runGitIn(target, "status", "--porcelain"), "?? README.md\n?? bin/\n?? src/\n");
    assert.deepEqual(readdirSync(main), [".git"], "the other working tree is as it was");
  });

  it("into a worktree with files as into any folder that has some", async () => {
    const [main, target] = [temp.at("main"), temp.at("worktree")];
    writeTree(main, { "README.md": "the bakery's" });
    runGitIn(main, "init", "--quiet");
    runGitIn(main, "add", "--all");
    runGitIn(main, "commit", "--quiet", "--message=begin");
    runGitIn(main, "worktree", "add", "--quiet", "-b", "bakery", target);
    await refuses(placeOpened(template, options(target)), "template_over_files");
    assert.equal(runGitIn(target, "status", "--porcelain"), "");
    const { repository } = await placeOpened(template, options(target, { over: ["README.md"] }));
    assert.equal(repository.kind, "kept");
    assert.equal(runGitIn(target, "status", "--porcelain"), " M README.md\n?? bin/\n?? src/\n");
  });

  it("takes the user's name and branch, and neither their hooks nor their signature", async () => {
    const hook = '#!/bin/sh\ntouch "$HOME/hook-ran"\nexit 1\n';
    writeTree(temp.at("home"), {
      ".gitconfig": `[user]\n name = Ana\n email = ana@example.com\n[init]\n defaultBranch = trunk\n templateDir = ${temp.at("home/tpl")}\n[commit]\n gpgSign = true\n[gpg]\n program = /nowhere\n[core]\n hooksPath = ${temp.at("home/hooks")}\n`,
      "hooks/pre-commit": hook,
      "hooks/post-commit": hook,
      "tpl/hooks/post-commit": hook,
    });
    for (const path of ["hooks/pre-commit", "hooks/post-commit", "tpl/hooks/post-commit"])
      chmodSync(temp.at("home", path), 0o755);
    const { repository, folder } = await placeOpened(template, options(temp.at("new")));
    assert.equal(repository.kind, "begun");
    assert.equal(runGitIn(folder, "log", "--format=%an <%ae> %D"), "Ana <ana@example.com> HEAD -> trunk\n");
    assert.ok(!existsSync(temp.at("home/hook-ran")));
    assert.ok(!existsSync(join(folder, ".git/hooks/post-commit")));
  });

  it("has no filter of the user's run on a stranger's files", async () => {
    const ran = temp.at("filter-ran");
    writeTree(temp.at("home"), {
      ".gitconfig": `[filter "lfs"]\n clean = touch ${ran}; cat\n process = touch ${ran}\n required = true\n`,
    });
    const attributes = "[attr]mine filter=lfs\n*.bin filter=lfs\n*.dat mine\n";
    const files = [fileOf(".gitattributes", attributes), fileOf("a.bin", "a"), fileOf("sub/b.dat", "b")];
    const { repository, folder } = await placeOpened(templateOf(files), options(temp.at("new")));
    assert.equal(repository.kind, "begun");
    assert.ok(!existsSync(ran));
    assert.equal(runGitIn(folder, "ls-files"), ".gitattributes\na.bin\nsub/b.dat\n");
    assert.ok(!existsSync(join(folder, ".git/info/attributes")));
  });

  it("is whole, and one, where two are placed at the same moment", async () => {
    for (let round = 0; round < 5; round++) {
      const target = temp.at(`race-${round}`, "new");
      const other = templateOf([fileOf("other.txt", "other"), fileOf("README.md", "not hello")]);
      const [first, second] = await Promise.allSettled(
        [template, other].map((one) => placeOpened(one, options(target))),
      );
      assert.deepEqual([first?.status, second?.status].sort(), ["fulfilled", "rejected"]);
      const won = first?.status === "fulfilled" ? tree : { "README.md": "not hello", "other.txt": "other" };
      assert.deepEqual(treeOf(target), won);
      assert.deepEqual(readdirSync(dirname(target)), ["new"], "nothing is left beside it");
    }
  });

  it("is not made large by its variables", async () => {
    const text = "{{a}}".repeat(100_000);
    const many = Array.from({ length: 10 }, (_, i) => fileOf(`f${i}`, text));
    const large = templateOf(many, [{ id: "a", label: "A" }]);
    const filled = placeOpened(large, options(temp.at("new"), { variables: { a: "漢".repeat(200) } }));
    await refuses(filled, "template_too_large");
    assert.ok(!existsSync(temp.at("new")));
  });

  it("leaves a repository that is there, or around it, as it is", async () => {
    const around = temp.at("around");
    mkdirSync(join(around, "empty"), { recursive: true });
    runGitIn(around, "init", "--quiet");
    assert.deepEqual((await placeOpened(template, options(join(around, "new")))).repository, { kind: "kept" });
    assert.deepEqual((await placeOpened(template, options(join(around, "empty")))).repository, { kind: "kept" });
    assert.ok(!existsSync(join(around, "new/.git")) && !existsSync(join(around, "empty/.git")));
    const own = temp.at("own");
    mkdirSync(own);
    runGitIn(own, "init", "--quiet");
    assert.deepEqual((await placeOpened(template, options(own))).repository, { kind: "kept" });
    assert.deepEqual(treeOf(own), tree);
  });

  it("goes on without Git, and where Git fails", async () => {
    const without = await placeOpened(template, options(temp.at("without"), { git: undefined }));
    assert.deepEqual(without.repository, { kind: "no-git" });
    assert.deepEqual(treeOf(without.folder, []), tree);
    const failing = await placeOpened(template, options(temp.at("failing"), { git: "/bin/false" }));
    assert.equal(failing.repository.kind, "failed");
    assert.deepEqual(treeOf(failing.folder, []), tree);
  });

  describe("where files are", () => {
    const before = { "README.md": "mine", "src/main.js": "run()", "notes.txt": "keep" };
    let target: string;
    beforeEach(() => {
      target = temp.at("full");
      mkdirSync(target);
      writeTree(target, before);
    });

    it("says what would change, and changes nothing unasked", async () => {
      const plan = await planOpened(template, options(target));
      assert.deepEqual(plan, { creates: ["bin/tool", "src/link"], changes: ["README.md"] });
      const error = await refuses(placeOpened(template, options(target)), "template_over_files");
      assert.equal(error.params.changes, 1);
      await refuses(placeOpened(template, options(target, { over: [] })), "template_over_files");
      await refuses(placeOpened(template, options(target, { over: ["src/main.js"] })), "template_over_files");
      assert.deepEqual(treeOf(target), before);
    });

    it("changes what somebody agreed to, and nothing else", async () => {
      const placed = await placeOpened(template, options(target, { over: ["README.md"] }));
      assert.deepEqual(placed.repository, { kind: "left-to-you" });
      assert.deepEqual(treeOf(target), { ...tree, "notes.txt": "keep" });
    });

    it("needs a word also where no file is changed", async () => {
      const other = templateOf([fileOf("new.txt", "x")]);
      await refuses(placeOpened(other, options(target)), "template_over_files");
      await placeOpened(other, options(target, { over: [] }));
      assert.deepEqual(treeOf(target), { ...before, "new.txt": "x" });
    });

    it("puts everything back when it is cancelled in the middle", async () => {
      const files = Array.from({ length: 200 }, (_, i) => fileOf(`d${i}/f`, String(i)));
      const many = templateOf([...files, fileOf("README.md", "theirs")]);
      let looks = 0;
      for (const at of [1, 2, 100, 201, 203, 204, 205, 300, 400]) {
        const stop = new AbortController();
        looks = 0;
        const signal = new Proxy(stop.signal, {
          get(real, name) {
            if (name === "aborted" && ++looks === at) stop.abort();
            const value = Reflect.get(real, name, real);
            return typeof value === "function" ? value.bind(real) : value;
          },
        });
        await refuses(placeOpened(many, options(target, { over: ["README.md"], signal })), "template_cancelled");
        assert.deepEqual(treeOf(target), before, `at look ${at}`);
      }
    });

    it("puts everything back when a file cannot be moved", async () => {
      writeTree(target, { "z/there": "x" });
      const late = templateOf([...template.files, fileOf("z/there", "y"), fileOf("zz/a", "1")]);
      // Somebody makes a file while the template is written.
      const progress = () => writeTree(target, { "zz/a": "theirs" });
      const placing = placeOpened(late, options(target, { over: ["README.md", "z/there"], progress }));
      await refuses(placing, "template_target_refused");
      assert.deepEqual(treeOf(target), { ...before, "z/there": "x", "zz/a": "theirs" });
    });
  });

  it("does not write through links that are there", async () => {
    const outside = temp.at("outside");
    const target = temp.at("linked");
    mkdirSync(target);
    writeTree(outside, { secret: "s" });
    symlinkSync(outside, join(target, "src"));
    symlinkSync(join(outside, "secret"), join(target, "README.md"));
    await refuses(placeOpened(template, options(target, { over: ["README.md"] })), "template_target_refused");
    const one = templateOf([fileOf("README.md", "new")]);
    assert.deepEqual(await planOpened(one, options(target)), { creates: [], changes: ["README.md"] });
    await placeOpened(one, options(target, { over: ["README.md"] }));
    assert.ok(!lstatSync(join(target, "README.md")).isSymbolicLink());
    assert.deepEqual(treeOf(outside), { secret: "s" });
  });

  it("refuses a place that is none", async () => {
    writeTree(temp.at("x"), { file: "f", "folder/y": "" });
    symlinkSync(temp.at("gone"), temp.at("x", "dangling"));
    for (const target of [
      "relative",
      temp.at("x/file"),
      temp.at("x/file/below"),
      temp.at("x/dangling"),
      temp.at("x/dangling/new"),
      temp.at("x/.git/hooks"),
      temp.at("x/.GIT"),
    ]) {
      await refuses(placeOpened(template, options(target)), "template_target_refused");
    }
    await refuses(
      placeOpened(templateOf([fileOf("folder", "x")]), options(temp.at("x"), { over: ["folder"] })),
      "template_target_refused",
    );
    assert.ok(!existsSync(temp.at("gone")));
  });

  it("stays in the folder that it has to lie in, whatever the way there", async () => {
    const within = temp.at("within");
    mkdirSync(within);
    mkdirSync(temp.at("elsewhere"));
    symlinkSync(temp.at("elsewhere"), join(within, "way-out"));
    for (const target of [
      temp.at("elsewhere/x"),
      join(within, "../elsewhere/x"),
      join(within, "way-out/x"),
      temp.path,
    ]) {
      await refuses(placeOpened(template, options(target, { within })), "folder_not_allowed");
    }
    await placeOpened(template, options(join(within, "x"), { within }));
    assert.deepEqual(readdirSync(temp.at("elsewhere")), []);
  });

  it("leaves nothing where the disk refuses", async () => {
    if (process.getuid?.() === 0) {
      // Root may write everywhere but into another kernel's files.
      await refuses(placeOpened(template, options("/proc/baton-template")), "template_not_placed");
      return;
    }
    const closed = temp.at("closed");
    mkdirSync(closed, { mode: 0o500 });
    await refuses(placeOpened(template, options(join(closed, "a/b"))), "template_not_placed");
    assert.deepEqual(readdirSync(closed), []);
  });

  it("leaves nothing, and no folder above, when it is cancelled", async () => {
    for (const at of ["writing", "beginning-repository"]) {
      const stop = new AbortController();
      const progress = ({ step }: { step: string }) => step === at && stop.abort();
      const placing = placeOpened(template, options(temp.at("p/q/new"), { signal: stop.signal, progress }));
      await refuses(placing, "template_cancelled");
      assert.deepEqual(readdirSync(temp.path), ["home"]);
    }
    await refuses(
      placeOpened(template, options(temp.at("new"), { signal: AbortSignal.abort() })),
      "template_cancelled",
    );
  });

  it("is the same template wherever it goes", async function () {
    this.timeout(60_000);
    const name = fc.stringMatching(/^[a-z][a-z.-]{0,5}[a-z]$/);
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((steps) => steps.join("/"));
    const files = fc.uniqueArray(fc.tuple(path, fc.uint8Array({ maxLength: 50 })), {
      selector: ([one]) => one.split("/")[0],
      maxLength: 8,
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(files, fc.boolean(), async (given, isThere) => {
        const target = temp.at(`run${run++}`);
        if (isThere) mkdirSync(target);
        const made = templateOf(given.map(([one, bytes]) => ({ path: one, kind: "file", bytes: Buffer.from(bytes) })));
        await placeOpened(made, options(target, { git: undefined }));
        const expected = given.map(([one, bytes]) => [one, Buffer.from(bytes).toString("latin1")]);
        assert.deepEqual(treeOf(target), Object.fromEntries(expected));
      }),
      { numRuns: 100 },
    );
  });

  it("places a built-in one, with its variables and the names that npm would leave out", async () => {
    const source = { kind: "built-in", id: "express-api" } as const;
    const said: string[] = [];
    const target = temp.at("Tea Shop");
    const request = {
      ...surroundingsOf(temp.at("home")),
      source,
      target,
      progress: (one: { step: string }) => void said.push(one.step),
    };
    const plan = await planPlacement(request);
    const placed = await placeTemplate(request);
    assert.deepEqual(placed.creates, plan.creates);
    assert.deepEqual(said, ["writing", "beginning-repository"]);
    const files = treeOf(target);
    assert.deepEqual(Object.keys(files).sort(), [...placed.creates].sort());
    assert.equal(JSON.parse(files["package.json"] ?? "").name, "tea-shop");
    assert.match(files[".gitignore"] ?? "", /node_modules/);
    assert.equal(placed.template.setUp, "npm install");
    assert.equal(realpathSync(target), placed.folder);
    await refuses(
      placeTemplate({ ...request, source: { kind: "built-in", id: "../express-api" } }),
      "template_unknown",
    );
    await refuses(placeTemplate({ ...request, source: { kind: "built-in", id: "nothing" } }), "template_unknown");
  });
});
