import { window } from "vscode";
import { relayAddress } from "#extension/connect/relay-address";
import { defaultRelay } from "#extension/settings";

/** A relay that this editor has to do with already. */
export interface KnownRelay {
  readonly relay: string;
  readonly team: string;
}

const another = "Another Relay…";

/**
 * Asks for the address of a relay; those that are known can be chosen.
 * @returns its origin, or undefined when the person gave up
 */
export async function askForRelay(title: string, known: readonly KnownRelay[]): Promise<string | undefined> {
  if (known.length === 0) return typeAddress(title);
  const items = [
    ...known.map(({ relay, team }) => ({ label: team, description: relay, relay })),
    { label: another, description: "", relay: undefined },
  ];
  const chosen = await window.showQuickPick(items, { title, matchOnDescription: true, ignoreFocusOut: true });
  return chosen && (chosen.relay ?? typeAddress(title));
}

async function typeAddress(title: string): Promise<string | undefined> {
  const typed = await window.showInputBox({
    title,
    prompt: "The address of your team's relay",
    placeHolder: "https://baton.example.com",
    value: defaultRelay(),
    ignoreFocusOut: true,
    validateInput: (text) => (relayAddress(text) ? undefined : "Type an address such as https://baton.example.com"),
  });
  return typed === undefined ? undefined : relayAddress(typed);
}
