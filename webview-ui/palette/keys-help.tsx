import { Dialog } from "../controls/dialog";
import { actions } from "../layout/actions";

const more = [
  { key: "⌘K  Ctrl+K", title: "Commands and runs" },
  { key: "Enter", title: "Queue the prompt, open the row" },
  { key: "Shift+Enter", title: "New line in the prompt" },
  { key: "Shift+Escape", title: "Leave the terminal" },
  { key: "Escape", title: "Leave a field, close what is open" },
];

export function KeysHelp({ onClose }: { readonly onClose: () => void }) {
  const rows = [...actions.flatMap(({ key, title }) => (key ? [{ key, title }] : [])), ...more];
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="keys">
        {rows.map((row) => (
          <div key={row.key}>
            <dt>
              {row.key.split("  ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{row.title}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
