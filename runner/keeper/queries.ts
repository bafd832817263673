import type { TerminalSize } from "#protocol/documents";
import { createEscapeScanner } from "#runner/keeper/escape-scanner";
import { background, cursorColour, foreground, paletteColour, xColour } from "#runner/keeper/terminal-colours";

/**
 * Answers what a program asks its terminal, once, however many viewers there are. What never changes is answered as
 * soon as it is read; what depends on the screen is asked of the emulator. Answers leave in the order of the
 * questions, because programs take the answer to one (usually DA1) as the end of the others.
 */
export interface Queries {
  scan(bytes: Uint8Array): void;
}

interface QueryEvents {
  /** Types an answer. */
  answer(text: string): void;
  /**
   * Asks the emulator.
   * @param end where the question ends in the bytes that are being scanned: the answer is as of there
   */
  ask(sequence: string, end: number): Promise<string>;
  /** The program wants to be looked at: BEL, or a notification by OSC 9 or 777. */
  attention(): void;
  size(): TerminalSize;
}

const st = "\x1b\\";
/** What viewers are, and so what this terminal can do. */
const terminalName = "xterm.js(6.0.0)";

interface QueryRow {
  readonly pattern: RegExp;
  /** The answer; undefined: there is none. */
  readonly answer: (match: RegExpExecArray, asked: Asked) => string | Promise<string> | undefined;
}

interface Asked {
  readonly terminator: string;
  readonly ask: (sequence: string) => Promise<string>;
  readonly size: () => TerminalSize;
}

const dynamicColours: Readonly<Record<string, string>> = { 10: foreground, 11: background, 12: cursorColour };

/** Questions that have no row are left unanswered, which says that the terminal does not know them (kitty, sixel). */
const rows: readonly QueryRow[] = [
  { pattern: /^\[0?c$/, answer: () => "\x1b[?1;2c" },
  { pattern: /^\[>0?c$/, answer: () => "\x1b[>0;276;0c" },
  { pattern: /^\[5n$/, answer: () => "\x1b[0n" },
  { pattern: /^\[\??6n$/, answer: ([sequence], { ask }) => ask(`\x1b${sequence}`) },
  { pattern: /^\[\?996n$/, answer: () => "\x1b[?997;1n" },
  { pattern: /^\[>0?q$/, answer: () => `\x1bP>|${terminalName}${st}` },
  { pattern: /^\[\??\d+\$p$/, answer: ([sequence], { ask }) => ask(`\x1b${sequence}`) },
  { pattern: /^P\$q/, answer: ({ input }, { ask }) => ask(`\x1b${input}${st}`) },
  { pattern: /^P\+q/, answer: () => `\x1bP0+r${st}` },
  {
    pattern: /^\[18t$/,
    answer: (_, { size }) => {
      const { cols, rows } = size();
      return `\x1b[8;${rows};${cols}t`;
    },
  },
  {
    pattern: /^\](1[012])((?:;\?)+)$/,
    answer: ([, first, marks], { terminator }) =>
      Array.from({ length: (marks?.length ?? 0) / 2 }, (_, i) => String(Number(first) + i))
        .map((code) => ({ code, colour: dynamicColours[code] }))
        .map(({ code, colour }) => (colour ? `\x1b]${code};${xColour(colour)}${terminator}` : ""))
        .join(""),
  },
  {
    pattern: /^\]4;(.*\?.*)$/,
    answer: ([, list], { terminator }) => {
      const parts = list?.split(";") ?? [];
      const asked = parts.filter((_, i) => parts[i + 1] === "?" && i % 2 === 0);
      return asked
        .map((index) => ({ index, colour: paletteColour(Number(index)) }))
        .map(({ index, colour }) => (colour ? `\x1b]4;${index};${xColour(colour)}${terminator}` : ""))
        .join("");
    },
  },
];

/** A notification; `9;4` is a progress bar and wants nobody. */
const notification = /^\](?:9;(?!4(?:;|$))|777;notify)/;

export function createQueries(events: QueryEvents): Queries {
  const pending: { text: string | undefined }[] = [];
  const send = () => {
    for (let first = pending[0]; first && first.text !== undefined; first = pending[0]) {
      pending.shift();
      if (first.text !== "") events.answer(first.text);
    }
  };
  const scanner = createEscapeScanner({
    bell: events.attention,
    sequence(text, terminator, end) {
      if (notification.test(text)) events.attention();
      const ask = (sequence: string) => events.ask(sequence, end);
      const answer = answerTo(text, { terminator, ask, size: events.size });
      if (answer === undefined) return;
      if (typeof answer === "string") {
        pending.push({ text: answer });
      } else {
        const slot: { text: string | undefined } = { text: undefined };
        pending.push(slot);
        answer
          .catch(() => "")
          .then((text) => {
            slot.text = text;
            send();
          });
      }
      send();
    },
  });
  return { scan: scanner.scan };
}

function answerTo(text: string, asked: Asked) {
  for (const row of rows) {
    const match = row.pattern.exec(text);
    if (match) return row.answer(match, asked);
  }
  return undefined;
}
