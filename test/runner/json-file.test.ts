import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { BatonError } from "#protocol/errors";
import { UserConfig } from "#runner/node/config";
import { readJsonFile } from "#runner/node/json-file";
import { tempFolder } from "#test/support/temp";

const profile = (rest: object) => ({
  id: "mine",
  name: "Mine",
  command: "mine",
  modes: {
    once: { arguments: ["{prompt}"], access: { full: {} }, prompt: { via: "argument", arguments: ["{prompt}"] } },
  },
  ...rest,
});

/** A file with one fault, and the line it stands in. */
const faulty = (agents: object[], fault: string) => {
  const text = JSON.stringify({ agents }, undefined, 2);
  return { text, line: text.split("\n").findIndex((line) => line.includes(fault)) + 1 };
};

const cases: { name: string; text: string; line: number; field: string }[] = [
  { name: "a value of the wrong kind", text: '{\n  "policy": "sometimes"\n}', line: 2, field: "policy" },
  { name: "a key that is not known", text: '{\n\n  "polciy": "ask"\n}', line: 3, field: "polciy" },
  {
    name: "a field deep in a profile",
    ...faulty([profile({}), profile({ id: "Not An Id" })], "Not An Id"),
    field: "agents.1.id",
  },
  {
    name: "a placeholder that does not exist",
    ...faulty([profile({ modes: { once: { ...profile({}).modes.once, arguments: ["-p", "{promt}"] } } })], "promt"),
    field: "agents.0.modes.once.arguments.1",
  },
  { name: "a comma too many", text: '{\n  "policy": "ask",\n}', line: 3, field: "the file" },
  { name: "half a file", text: '{\n  "policy": "ask"', line: 2, field: "the file" },
];

describe("runner: errors of the user's configuration", () => {
  const folder = tempFolder("config");
  after(() => folder.remove());

  for (const { name, text, line, field } of cases) {
    it(`name file, line and field: ${name}`, () => {
      const file = folder.at("config.json");
      writeFileSync(file, text);
      assert.throws(
        () => readJsonFile(file, UserConfig),
        (error) => {
          assert.ok(error instanceof BatonError);
          assert.equal(error.code, "profile_invalid");
          assert.deepEqual([error.params.file, error.params.line, error.params.field], [file, line, field]);
          assert.ok(error.message.startsWith(`${file}:${line}: ${field}: `), error.message);
          assert.ok(!error.message.includes("\n"));
          return true;
        },
      );
    });
  }

  it("reads what is right, and nothing where there is no file", () => {
    const file = folder.at("good.json");
    writeFileSync(file, JSON.stringify({ policy: "auto", agents: [profile({})] }));
    assert.equal(readJsonFile(file, UserConfig)?.value.agents[0]?.id, "mine");
    assert.equal(readJsonFile(folder.at("none.json"), UserConfig), undefined);
  });
});
