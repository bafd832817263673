import { MarkdownString, StatusBarAlignment, ThemeColor, window } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { Disposable } from "#extension/disposables";
import { type Overview, statusText } from "#extension/overview";

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
        overview.needsYou > 0 || overview.typing.length > 0
          ? new ThemeColor("statusBarItem.warningBackground")
          : undefined;
      item.tooltip = new MarkdownString(tooltip(overview));
    },
    dispose: () => item.dispose(),
  };
}

function tooltip({ link, teams, isPaused }: Overview): string {
  const where = {
    none: "Not connected to a relay.",
    online: `Connected to ${teams.join(", ")}.`,
    connecting: "Reconnecting to the relay; running work goes on.",
    stopped: "The relay has ended this connection.",
  }[link];
  return `${where}${isPaused ? " Remote work is paused." : ""}\n\nClick for what can be done now.`;
}
