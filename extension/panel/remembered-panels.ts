import type { Memento } from "vscode";
import { type PanelSubject, subjectName } from "#protocol/panel-link";

const key = "baton.openedPanels";
/** Panels that are remembered; beyond them the oldest are forgotten, and close with the window's reload. */
const maxRememberedPanels = 100;

/** What the panels of this window were opened for, so that a page cannot choose what it shows after a reload. */
export interface RememberedPanels {
  add(subject: PanelSubject): void;
  has(subject: PanelSubject): boolean;
}

/** @param state of this workspace */
export function createRememberedPanels(state: Memento): RememberedPanels {
  const all = (): string[] => {
    const kept = state.get<unknown>(key);
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === "string") : [];
  };
  return {
    add(subject) {
      const others = all().filter((one) => one !== subjectName(subject));
      void state.update(key, [...others, subjectName(subject)].slice(-maxRememberedPanels));
    },
    has: (subject) => all().includes(subjectName(subject)),
  };
}
