import assert from "node:assert/strict";
import { commands, extensions } from "vscode";
import { commandIds, contextKeys } from "#extension/commands/ids";

interface Contributed {
  readonly commands: readonly {
    command: string;
    title: string;
    category: string;
    icon?: string;
    enablement?: string;
  }[];
  readonly menus: Record<string, readonly { command: string; when?: string }[]>;
  readonly viewsWelcome: readonly { contents: string; when: string }[];
  readonly configuration: { properties: Record<string, { scope: string }> };
}

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
    const inWelcome = contributes.viewsWelcome.flatMap(({ contents }) =>
      [...contents.matchAll(/\(command:(baton\.[a-zA-Z]+)\)/g)].map((match) => match[1] ?? ""),
    );
    assert.deepEqual(
      [...inMenus, ...inWelcome].filter((id) => !ids.includes(id)),
      [],
    );
  });

  it("reads only context keys that the code sets", () => {
    const clauses = [
      ...contributes.commands.map((row) => row.enablement),
      ...Object.values(contributes.menus).flatMap((rows) => rows.map((row) => row.when)),
      ...contributes.viewsWelcome.map((row) => row.when),
    ];
    const used = clauses
      .flatMap((clause) => clause?.match(/baton\.[a-zA-Z]+/g) ?? [])
      .filter((key) => key !== "baton.runs");
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

  it("keeps every setting out of a workspace's reach", () => {
    const open = Object.entries(contributes.configuration.properties).filter(([, row]) => row.scope !== "machine");
    assert.deepEqual(open, []);
  });
});
