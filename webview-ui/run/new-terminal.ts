import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import type { TerminalSize } from "#protocol/documents";
import type { Preferences } from "../model/preferences";
import { guardEraseAbove } from "./erase-above";
import { muteReplies } from "./terminal-replies";

/** WCAG 2.2, 1.4.3; also what VS Code's own terminal keeps. */
const minimumContrastRatio = 4.5;

/** An xterm that shows what a keeper's terminal wrote, and answers nothing by itself. */
export function newTerminal(size: TerminalSize, preferences: Preferences): { terminal: Terminal; search: SearchAddon } {
  const terminal = new Terminal({
    ...size,
    allowProposedApi: true,
    disableStdin: true,
    scrollback: preferences.scrollbackLines,
    fontSize: preferences.fontSizePx,
    lineHeight: 1,
    screenReaderMode: preferences.screenReader,
    cursorInactiveStyle: "outline",
    macOptionIsMeta: true,
    // Programs were told of a dark screen, whatever theme this viewer has: what they paint must be readable on both.
    minimumContrastRatio,
  });
  muteReplies(terminal);
  guardEraseAbove(terminal);
  const search = new SearchAddon();
  terminal.loadAddon(search);
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  terminal.loadAddon(
    new WebLinksAddon((_event, address) => {
      window.open(address, "_blank", "noopener,noreferrer");
    }),
  );
  return { terminal, search };
}
