import assert from "node:assert/strict";
import { maxListedFiles } from "#extension/caps";
import { gitAddressProblem, gitSourceOf } from "#extension/templates/git-address";
import { folderNameProblem } from "#extension/templates/new-folder-name";
import { placementChoice, placementText } from "#extension/templates/placement-text";
import { mergeTemplates } from "#extension/templates/template-shelf";
import { usualValue, valueProblem } from "#extension/templates/variable-input";
import { ListedTemplate, TemplateVariable } from "#protocol/documents";

describe("the address of a repository as a person types it", () => {
  const cases: [string, { repository: string; ref?: string; folder?: string }][] = [
    ["owner/name", { repository: "owner/name" }],
    [" owner/name ", { repository: "owner/name" }],
    ["owner/name#main", { repository: "owner/name", ref: "main" }],
    ["owner/name#feature/one:apps/web", { repository: "owner/name", ref: "feature/one", folder: "apps/web" }],
    ["owner/name#:apps/web", { repository: "owner/name", folder: "apps/web" }],
    ["https://example.com:8443/a/b.git#v1", { repository: "https://example.com:8443/a/b.git", ref: "v1" }],
    ["git@example.com:a/b.git#v1:sub", { repository: "git@example.com:a/b.git", ref: "v1", folder: "sub" }],
    ["https://github.com/owner/name/tree/main", { repository: "owner/name", ref: "main" }],
    ["https://github.com/owner/name/tree/main/apps/web", { repository: "owner/name", ref: "main", folder: "apps/web" }],
  ];
  for (const [text, source] of cases) {
    it(`is understood: ${text}`, () => {
      assert.deepEqual(gitSourceOf(text), { kind: "git", ...source });
      assert.equal(gitAddressProblem(text), undefined);
    });
  }

  for (const text of ["", "--upload-pack=x", "owner/name#--exec=x", "owner/name#main:../..", "file:///etc", "a b/c"]) {
    it(`is refused: ${text || "nothing"}`, () => assert.match(String(gitAddressProblem(text)), /expected/));
  }
});

describe("a new folder's name", () => {
  for (const name of ["bakery", "apps/bakery", " bakery ", "a.b"]) {
    it(`may be “${name}”`, () => assert.equal(folderNameProblem(name), undefined));
  }
  for (const name of [
    "",
    " ",
    "../bakery",
    "/bakery",
    "a//b",
    "a\\b",
    "a/.",
    ".git",
    "a/.git/b",
    "a / b",
    "a".repeat(5_000),
  ]) {
    it(`may not be “${name.slice(0, 20)}”`, () => assert.notEqual(folderNameProblem(name), undefined));
  }
});

describe("the question about a folder that has files", () => {
  it("names what would be replaced before what would be new, and what is left alone", () => {
    const plan = { creates: ["src/main.ts"], changes: ["README.md", "package.json"] };
    assert.equal(
      placementText(plan),
      "2 files would be replaced:\nREADME.md\npackage.json\n\n1 file would be new:\nsrc/main.ts\n\nEvery other file stays as it is.",
    );
    assert.equal(placementChoice(plan), "Replace 2 files");
  });

  it("says that nothing is replaced where nothing is", () => {
    assert.doesNotMatch(placementText({ creates: ["a"], changes: [] }), /replaced/);
    assert.equal(placementChoice({ creates: ["a"], changes: [] }), "Add Its Files");
    assert.equal(placementText({ creates: [], changes: [] }), "All of its files are there already.");
  });

  it("stays short, and counts what it leaves out", () => {
    const creates = Array.from({ length: maxListedFiles + 3 }, (_, index) => `file-${index}`);
    const lines = placementText({ creates, changes: [] }).split("\n");
    assert.ok(lines.includes("… and 3 files more"));
    assert.equal(lines.filter((line) => line.startsWith("file-")).length, maxListedFiles);
  });

  it("shows a name with a line's end in it on one line", () => {
    assert.doesNotMatch(placementText({ creates: ["a\nEverything is fine"], changes: [] }), /^Everything/m);
  });
});

describe("the variables of a template", () => {
  const variable = (id: string, usual?: string) => TemplateVariable.parse({ id, label: id, default: usual });

  it("have what the folder's name says, or their own default", () => {
    assert.equal(usualValue(variable("project-name"), "My Bakery"), "my-bakery");
    assert.equal(usualValue(variable("project-title"), "my-bakery"), "My bakery");
    assert.equal(usualValue(variable("city", "Berlin"), "bakery"), "Berlin");
    assert.equal(usualValue(variable("city"), "bakery"), "");
  });

  it("say what is wrong with a value", () => {
    assert.equal(valueProblem(variable("city"), "São Paulo", "bakery"), undefined);
    assert.match(String(valueProblem(variable("city"), "", "bakery")), /“city” of the template: it has no value/);
    assert.match(String(valueProblem(variable("city"), '"; rm', "bakery")), /it can have letters/);
  });
});

describe("the list of templates", () => {
  const one = (id: string, origin: "built-in" | "team") =>
    ListedTemplate.parse({ id, name: id, description: "", origin, source: { kind: "built-in", id } });

  it("has the team's first, which take the place of built-in ones of the same id", () => {
    const list = mergeTemplates(
      [one("empty", "built-in"), one("react", "built-in")],
      [one("react", "team"), one("shop", "team")],
    );
    assert.deepEqual(
      list.map(({ id, origin }) => `${origin} ${id}`),
      ["team react", "team shop", "built-in empty"],
    );
  });
});
