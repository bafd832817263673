import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import type { Context } from "mocha";
import type { Page } from "playwright-core";
import { artifact } from "#test/support/dist";
import { endKeepers } from "#test/support/keepers";
import { type System, startSystem } from "#test/support/system";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import { answerInput, notification, runCommand, statusItem } from "#test/vscode/workbench";

/** A relay, and the packaged extension in an editor whose window serves a folder of it. */
export interface PairedEditor {
  readonly system: System;
  readonly editor: Editor;
  readonly page: Page;
  readonly workspace: string;
  readonly runnerId: string;
  /** Ends everything, and finds nothing left behind. */
  readonly close: () => Promise<void>;
}

/** @param settings of the editor, beside the quiet ones */
export async function startPairedEditor(
  context: Context,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<PairedEditor> {
  await needEditor(context);
  const vsix = packagedExtension();
  artifact("relay");
  const system = await startSystem({ runners: 0 });
  const workspace = system.temp.at("api-server");
  mkdirSync(workspace);
  const home = system.temp.at("home");
  const editor = await startEditor({ vsix, settings, env: { BATON_HOME: home } });
  const close = async () => {
    await editor.close();
    await endKeepers(home);
    assert.deepEqual(await system.stop(), []);
  };
  try {
    await editor.open(workspace);
    const runnerId = await pairWindow(editor.page, system);
    return { system, editor, workspace, runnerId, page: editor.page, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @returns the id of the runner that the window has become */
export async function pairWindow(page: Page, system: System): Promise<string> {
  await statusItem(page).waitFor({ timeout: 60_000 });
  await runCommand(page, "Baton: Connect to a Relay");
  await answerInput(page, "Connect to a Relay", system.relay.url);
  const text = await notification(page, /Approve the code/).innerText();
  const [, code = ""] = /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(text) ?? [];
  const runner = (await system.owner.request("POST", `/api/pairings/${code}/approve`, {})) as { id: string };
  await statusItem(page).filter({ hasText: "ready" }).waitFor();
  return runner.id;
}
