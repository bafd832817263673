import { useEffect } from "react";
import type { TerminalSession } from "./terminal-session";

/** Keys that mean the same in every terminal, where nothing has the focus. */
const plainKeys: Readonly<Record<string, string>> = { Enter: "\r", Backspace: "\u007f" };

/**
 * While this viewer holds the keyboard, what is typed anywhere in the run view, but not into a field, is typed into
 * the terminal, and is no shortcut of the page. A button keeps the keys that press it.
 */
export function useTerminalKeys(session: TerminalSession): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (session.keyboard.get() === "none" || event.defaultPrevented || event.isComposing) return;
      if (event.ctrlKey || event.metaKey || event.altKey || !isOfRunView(event.target)) return;
      const text = textOf(event);
      if (text === undefined) return;
      event.preventDefault();
      session.type(text);
    };
    // Before the page's own keys, which see that it was taken.
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: true });
  }, [session]);
}

function textOf({ key, target }: KeyboardEvent): string | undefined {
  if (target === document.body) return key.length === 1 ? key : plainKeys[key];
  return key.length === 1 && key !== " " ? key : undefined;
}

/** What lost the focus left it to the body. Fields, the terminal's own among them, take their keys themselves. */
function isOfRunView(target: EventTarget | null): boolean {
  if (target === document.body) return document.querySelector("dialog[open]") === null;
  if (!(target instanceof HTMLElement) || target.closest("article.run, #main") === null) return false;
  if (target.closest("dialog, [role=menu]") !== null) return false;
  return !target.isContentEditable && !["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
