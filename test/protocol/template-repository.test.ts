import assert from "node:assert/strict";
import fc from "fast-check";
import { folderProblem, parseRepository, refProblem, repositoryProblem } from "#protocol/template-repository";

describe("where a template comes from", () => {
  const fine: readonly (readonly [string, string, string, string])[] = [
    ["acme/shop", "https", "https://github.com/acme/shop", "shop"],
    ["https://example.com/a/b.git", "https", "https://example.com/a/b.git", "b"],
    ["https://example.com:8443/a/", "https", "https://example.com:8443/a/", "a"],
    ["https://[::1]/~ana/b", "https", "https://[::1]/~ana/b", "b"],
    ["ssh://git@example.com:22/a/b.git", "ssh", "ssh://git@example.com:22/a/b.git", "b"],
    ["ssh://example.com/a", "ssh", "ssh://example.com/a", "a"],
    ["git@example.com:a/b.git", "ssh", "git@example.com:a/b.git", "b"],
    ["git@example.com:b", "ssh", "git@example.com:b", "b"],
  ];
  for (const [text, transport, url, name] of fine) {
    it(`“${text}” is ${name}, by ${transport}`, () =>
      assert.deepEqual(parseRepository(text), { transport, url, name }));
  }

  it("is plain http only on this machine, and only where a test says so", () => {
    assert.equal(parseRepository("http://127.0.0.1:80/x"), undefined);
    assert.equal(parseRepository("http://127.0.0.1:80/x", true)?.transport, "http");
    assert.equal(parseRepository("http://example.com:80/x", true), undefined);
    assert.equal(parseRepository("http://127.0.0.1.example.com:80/x", true), undefined);
  });

  it("says of a password that it does not belong there", () =>
    assert.match(repositoryProblem("https://me:secret@example.com/x") ?? "", /no user or password/));

  const word = fc.oneof(
    fc.constantFrom(
      "https://",
      "ssh://",
      "git@",
      "host",
      ":",
      "/",
      "-",
      "..",
      ".git",
      "::",
      "ext",
      "file:",
      "@",
      "%2e",
    ),
    fc.string({ maxLength: 5 }),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  const rest = fc.array(word, { maxLength: 6 }).map((words) => words.join(""));
  const start = fc.constantFrom("", "", "https://host/", "ssh://me@host/", "git@host:", "owner/");
  const text = fc.tuple(start, rest).map(([before, behind]) => before + behind);

  it("whatever it is, Git takes it for no option, no other kind of address, and no shell for more than a word", () => {
    let letThrough = 0;
    fc.assert(
      fc.property(text, (given) => {
        const repository = parseRepository(given);
        assert.equal(repositoryProblem(given) === undefined, repository !== undefined);
        if (!repository) return;
        letThrough++;
        assert.match(repository.url, /^(https:\/\/[^-@/]|ssh:\/\/[^-]|[^-:/]+@[^-:])/);
        assert.match(repository.url, /^[A-Za-z0-9._~+@%:/[\]-]+$/);
        assert.doesNotMatch(repository.url, /^[a-z]+::|^[^/:]*:-|^[^/:]*@-|^[a-z]+:\/\/([^/]*@)?-/);
        assert.ok(!repository.url.split(/[/:]/).includes(".."));
      }),
      { numRuns: 5_000 },
    );
    assert.ok(letThrough > 100, String(letThrough));
  });

  it("whatever ref it has, Git takes it for a name", () => {
    for (const ref of ["main", "feature/x", "v1.2.3", "0".repeat(40), "a@b", "ä", "_x"])
      assert.equal(refProblem(ref), undefined, ref);
    fc.assert(
      fc.property(text, (ref) => {
        if (refProblem(ref) !== undefined) return;
        assert.match(ref, /^[^-+:^~\s]/);
        assert.doesNotMatch(ref, /[\s:^~?*[\\]|\.\.|@\{/);
      }),
    );
  });

  it("whatever folder it has lies below", () => {
    for (const folder of ["a", "a/b c", "ä", undefined, ""]) assert.equal(folderProblem(folder), undefined, folder);
    fc.assert(
      fc.property(text, (folder) => {
        if (folderProblem(folder) !== undefined) return;
        assert.ok(!folder.startsWith("/") && !folder.split("/").includes(".."));
      }),
    );
  });
});
