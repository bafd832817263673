import { useEffect } from "react";
import { actions, isPossible } from "../layout/actions";
import { isTyping } from "../layout/use-keys";
import { useApp } from "../model/hooks";

/** The dashboard's keys that mean something in the view of one run; the editor's own keys stay the editor's. */
const panelActions = actions.filter(({ id }) => ["compose", "cancel", "terminal"].includes(id));

export function usePanelKeys(): void {
  const app = useApp();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.metaKey || event.ctrlKey || event.altKey) return;
      if (isTyping(event.target) || app.overlay.get() !== "none") return;
      const action = panelActions.find((candidate) => candidate.key === event.key);
      if (!action || !isPossible(app, action)) return;
      event.preventDefault();
      action.run(app);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [app]);
}
