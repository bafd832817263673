import assert from "node:assert/strict";
import fc from "fast-check";
import { fillIn, packageName, valuesOf } from "#runner/node/templates/variables";
import { fileOf, refuses } from "#test/runner/templates/surroundings";

const variables = [
  { id: "project-name", label: "Name" },
  { id: "project-title", label: "Title" },
  { id: "owner", label: "Owner", default: "nobody" },
];
const fill = (text: string, given: Record<string, string> = {}, folder = "My Bakery") =>
  fillIn(fileOf("x", text), valuesOf(variables, given, folder)).bytes.toString("utf8");

describe("variables of a template", () => {
  it("have values of their own", () => {
    assert.equal(fill("{{project-name}}|{{project-title}}|{{owner}}"), "my-bakery|My bakery|nobody");
    assert.equal(fill("{{project-name}}|{{project-title}}", {}, "日本"), "my-project|My project");
  });

  it("take what is given", () => {
    const given = { "project-name": "Olga's Café!", "project-title": "Olga's Café & Bar", owner: "Öz" };
    assert.equal(fill("{{project-name}}|{{project-title}}|{{owner}}", given), "olga-s-cafe|Olga’s Café & Bar|Öz");
  });

  it("leave everything else alone", () => {
    const text = "{{ project-name }} {{{other}} {{constructor}} {{__proto__}} {{}} {project-name} $ {{x}}";
    assert.equal(fill(text), text);
    assert.equal(fill("{{{project-name}}}"), "{my-bakery}");
    assert.equal(fill("{{owner}}", { owner: "{{project-name}}".replaceAll(/[{}]/g, "") }), "project-name");
  });

  for (const value of [
    'a"b',
    "a`b",
    "a\\b",
    "a\nb",
    "<b>",
    "$x",
    "{{owner}}",
    "a\u202eb",
    "a/b",
    "x".repeat(201),
    "a:b",
    "a#b",
  ]) {
    it(`refuse “${value.slice(0, 20).replace(/\p{C}/gu, "�")}”, which ends a string or a tag somewhere`, async () => {
      const error = await refuses(() => valuesOf(variables, { owner: value }, "x"), "template_variable_invalid");
      assert.equal(error.params.variable, "owner");
    });
  }

  it("need a value", () =>
    refuses(() => valuesOf([{ id: "city", label: "City" }], { city: " " }, "x"), "template_variable_invalid"));

  it("are filled in names, which stay names", async () => {
    const named = (path: string, owner: string) => fillIn(fileOf(path), valuesOf(variables, { owner }, "x")).path;
    assert.equal(named("{{project-name}}/{{owner}}.txt", "Öz"), "x/Öz.txt");
    await refuses(() => named("a/{{owner}}/b", ".."), "template_path_refused");
    await refuses(() => named("a/.{{owner}}/b", "git"), "template_path_refused");
  });

  it("change no byte of what is no text", () => {
    const values = valuesOf(variables, {}, "x");
    const bytes = fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some));
    const around = Buffer.from("{{owner}}");
    fc.assert(
      fc.property(bytes, bytes, (before, after) => {
        const binary = { ...fileOf("x"), bytes: Buffer.concat([before, around, Buffer.from([0]), after]) };
        assert.ok(fillIn(binary, values).bytes.equals(binary.bytes));
        const wrong = { ...fileOf("x"), bytes: Buffer.concat([Buffer.from([0xff]), around, after]) };
        assert.ok(fillIn(wrong, values).bytes.equals(wrong.bytes));
      }),
    );
  });

  it("change of a text only what stands for them", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (before, after) => {
        fc.pre(!before.endsWith("{") && !after.startsWith("}"));
        assert.equal(fill(`${before}{{owner}}${after}`), `${before}nobody${after}`);
      }),
    );
  });

  it("make a name that npm takes of anything", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.match(packageName(text), /^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/);
      }),
    );
  });
});
