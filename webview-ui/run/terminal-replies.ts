import type { Terminal } from "@xterm/xterm";

/**
 * A terminal answers some sequences by itself (device attributes, cursor position, colours). The keeper has answered
 * them already, once; a viewer's answer would be typed into the program a second time. So the questions are taken out
 * here before the terminal sees them.
 */
export function muteReplies(terminal: Terminal): void {
  const { parser } = terminal;
  const taken = () => true;
  // DA1, DA2, DA3; DSR and CPR, plain and DEC; DECRQM, ANSI and DEC; XTVERSION; DECREQTPARM; kitty keyboard query.
  for (const id of [
    { final: "c" },
    { prefix: ">", final: "c" },
    { prefix: "=", final: "c" },
    { final: "n" },
    { prefix: "?", final: "n" },
    { intermediates: "$", final: "p" },
    { prefix: "?", intermediates: "$", final: "p" },
    { prefix: ">", final: "q" },
    { final: "x" },
    { prefix: "?", final: "u" },
    { final: "t" },
  ]) {
    parser.registerCsiHandler(id, taken);
  }
  // DECRQSS and XTGETTCAP.
  parser.registerDcsHandler({ intermediates: "$", final: "q" }, taken);
  parser.registerDcsHandler({ intermediates: "+", final: "q" }, taken);
  // DECID.
  parser.registerEscHandler({ final: "Z" }, taken);
  // OSC 4, 10, 11 and 12 set colours as well as ask for them; only the question is taken out.
  for (const id of [4, 10, 11, 12]) parser.registerOscHandler(id, (data) => data.split(";").includes("?"));
}

/** What a terminal reports of its focus, which is no keystroke. */
export const isFocusReport = (data: string): boolean => data === "\u001b[I" || data === "\u001b[O";
