import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as z from "zod";
import { commandIds } from "#extension/commands/ids";

const Clause = z.object({ command: z.string(), when: z.string().optional() });
const Manifest = z.object({
  activationEvents: z.array(z.string()),
  capabilities: z.record(z.string(), z.object({ supported: z.unknown() })),
  contributes: z.object({
    commands: z.array(z.object({ command: z.string(), title: z.string(), category: z.string(), icon: z.unknown() })),
    menus: z.record(z.string(), z.array(Clause)),
    views: z.record(z.string(), z.array(z.object({ id: z.string(), name: z.string() }))),
    viewsWelcome: z.array(z.object({ view: z.string(), contents: z.string() })),
    configuration: z.object({
      properties: z.record(z.string(), z.object({ scope: z.string(), markdownDescription: z.string() })),
    }),
  }),
});

/** What can be done in every window at every time. */
const always = ["getStarted", "menu", "newProject", "reportProblem", "showLog", "signIn"] as const;

describe("the manifest, the command table, the settings and the README", () => {
  const { activationEvents, capabilities, contributes } = Manifest.parse(
    JSON.parse(readFileSync("package.json", "utf8")),
  );
  const readme = readFileSync("extension/README.md", "utf8");
  const palette = new Map((contributes.menus.commandPalette ?? []).map((row) => [row.command, row.when]));
  const ids: readonly string[] = Object.values(commandIds);

  it("name the same commands", () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), [...ids].sort());
    assert.deepEqual(
      [...palette.keys()].filter((id) => !ids.includes(id)),
      [],
    );
    const titles = contributes.commands.map(({ title }) => title);
    const rows = [...readme.matchAll(/^\| \*\*Baton: (.+?)\*\*/gm)].map(([, title]) => title);
    assert.deepEqual(rows.sort(), titles.sort());
    const named = [...readme.matchAll(/\*\*Baton: (.+?)\*\*/g)].map(([, title = ""]) => title);
    assert.deepEqual(
      named.filter((title) => !titles.includes(title)),
      [],
    );
  });

  it("offer nothing in the palette that cannot be done now", () => {
    const unconditional = ids.filter((id) => palette.get(id) === undefined);
    assert.deepEqual(unconditional.sort(), always.map((name) => commandIds[name]).sort());
  });

  it("name the same settings, each with a description and out of a workspace's reach", () => {
    const settings = Object.keys(contributes.configuration.properties);
    const named = [...readme.matchAll(/`(baton\.[a-zA-Z]+)`/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(named)].sort(), settings.sort());
    for (const [name, { scope, markdownDescription }] of Object.entries(contributes.configuration.properties)) {
      assert.equal(scope, "machine", name);
      assert.match(markdownDescription, /[.]/, name);
    }
    const source = readFileSync("extension/settings.ts", "utf8");
    const read = [...source.matchAll(/(?:read(?:<[^>]*>)?|update)\("([a-zA-Z]+)"/g)].map(([, name]) => `baton.${name}`);
    assert.deepEqual([...new Set(read)].sort(), settings.sort());
  });

  it("have a text in every view that is empty", () => {
    const views = Object.values(contributes.views).flat();
    const texts = new Set(contributes.viewsWelcome.map(({ view }) => view));
    assert.deepEqual(
      views.filter(({ id }) => !texts.has(id)),
      [],
    );
  });

  it("let nothing run in a folder that is not trusted, or that is on no disk", () => {
    const supported = Object.entries(capabilities).map(([name, one]) => [name, one.supported]);
    assert.deepEqual(supported, [
      ["untrustedWorkspaces", false],
      ["virtualWorkspaces", false],
    ]);
  });

  it("start behind the editor's start, or for a panel that comes back, and by nothing that a workspace contains", () => {
    assert.deepEqual(activationEvents, [
      "onStartupFinished",
      "onWebviewPanel:baton.preview",
      "onWebviewPanel:baton.run",
    ]);
  });
});
