import { type ExtensionContext, window } from "vscode";
import { notify } from "#extension/notify";
import { startWindow } from "#extension/window";

/** Starts what this window does; a failure is shown, because nobody reads an activation's rejection. */
export async function activate(context: ExtensionContext): Promise<void> {
  const output = window.createOutputChannel("Baton", { log: true });
  context.subscriptions.push(output);
  try {
    context.subscriptions.push(await startWindow(context, output));
  } catch (error) {
    output.error(String(error));
    void notify("error", `Baton could not start: ${error instanceof Error ? error.message : error}`);
  }
}
