import { commands, type Memento, type Tab, window } from "vscode";
import { contextKeys } from "#extension/commands/ids";
import { createDisposables, type Disposable, toDisposable } from "#extension/disposables";

/** What the steps of the walkthrough wait for. */
export const deeds = ["didRun", "didConnect", "didChoosePolicy", "didWatch"] as const satisfies readonly Name[];
type Name = keyof typeof contextKeys;
export type Deed = (typeof deeds)[number];

/**
 * The values that say that a deed was done. A step that is true when the editor first hears of it is never ticked, only
 * one that becomes true later; so each step waits for either value, and they take turns when a walkthrough may be open.
 */
const doneValues = ["a", "b"] as const;

const key = "baton.deeds";
/** The editor reads the steps a moment after it has opened their tab. */
const againMs = 1_500;

/** What was done with Baton, in whichever window: so that a walkthrough that is opened later knows of it. */
export interface Deeds extends Disposable {
  /** Remembers it for good, and tells the editor. */
  add(deed: Deed): void;
}

export function createDeeds(state: Memento): Deeds {
  const disposables = createDisposables();
  const kept = state.get<unknown>(key);
  const done = new Set<Deed>(deeds.filter((deed) => Array.isArray(kept) && kept.includes(deed)));
  let turn = 0;
  let again: ReturnType<typeof setTimeout> | undefined;
  const tell = (deed: Deed) => void commands.executeCommand("setContext", contextKeys[deed], doneValues[turn % 2]);
  const takeTurns = () => {
    turn++;
    for (const deed of done) tell(deed);
  };
  const takeTurnsTwice = () => {
    takeTurns();
    clearTimeout(again);
    again = setTimeout(takeTurns, againMs);
  };

  for (const deed of done) tell(deed);
  if (window.tabGroups.all.some(({ tabs }) => tabs.some(isNoFile))) takeTurnsTwice();
  disposables.add(window.tabGroups.onDidChangeTabs(({ opened }) => opened.some(isNoFile) && takeTurnsTwice()));
  disposables.add(toDisposable(() => clearTimeout(again)));
  return {
    add(deed) {
      if (done.has(deed)) return;
      done.add(deed);
      void state.update(key, [...done]);
      tell(deed);
    },
    dispose: disposables.dispose,
  };
}

/** The editor tells nothing of its own pages, such as a walkthrough, but that they are there. */
const isNoFile = ({ input }: Tab): boolean => input === undefined;
