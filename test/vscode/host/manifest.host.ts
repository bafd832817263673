import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { commands, extensions } from "vscode";
import { commandIds, contextKeys } from "#extension/commands/ids";
import { agentsOfTerminals, terminalProfileId } from "#extension/terminals/agent-terminals";

interface Contributed {
  readonly commands: readonly {
    command: string;
    title: string;
    category: string;
    icon?: string;
    enablement?: string;
  }[];
  readonly menus: Record<string, readonly { command: string; when?: string }[]>;
  readonly views: { baton: readonly { id: string }[] };
  readonly viewsWelcome: readonly { view: string; contents: string; when?: string }[];
  readonly walkthroughs: readonly {
    id: string;
    steps: readonly { id: string; description: string; media: { svg: string }; completionEvents: readonly string[] }[];
  }[];
  readonly terminal: { readonly profiles: readonly { id: string; title: string; icon: string }[] };
  readonly configuration: { properties: Record<string, { scope: string }> };
}

/** The key that a completion event waits for. */
const contextOf = (event: string) => /^onContext:(.+)$/.exec(event)?.[1];

describe("the manifest against the code", () => {
  const manifest = extensions.getExtension("baton.baton")?.packageJSON as { contributes: Contributed };
  const { contributes } = manifest;
  const ids: readonly string[] = Object.values(commandIds);

  it("declares exactly the commands of the table, each with a category and an icon", () => {
    assert.deepEqual(contributes.commands.map((row) => row.command).sort(), [...ids].sort());
    for (const row of contributes.commands) {
      assert.equal(row.category, "Baton", row.command);
      assert.match(row.icon ?? "", /^\$\([a-z-]+\)$/, row.command);
    }
  });

  it("registers each of them", async () => {
    const registered = new Set(await commands.getCommands(true));
    assert.deepEqual(
      ids.filter((id) => !registered.has(id)),
      [],
    );
  });

  it("names only commands that are there, in menus and in welcome texts", () => {
    const inMenus = Object.values(contributes.menus).flatMap((rows) => rows.map((row) => row.command));
    const steps = contributes.walkthroughs.flatMap((one) => one.steps);
    const texts = [...contributes.viewsWelcome.map((row) => row.contents), ...steps.map((step) => step.description)];
    const inTexts = texts.flatMap((text) =>
      [...text.matchAll(/\(command:(baton\.[a-zA-Z]+)\)/g)].map((match) => match[1] ?? ""),
    );
    const inEvents = steps.flatMap((step) =>
      step.completionEvents.flatMap((event) => /^onCommand:(.+)$/.exec(event)?.[1] ?? []),
    );
    assert.deepEqual(
      [...inMenus, ...inTexts, ...inEvents].filter((id) => !ids.includes(id)),
      [],
    );
  });

  it("reads only context keys that the code sets", () => {
    const views = contributes.views.baton.map((view) => view.id);
    const clauses = [
      ...contributes.commands.map((row) => row.enablement),
      ...Object.values(contributes.menus).flatMap((rows) => rows.map((row) => row.when)),
      ...contributes.viewsWelcome.map((row) => row.when),
      ...contributes.walkthroughs.flatMap((one) => one.steps.flatMap((step) => step.completionEvents)).map(contextOf),
    ];
    const used = clauses
      .flatMap((clause) => clause?.match(/baton\.[a-zA-Z]+/g) ?? [])
      .filter((key) => !views.includes(key));
    const known: readonly string[] = Object.values(contextKeys);
    assert.deepEqual(
      [...new Set(used)].filter((key) => !known.includes(key)),
      [],
    );
    assert.deepEqual(
      known.filter((key) => !used.includes(key)),
      [],
    );
  });

  it("offers every agent that begins without a prompt as a terminal profile", () => {
    assert.deepEqual(
      contributes.terminal.profiles,
      agentsOfTerminals.map(({ id, name, icon }) => ({
        id: terminalProfileId(id),
        title: `${name} (Baton)`,
        icon: `$(${icon})`,
      })),
    );
  });

  it("says in every view what it is for, and leads through four steps with a picture each", () => {
    const said = new Set(contributes.viewsWelcome.map((row) => row.view));
    assert.deepEqual(
      contributes.views.baton.map((view) => view.id).filter((id) => !said.has(id)),
      [],
    );
    const root = extensions.getExtension("baton.baton")?.extensionPath ?? "";
    for (const { steps } of contributes.walkthroughs) {
      assert.equal(steps.length, 4);
      for (const step of steps) assert.ok(existsSync(join(root, step.media.svg)), step.media.svg);
    }
  });

  it("keeps every setting out of a workspace's reach", () => {
    const open = Object.entries(contributes.configuration.properties).filter(([, row]) => row.scope !== "machine");
    assert.deepEqual(open, []);
  });
});
