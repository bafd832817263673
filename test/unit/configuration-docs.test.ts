import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as z from "zod";
import { TeamTemplate, TemplateManifest } from "#protocol/documents";
import { roles } from "#protocol/roles";
import { UserConfig } from "#runner/node/config";
import { WorkspaceFile } from "#runner/node/workspace-file";

/** The names of all properties below a schema, as JSON Schema has it. Names that people choose are not among them. */
function keysOf(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== "object" || schema === null) return found;
  const { properties } = schema as { properties?: object };
  for (const name of Object.keys(properties ?? {})) found.add(name);
  for (const below of Object.values(schema)) keysOf(below, found);
  return found;
}

describe("docs/configuration.md", () => {
  const text = readFileSync("docs/configuration.md", "utf8");
  const [own = "", folder = "", templates = ""] = text.split(/^## (?:The folder's file.*|Templates)$/m);
  const files = [
    { name: "config.json", section: own, schema: UserConfig },
    { name: "baton.json", section: folder, schema: WorkspaceFile },
  ];

  for (const { name, section, schema } of files) {
    it(`names every key of ${name}`, () => {
      // What both files have is told once, where profiles are.
      const where = name === "baton.json" ? text : section;
      const keys = keysOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
      assert.ok(keys.size > 20);
      for (const key of keys) assert.ok(where.includes(`\`${key}\``), key);
      const rows = section.split("\n").filter((line) => line.startsWith("| "));
      for (const key of Object.keys(schema.shape))
        assert.ok(
          rows.some((row) => row.startsWith(`| \`${key}\` |`)),
          key,
        );
    });

    it(`has examples that are a ${name}`, () => {
      const examples = [...section.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json = ""]) => json);
      assert.ok(examples.length > 0);
      for (const json of examples) schema.parse(JSON.parse(json));
    });
  }

  it("has examples of templates that are some", () => {
    const exampleOf = (page: string) => JSON.parse(/^```json\n(.*?)^```$/ms.exec(page)?.[1] ?? "");
    assert.equal(TemplateManifest.parse(exampleOf(templates)).variables.length, 3);
    for (const key of ["variables", "setUp", "start"])
      assert.ok(key in TemplateManifest.shape && templates.includes(key));
    const list = exampleOf(readFileSync("docs/deploy.md", "utf8").split("## The team's own templates")[1] ?? "");
    assert.equal(z.array(TeamTemplate).parse(list.templates).length, 1);
  });

  it("names every role, and every variable of the command line", () => {
    for (const role of roles) assert.match(text, new RegExp(`^\\| \`${role}\` \\|`, "m"));
    const commands = "runner/node/cli";
    const sources = [...readdirSync(commands).map((file) => `${commands}/${file}`), "runner/node/dirs.ts"];
    const variables = new Set(sources.flatMap((file) => readFileSync(file, "utf8").match(/\bBATON_[A-Z_]+\b/g) ?? []));
    assert.ok(variables.size > 15);
    for (const variable of variables) assert.ok(text.includes(`\`${variable}\``), variable);
  });
});
