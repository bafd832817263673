import assert from "node:assert/strict";
import { appendFileSync, statSync, writeFileSync } from "node:fs";
import { maxStepFileBytes, maxStepLineBytes } from "#runner/keeper/caps";
import { createStepFile, type StepFile } from "#runner/keeper/step-file";
import { skipBecause } from "#test/support/skip";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

const lineOf = (files: number, text = "") =>
  `${JSON.stringify({ step: { step: "files", state: "started", params: { files, text } } })}\n`;

describe("the file in which a run says how far it is", () => {
  let temp: TempFolder;
  let path: string;
  let file: StepFile;
  let steps: unknown[];
  let refused: string[];
  beforeEach(() => {
    temp = tempFolder("step-file");
    path = temp.at("steps");
    steps = [];
    refused = [];
  });
  afterEach(() => {
    file.last();
    temp.remove();
  });
  const open = () => {
    file = createStepFile(path, {
      step: ({ params }) => void steps.push(params.files),
      project: () => assert.fail("no project was told"),
      tunnel: () => assert.fail("no tunnel was told"),
      refused: (reason) => void refused.push(reason),
    });
  };
  const append = (text: string) => appendFileSync(path, text);
  const refusal = () => until("it is refused", async () => refused[0]);

  it("begins empty, whatever was there", () => {
    writeFileSync(path, lineOf(1));
    open();
    file.last();
    assert.deepEqual(steps, []);
    assert.equal(statSync(path).size, 0);
  });

  it("is made for this user alone", function () {
    if (process.platform === "win32") skipBecause(this, "its files have no mode");
    open();
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("keeps no more of a line than a line may have, and goes on behind it", async () => {
    open();
    append(lineOf(1));
    append("x".repeat(maxStepLineBytes + 1));
    assert.equal(await refusal(), "a line is too long");
    append(`\n${lineOf(2)}`);
    file.last();
    assert.deepEqual(steps, [1, 2]);
    assert.equal(refused.length, 1, "it is told of once");
  });

  it("is read as far as a file may go, and what is wrong is told of once", async () => {
    open();
    const text = "x".repeat(1_000);
    const fitting = Math.floor(maxStepFileBytes / lineOf(100, text).length);
    for (let files = 100; files < 100 + fitting + 50; files++) append(lineOf(files, text));
    assert.equal(await refusal(), "it is too long");
    append(lineOf(1));
    file.last();
    assert.deepEqual([steps.length, refused.length], [fitting, 1]);
  });

  it("is not read any more when the run is over", () => {
    open();
    append(lineOf(1));
    file.last();
    append(lineOf(2));
    file.last();
    assert.deepEqual([steps, refused], [[1], []]);
  });
});
