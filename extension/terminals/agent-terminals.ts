import { EventEmitter, type Pseudoterminal, TerminalProfile, ThemeIcon, window } from "vscode";
import { createDisposables, type Disposable } from "#extension/disposables";
import type { EditorFolder } from "#extension/folder";
import type { Folders } from "#extension/folders";
import { pick } from "#extension/pick";
import { withPatience } from "#extension/progress";
import { usualAccess, visibilityOf } from "#extension/prompts/usual-run";
import { builtInProfiles, type Profile } from "#runner/core/profiles";

/** The agents that begin without a prompt; a plain shell the editor has already. */
export const agentsOfTerminals: readonly Profile[] = builtInProfiles.filter(({ modes: { interactive } }) => {
  if (!interactive) return false;
  return !(interactive.prompt.via === "argument" && interactive.prompt.required);
});

/** As the manifest names them. */
export const terminalProfileId = (agent: string): string => `baton.agent.${agent}`;

export interface AgentTerminals extends Disposable {
  /** @param id as the manifest names the profile */
  provide(id: string): Promise<TerminalProfile | undefined>;
}

/**
 * Each agent as a profile of the editor's terminals: what is started there is an ordinary run, in the agent's own
 * interface. Where it cannot be started its terminal says why.
 */
export function registerAgentTerminals(folders: Folders): AgentTerminals {
  const disposables = createDisposables();
  const provide = async (profile: Profile) =>
    new TerminalProfile({
      name: profile.name,
      iconPath: new ThemeIcon(profile.icon),
      isTransient: true,
      pty: await openAgent(folders, profile),
    });
  for (const profile of agentsOfTerminals) {
    disposables.add(
      window.registerTerminalProfileProvider(terminalProfileId(profile.id), {
        provideTerminalProfile: () => provide(profile),
      }),
    );
  }
  return {
    async provide(id) {
      const profile = agentsOfTerminals.find((one) => terminalProfileId(one.id) === id);
      return profile && provide(profile);
    },
    dispose: disposables.dispose,
  };
}

async function openAgent(folders: Folders, profile: Profile): Promise<Pseudoterminal> {
  const all = folders.all();
  if (all.length === 0) return createNotice("Open a folder first: agents work in a folder.");
  const folder = await pick<EditorFolder>("Run in which folder?", all, (one) => ({
    label: one.name,
    description: one.describe().folder,
  }));
  if (!folder) return createNotice("No folder was chosen, so nothing was started.");
  const agents = await withPatience("looking for agents", folder.agents());
  const agent = agents.find(({ id }) => id === profile.id);
  return folder.startTerminal({
    name: profile.name,
    agent: profile.id,
    mode: "interactive",
    access: agent ? usualAccess(agent, "interactive") : "edit",
    text: "",
    visibility: visibilityOf(folder),
  });
}

/** A terminal that only says something, because the editor takes no other answer; any key closes it. */
function createNotice(text: string): Pseudoterminal {
  const written = new EventEmitter<string>();
  const left = new EventEmitter<void>();
  return {
    onDidWrite: written.event,
    onDidClose: left.event,
    open: () => written.fire(`${text} Press any key to close this terminal.\r\n`),
    handleInput: () => left.fire(),
    close() {
      written.dispose();
      left.dispose();
    },
  };
}
