import { ThemeColor, ThemeIcon } from "vscode";
import type { RunView } from "#runner/core/status";
import { runLook, type StateLook, type Tone } from "#sdk/run-look";

/** How the state of a run of this window looks and reads: as on the dashboard. */
export const lookOf = ({ status, end, run: { exit } }: RunView): StateLook =>
  runLook({
    status,
    ...(end && { end }),
    ...(exit?.exitCode !== undefined && { exitCode: exit.exitCode }),
    ...(exit?.signal !== undefined && { signal: exit.signal }),
  });

const colours: Readonly<Record<Tone, string | undefined>> = {
  live: undefined,
  ok: "testing.iconPassed",
  warn: "list.warningForeground",
  error: "list.errorForeground",
  quiet: "descriptionForeground",
};

/** A look without an icon is that of work: it turns. */
export function iconOf({ icon, tone }: StateLook): ThemeIcon {
  const colour = colours[tone];
  return new ThemeIcon(icon ?? "sync~spin", colour === undefined ? undefined : new ThemeColor(colour));
}
