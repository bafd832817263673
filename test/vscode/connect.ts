import type { Page } from "playwright-core";
import type { Person } from "#test/support/people";
import { answerInput, notification, runCommand } from "#test/vscode/workbench";

/** Connects the window's folder by a code, approved by the owner, who signs the editor in. @returns the runner's id */
export async function connectAndSignIn(
  system: { readonly relay: { readonly url: string }; readonly owner: Pick<Person, "request"> },
  page: Page,
): Promise<string> {
  await runCommand(page, "Baton: Connect to a Relay");
  await answerInput(page, "Connect to a Relay", system.relay.url);
  const text = await notification(page, /Approve the code/).innerText();
  const [, code = ""] = /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(text) ?? [];
  const runner = (await system.owner.request("POST", `/api/pairings/${code}/approve`, { signIn: true })) as {
    id: string;
  };
  return runner.id;
}
