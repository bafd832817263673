import { StatusBarAlignment, ThemeColor, window } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { Disposable } from "#extension/disposables";
import { type Overview, statusText } from "#extension/overview";
import { errorText } from "#protocol/errors";

/** The item of the status bar: what runs, what waits for a person, and who types from afar. */
export interface StatusBar extends Disposable {
  show(overview: Overview): void;
}

export function createStatusBar(): StatusBar {
  const item = window.createStatusBarItem("status", StatusBarAlignment.Left, 0);
  item.name = "Baton";
  item.command = commandIds.menu;
  item.show();
  return {
    show(overview) {
      item.text = statusText(overview);
      item.backgroundColor =
        overview.needsYou > 0 || overview.typing.length > 0 || overview.keeperFailure || overview.heldUp > 0
          ? new ThemeColor("statusBarItem.warningBackground")
          : undefined;
      // Plain text: a team can be called anything, also by a picture or a link.
      item.tooltip = tooltip(overview);
    },
    dispose: () => item.dispose(),
  };
}

function tooltip({ link, teams, isPaused, keeperFailure, heldUp }: Overview): string {
  const where = {
    none: "Not connected to a relay.",
    online: `Connected to ${teams.length === 1 ? "the team" : "the teams"} ${teams.join(", ")}.`,
    connecting: "Reconnecting to the relay; running work goes on.",
    stopped: "The relay has ended this connection.",
  }[link];
  if (keeperFailure) return `${errorText(keeperFailure)}\n\nClick for what can be done now.`;
  if (heldUp > 0) return "The disk has no room, so runs are held up. They go on when there is.";
  return `${where}${isPaused ? " Remote work is paused." : ""}\n\nClick for what can be done now.`;
}
