import { type KeyboardEvent, useState } from "react";
import { Icon } from "../controls/controls";
import { Dialog } from "../controls/dialog";
import { type Action, actions, isPossible } from "../layout/actions";
import type { App } from "../model/app-model";
import { useApp } from "../model/hooks";
import { runPath } from "../model/router";

const maxRunEntries = 8;

/** Everything that can be done now, and the runs, by a few letters. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const app = useApp();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const entries = entriesFor(app, text);
  const at = Math.min(active, entries.length - 1);
  const choose = (action: Action | undefined) => {
    if (!action) return;
    onClose();
    action.run(app);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = (at + step + entries.length) % Math.max(1, entries.length);
      setActive(next);
      document.getElementById(`entry-${next}`)?.scrollIntoView({ block: "nearest" });
    }
    if (event.key === "Enter") {
      event.preventDefault();
      choose(entries[at]);
    }
  };
  return (
    <Dialog title="Commands" onClose={onClose} className="palette">
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries.length > 0 ? `entry-${at}` : undefined}
        aria-label="Search commands and runs"
        placeholder="Search commands and runs"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        autoFocus
      />
      <div id="palette-list" className="palette-list" role="listbox" aria-label="Commands and runs">
        {entries.map((entry, index) => (
          <div
            key={entry.id}
            id={`entry-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onPointerMove={() => setActive(index)}
            onClick={() => choose(entry)}
            onKeyDown={onKeyDown}
          >
            <Icon name={entry.icon} />
            <span className="ellipsis">{entry.title}</span>
            {entry.key && <kbd>{entry.key}</kbd>}
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className="quiet palette-none">Nothing matches.</p>}
    </Dialog>
  );
}

function entriesFor(app: App, text: string): Action[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (title: string) => words.every((word) => title.toLowerCase().includes(word));
  const possible = actions.filter((action) => !action.keyOnly && isPossible(app, action) && matches(action.title));
  if (words.length === 0) return possible;
  const runs = [...app.team.get().runs.values()]
    .filter((run) => matches(run.body.title))
    .sort((a, b) => b.createdAt - a.createdAt)
    .slice(0, maxRunEntries)
    .map(
      (run): Action => ({
        id: run.id,
        title: run.body.title,
        icon: "terminal",
        run: () => app.router.go(runPath(run.id)),
      }),
    );
  return [...possible, ...runs];
}
