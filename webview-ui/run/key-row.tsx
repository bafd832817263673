import { useState } from "react";
import type { SoftKey } from "./soft-keys";
import type { TerminalSession } from "./terminal-session";

const keys: readonly { readonly key: SoftKey; readonly text: string; readonly label?: string }[] = [
  { key: "Esc", text: "Esc" },
  { key: "Tab", text: "Tab" },
  { key: "Left", text: "←", label: "Left" },
  { key: "Down", text: "↓", label: "Down" },
  { key: "Up", text: "↑", label: "Up" },
  { key: "Right", text: "→", label: "Right" },
];

/** The keys that a phone's keyboard lacks. */
export function KeyRow({ session }: { readonly session: TerminalSession }) {
  const [control, setControl] = useState(false);
  const hold = (held: boolean) => {
    setControl(held);
    session.holdControl(held);
  };
  return (
    <div className="key-row" role="toolbar" aria-label="Terminal keys">
      <button type="button" aria-pressed={control} onClick={() => hold(!control)}>
        Ctrl
      </button>
      {keys.map(({ key, text, label }) => (
        <button
          key={key}
          type="button"
          aria-label={label}
          // The terminal keeps the focus, so that the phone's keyboard stays open.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => {
            session.press(key);
            setControl(false);
          }}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
