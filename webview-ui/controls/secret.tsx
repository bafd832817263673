import { useApp } from "../model/hooks";
import { IconButton } from "./controls";

/** A secret or a link that is shown once, with a button that copies it. */
export function Secret({
  label,
  value,
  note,
}: {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}) {
  const { notices } = useApp();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      notices.say(`${label} copied`);
    } catch (error) {
      console.warn("The clipboard refused the text.", error);
      notices.say("This browser does not allow copying here. Select the text and copy it.");
    }
  };
  return (
    <div className="secret">
      <span className="field-label">{label}</span>
      <div className="secret-row">
        <input readOnly value={value} aria-label={label} onFocus={(event) => event.target.select()} />
        <IconButton icon="copy" label={`Copy ${label.toLowerCase()}`} onClick={copy} />
      </div>
      <span className="hint">{note}</span>
    </div>
  );
}
