import { useEffect, useState } from "react";
import { Button, Field } from "../controls/controls";
import { useApp, useMe, useStore } from "../model/hooks";
import type { Preferences } from "../model/preferences";
import { useChooser } from "../runs/use-choices";
import { Page, Section } from "./page";

const themes: readonly { readonly value: Preferences["theme"]; readonly text: string }[] = [
  { value: "system", text: "As the system" },
  { value: "dark", text: "Dark Modern" },
  { value: "light", text: "Light Modern" },
];

/** What is chosen in this browser; nothing here changes anything for others. */
export function SettingsPage() {
  const app = useApp();
  const me = useMe();
  const session = useStore(app.session);
  const preferences = useStore(app.preferences);
  const { choices, choose } = useChooser();
  const { change } = app.preferences;
  return (
    <Page title="Settings" lead="For this browser only.">
      <Section title="Look">
        <Field label="Theme">
          <select
            value={preferences.theme}
            onChange={(event) => change({ theme: event.target.value as Preferences["theme"] })}
          >
            {themes.map((theme) => (
              <option key={theme.value} value={theme.value}>
                {theme.text}
              </option>
            ))}
          </select>
        </Field>
      </Section>
      {choices.target && (
        <Section
          title="New prompts"
          hint="What the composer starts with. It remembers your last choice by itself, but never full access."
        >
          <Field label="Runner">
            <select value={choices.targetKey} onChange={(event) => choose({ target: event.target.value })}>
              {choices.targets.map((option) => (
                <option key={option.value} value={option.value}>
                  {option.text}
                </option>
              ))}
            </select>
          </Field>
          {choices.agents.length > 0 && (
            <Field label="Agent">
              <select value={choices.agent} onChange={(event) => choose({ agent: event.target.value })}>
                {choices.agents.map((option) => (
                  <option key={option.value} value={option.value}>
                    {option.text}
                  </option>
                ))}
              </select>
            </Field>
          )}
        </Section>
      )}
      <Section title="Terminal">
        <NumberField
          label="Font size"
          hint="In pixels. A wide terminal is scaled down until it fits the window."
          value={preferences.fontSizePx}
          min={8}
          max={32}
          onChange={(fontSizePx) => change({ fontSizePx })}
        />
        <NumberField
          label="Scrollback"
          hint="Lines above the screen that this browser holds for each run. The relay keeps the rest."
          value={preferences.scrollbackLines}
          min={0}
          max={1_000_000}
          onChange={(scrollbackLines) => change({ scrollbackLines })}
        />
        <label className="choice">
          <input
            type="checkbox"
            checked={preferences.screenReader}
            onChange={(event) => change({ screenReader: event.target.checked })}
          />
          Read the terminal's output to screen readers
        </label>
      </Section>
      <Section title="Session">
        <p>
          Signed in as <b>{me?.name}</b>, {me?.role}
          {session.phase === "signed-in" && (
            <>
              {" "}
              on <b>{session.relay.name}</b> (Baton {session.relay.version})
            </>
          )}
          .
        </p>
        <div className="actions">
          <Button icon="sign-out" onClick={() => void app.attempt(() => app.session.signOut())}>
            Sign out
          </Button>
        </div>
      </Section>
    </Page>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}

/** A number that is taken as soon as it is a possible one. */
function NumberField({ label, hint, value, min, max, onChange }: NumberFieldProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const take = (next: string) => {
    setText(next);
    const number = Number(next);
    if (next !== "" && Number.isInteger(number) && number >= min && number <= max) onChange(number);
  };
  return (
    <Field label={label} hint={hint}>
      <input type="number" min={min} max={max} value={text} onChange={(event) => take(event.target.value)} />
    </Field>
  );
}
