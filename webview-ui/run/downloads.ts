import type { Run } from "#protocol/documents";
import type { MenuItem } from "../controls/menu";
import type { App } from "../model/app-model";
import { byteSize } from "../model/format";
import type { TerminalSession } from "./terminal-session";

/** What the menu of a run offers. */
export function downloadItems(app: App, run: Run, session: TerminalSession | undefined): MenuItem[] {
  return [
    ...(session
      ? [
          {
            label: "Copy the terminal's text",
            icon: "copy",
            run: () => void copyText(app, session.text(), "The terminal's text was copied"),
          },
        ]
      : []),
    {
      label: `Download the output (${byteSize(run.outputBytes)})`,
      icon: "desktop-download",
      run: () => void app.attempt(() => app.home.save(run, "readLog")),
    },
    {
      label: "Download as asciicast",
      icon: "play-circle",
      run: () => void app.attempt(() => app.home.save(run, "readCast")),
    },
    ...(app.home.isLocal
      ? []
      : [
          {
            label: "Copy the link to this run",
            icon: "link",
            run: () => void copyText(app, `${app.client.baseUrl}/runs/${run.id}`, "The link was copied"),
          },
        ]),
  ];
}

export async function copyText(app: App, text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    app.notices.say(done);
  } catch (error) {
    console.warn("The clipboard refused the text.", error);
    app.notices.say("This browser does not allow copying here.");
  }
}
