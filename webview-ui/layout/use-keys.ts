import { useEffect } from "react";
import { useApp } from "../model/hooks";
import { actions, isPossible } from "./actions";

/** The keys of the page. While something is being typed only the palette's key counts. */
export function useKeys(): void {
  const app = useApp();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      if (event.key.toLowerCase() === "k" && (event.metaKey || (event.ctrlKey && !inTerminal(event.target)))) {
        event.preventDefault();
        app.overlay.set(app.overlay.get() === "palette" ? "none" : "palette");
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target) || app.overlay.get() !== "none")
        return;
      const action = actions.find((candidate) => candidate.key === event.key);
      if (!action || !isPossible(app, action)) return;
      event.preventDefault();
      action.run(app);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [app]);
}

const inTerminal = (target: EventTarget | null) =>
  target instanceof Element && target.closest(".terminal-host") !== null && !isReadOnlyTerminal(target);

/** A terminal without the keyboard takes no keys, so the page's own keys work in it. */
const isReadOnlyTerminal = (target: Element) =>
  target.closest(".terminal-host") !== null && document.querySelector(".lease:is(.yours, .asking)") === null;

/** Whether the keys of the page belong to a field that has the focus. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (isReadOnlyTerminal(target)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
