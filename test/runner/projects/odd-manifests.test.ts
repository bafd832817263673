import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonBytes } from "#protocol/documents/fields";
import { Project } from "#protocol/documents/project";
import { detectProjects } from "#runner/node/projects/detect-projects";
import { nodeFrameworks } from "#runner/node/projects/node-frameworks";
import { tempFolder } from "#test/support/temp";
import { type Files, machineWith, writeFiles } from "./workspace";

const anyText = fc.string({ unit: "binary", maxLength: 300 });
const dependency = fc.constantFrom(...nodeFrameworks.flatMap(({ dependencies }) => dependencies));
const program = fc.constantFrom(
  ...nodeFrameworks.flatMap(({ programs }) => programs),
  "node a.js",
  "npm run dev",
  "\u202e",
);
const script = fc.oneof(
  anyText,
  fc.tuple(program, anyText).map((words) => words.join(" ")),
);
const scripts = fc.dictionary(fc.oneof(fc.constantFrom("dev", "start", "serve", "__proto__"), anyText), script);

/** Close to a manifest, so that what is behind the first look is reached as well. */
const manifest = fc.record(
  {
    name: fc.oneof(anyText, fc.anything()),
    main: fc.oneof(fc.constantFrom("a.js", "../a.js"), anyText, fc.anything()),
    packageManager: fc.oneof(fc.constantFrom("pnpm@9", "yarn", "__proto__"), anyText, fc.anything()),
    scripts: fc.oneof({ weight: 5, arbitrary: scripts }, { weight: 1, arbitrary: fc.anything() }),
    dependencies: fc.oneof(fc.dictionary(dependency, anyText), fc.anything()),
  },
  { requiredKeys: [] },
);
const content = fc.oneof(
  { weight: 4, arbitrary: manifest.map((value) => JSON.stringify(value) ?? "") },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: anyText },
);
const file = fc.constantFrom("package.json", "deno.json", "app.py", "a.js", ".env", "vite.config.ts", "pyproject.toml");
const workspace = fc.dictionary(
  fc.oneof(
    file,
    fc.tuple(fc.constantFrom("a", "b/c"), file).map((path) => path.join("/")),
  ),
  content,
);

const check = async (files: Files) => {
  using folder = tempFolder("odd");
  writeFiles(folder.path, files);
  const projects = await detectProjects(folder.path, machineWith([]));
  for (const project of projects) assert.deepEqual(Project.parse(project), project);
  return projects;
};

describe("whatever stands in the files of a workspace", function () {
  this.timeout(60_000);

  it("nothing is thrown, and all that is told fits its schema", async () => {
    let told = 0;
    const property = fc.asyncProperty(workspace, async (files) => {
      told += (await check(files)).length;
    });
    await fc.assert(property, { numRuns: 400 });
    assert.ok(told > 50, `the files were such that something is found: ${told}`);
  });

  it("many long scripts are told within the caps", async () => {
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`${"長".repeat(200)}${index}`, "x"]));
    const [project] = await check({ "package.json": { name: "n".repeat(9_000), scripts: { dev: "vite", ...many } } });
    assert.equal(project?.name.length, 80);
    assert.equal(project?.scripts?.length, 50);
    assert.ok(jsonBytes(project) < 16_000);
  });

  it("texts that are made to be slow to read are not", async () => {
    const long = 250_000;
    const slow = {
      "vite.config.ts": "/*".repeat(long / 2),
      ".env": "\n".repeat(long),
      "a.js": `PORT${" ".repeat(long)}`,
      "app.py": `a:${" ".repeat(long)}`,
      "pyproject.toml": `name =${"\t".repeat(long)}`,
    };
    const startedAt = performance.now();
    for (const dev of ["vite", "node a.js", "npm run dev", "-p ".repeat(60_000), "a ".repeat(100_000)]) {
      await check({ ...slow, "package.json": { scripts: { dev }, dependencies: { vite: "7", express: "5" } } });
    }
    assert.ok(performance.now() - startedAt < 5_000);
  });
});
