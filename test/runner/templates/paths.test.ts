import assert from "node:assert/strict";
import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import fc from "fast-check";
import { BatonError } from "#protocol/errors";
import { isInside } from "#runner/node/folders";
import { checkPath, checkPaths } from "#runner/node/templates/paths";
import { writeFiles } from "#runner/node/templates/stage";
import { fileOf, refuses, treeOf } from "#test/runner/templates/surroundings";
import { tempFolder } from "#test/support/temp";

describe("paths of a template", () => {
  const refused: readonly string[] = [
    "",
    "/",
    "/etc/passwd",
    "..",
    "../x",
    "a/../b",
    "a/..",
    "a//b",
    "a/",
    "./a",
    "a/.",
    "a\\..\\b",
    "C:\\x",
    "a\0b",
    "a\nb",
    "a\u001b[2Jb",
    ".git",
    ".git/config",
    "a/.git/hooks/post-checkout",
    ".GIT/config",
    ".Git",
    "git~1/config",
    "GIT~1",
    "git~2",
    ".git.",
    ".git ",
    ".git . .",
    ".git::$INDEX_ALLOCATION/config",
    ".g\u200cit/config",
    "．git/config",
    `${"a".repeat(256)}`,
    `${"a/".repeat(600)}b`,
  ];
  for (const path of refused) {
    it(`“${path.slice(0, 40).replace(/\p{C}/gu, "�")}” is refused`, () =>
      refuses(() => checkPath(path, "linux"), "template_path_refused"));
  }

  const fine = [
    "a",
    ".gitignore",
    ".github/x.yml",
    "a b/c'd.txt",
    "-rf",
    "--option",
    "ä/ö",
    "日本/語.md",
    ".git-keep",
    "git",
    "x.git/y",
    "con.txt",
    "~",
    "$HOME",
    "*",
  ];
  for (const path of fine) it(`“${path}” is a name`, () => assert.doesNotThrow(() => checkPath(path, "linux")));

  for (const path of ["con", "aux.txt", "a:b", "a.", "a ", "what?", "COM1", "nul"]) {
    it(`“${path}” is refused on Windows`, () => refuses(() => checkPath(path, "win32"), "template_path_refused"));
  }

  const clashes: readonly (readonly [string, string])[] = [
    ["README.md", "readme.md"],
    ["a/b", "A/c"],
    ["a", "a/b"],
    ["A", "a/b"],
    ["x", "x"],
    ["e\u0301", "é"],
  ];
  for (const pair of clashes) {
    it(`“${pair.join("” and “")}” are one on some file systems`, () =>
      refuses(() => checkPaths(pair.map((path) => fileOf(path))), "template_path_refused"));
  }

  const repositories: readonly (readonly [readonly string[], boolean])[] = [
    [["HEAD", "config", "objects/x", "refs/x"], false],
    [["app/head", "app/Objects/x", "app/refs/x"], false],
    [["app/HEAD", "app/commondir"], false],
    [["app/HEAD", "objects/x", "refs/x"], true],
    [["HEAD", "refs/x", "config"], true],
  ];
  for (const [paths, isFine] of repositories) {
    it(`${paths.join(", ")} ${isFine ? "are files as others" : "would be a repository that Git takes its settings from"}`, async () => {
      const check = () => checkPaths(paths.map((path) => fileOf(path)));
      if (isFine) check();
      else await refuses(check, "template_path_refused");
    });
  }

  const links: readonly (readonly [string, string, boolean])[] = [
    ["l", "a/b", true],
    ["x/l", "../a", true],
    ["x/y/l", "../../a/b", true],
    ["x/l", "./a", true],
    ["l", "", false],
    ["l", "/etc/passwd", false],
    ["l", "..", false],
    ["l", "../x", false],
    ["x/l", "../../y", false],
    ["l", "a/../../b", false],
    ["l", "a/../b", false],
    ["l", "C:/x", false],
    ["l", "a\\..\\..", false],
    ["l", ".git/config", false],
    ["x/l", "../.GIT", false],
  ];
  for (const [path, target, isFine] of links) {
    it(`a link ${path} → “${target}” is ${isFine ? "written" : "refused"}`, async () => {
      const check = () => checkPaths([fileOf(path, target, "link")]);
      if (isFine) check();
      else await refuses(check, "template_path_refused");
    });
  }

  const step = fc.oneof(
    fc.constantFrom("a", "b", "c", "d", "e", "f"),
    fc.constantFrom("a", "b", "A", "..", ".", "", ".git", ".GIT", "git~1", "\\", "c:", "é", "{{x}}", "-x"),
    fc.string({ maxLength: 6 }),
    fc.string({ unit: "binary", maxLength: 4 }),
  );
  const anyPath = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => steps.join("/"));
  const file = fc.record({ path: anyPath, kind: fc.constantFrom("file" as const, "link" as const), text: anyPath });

  it("whatever is let through lies in the folder when it is written, and so does what its links lead to", async function () {
    this.timeout(60_000);
    using temp = tempFolder("paths");
    let run = 0;
    let written = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 6 }), async (given) => {
        const files = given.map(({ path, kind, text }) => fileOf(path, text, kind));
        try {
          checkPaths(files);
        } catch (error) {
          assert.ok(error instanceof BatonError && error.code === "template_path_refused", String(error));
          return;
        }
        const outer = temp.at(String(run++));
        const root = join(outer, "root");
        mkdirSync(root, { recursive: true });
        await writeFiles(root, files, undefined);
        written += files.length;
        assert.deepEqual(
          Object.keys(treeOf(outer)).filter((path) => !path.startsWith("root")),
          [],
        );
        for (const { path } of files) {
          const full = join(root, ...path.split("/"));
          assert.ok(resolve(full).startsWith(root + sep));
          assert.ok(!path.split("/").some((one) => one.toLowerCase() === ".git"));
          if (existsSync(full)) assert.ok(isInside(root, realpathSync(full)), path);
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(written > 50, `only ${written} files were let through`);
  });
});
