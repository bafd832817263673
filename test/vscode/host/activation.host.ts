import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { commands, extensions, window, workspace } from "vscode";

describe("the extension in its host", () => {
  const extension = () => {
    const found = extensions.getExtension("baton.baton");
    assert.ok(found, "the extension is not there");
    return found;
  };

  it("activates, in a folder, without a word", async () => {
    assert.equal(workspace.workspaceFolders?.length, 1);
    await extension().activate();
    assert.equal(extension().isActive, true);
  });

  it("does nothing in a folder where it was never used", () => {
    const home = process.env.BATON_HOME ?? "";
    assert.notEqual(home, "");
    assert.equal(existsSync(home), false, "there is a keeper, or an identity");
  });

  it("opens no terminal by itself and shows its log", async () => {
    assert.deepEqual(
      window.terminals.filter((terminal) => "pty" in terminal.creationOptions),
      [],
    );
    await commands.executeCommand("baton.showLog");
    assert.equal(existsSync(process.env.BATON_HOME ?? ""), true, "the first command starts the rest");
  });

  it("asks before it runs anything", () => {
    assert.equal(workspace.getConfiguration("baton").get("policy"), "ask");
  });
});
