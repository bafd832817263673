import { useEffect, useRef, useState } from "react";
import { IconButton } from "../controls/controls";
import type { TerminalSession } from "./terminal-session";

export function TerminalSearch({
  session,
  onClose,
}: {
  readonly session: TerminalSession;
  readonly onClose: () => void;
}) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
    return () => session.clearFind();
  }, [session]);
  const find = (direction: "next" | "previous") => text !== "" && session.find(text, direction);
  return (
    <search className="terminal-search">
      <input
        ref={field}
        type="search"
        aria-label="Search in the terminal"
        placeholder="Search in the terminal"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") find(event.shiftKey ? "next" : "previous");
          if (event.key === "Escape") onClose();
        }}
      />
      <IconButton icon="arrow-up" label="Previous match" shortcut="Enter" onClick={() => find("previous")} />
      <IconButton icon="arrow-down" label="Next match" shortcut="Shift+Enter" onClick={() => find("next")} />
      <IconButton icon="close" label="Close the search" shortcut="Escape" onClick={onClose} />
    </search>
  );
}
