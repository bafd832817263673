import fc from "fast-check";

/** What a program may write to its terminal, rich in everything that a snapshot has to give back. */
const esc = "\x1b";
const small = fc.integer({ min: 0, max: 12 });
const csi = (final: string, prefix = "") => small.map((n) => `${esc}[${prefix}${n === 0 ? "" : n}${final}`);
const pick = (...choices: string[]) => fc.constantFrom(...choices);

const narrow = fc.oneof(
  { weight: 4, arbitrary: fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(..."abcdefgh qxlmjk~`") }) },
  { weight: 1, arbitrary: pick("é", "→", "│", "#", "y\r\n", "the quick brown fox jumps over") },
);
const text = fc.oneof(
  { weight: 5, arbitrary: narrow },
  { weight: 2, arbitrary: pick("日本", "漢", "🎉", "👩‍💻", "ﾊ", "e\u0301", "\u0301", "n\u0303o", "한글") },
);
const controls = pick("\r", "\n", "\r\n", "\r\n", "\b", "\t", "\t", "\x07", "\x0b", "\x0e", "\x0f");
const sgr = fc
  .oneof(
    pick(
      "0",
      "1",
      "2",
      "3",
      "4",
      "5",
      "7",
      "8",
      "9",
      "21",
      "22",
      "23",
      "24",
      "25",
      "27",
      "28",
      "29",
      "53",
      "55",
      "4:3",
      "4:5",
    ),
    pick(
      "31",
      "42",
      "97",
      "107",
      "39",
      "49",
      "38;5;9",
      "48;5;200",
      "38;2;1;2;3",
      "48;2;250;0;9",
      "4;58;5;3",
      "4:2;58;2;9;8;7",
    ),
    pick("1;31", "0;7", "4;9;33", ""),
  )
  .map((code) => `${esc}[${code}m`);
const position = fc.tuple(small, fc.integer({ min: 0, max: 30 })).map(([y, x]) => `${esc}[${y};${x}H`);
const moves = fc.oneof(position, ...[..."ABCDEFGIZ`ade"].map((final) => csi(final)));
const edits = fc.oneof(...[..."@JKLMPSTXb"].map((final) => csi(final)), csi("J", "?"), csi("K", "?"));
const region = fc.tuple(small, small).map(([top, bottom]) => `${esc}[${top};${bottom}r`);
const buffers = pick(...["47", "1047", "1049", "1048"].flatMap((mode) => [`${esc}[?${mode}h`, `${esc}[?${mode}l`]));
const cursors = pick(`${esc}7`, `${esc}8`, `${esc}[s`, `${esc}[u`, `${esc}D`, `${esc}E`, `${esc}M`);
const charsets = pick("(0", "(B", ")0", ")B", "*A", "+0", "n", "o", "(A").map((rest) => esc + rest);
const tabs = pick(`${esc}H`, `${esc}[g`, `${esc}[3g`);
const privateModes = fc
  .tuple(
    pick("1", "6", "7", "9", "12", "25", "45", "66", "1000", "1002", "1003", "1004", "1006", "1016", "2004"),
    pick("h", "l"),
  )
  .map(([mode, final]) => `${esc}[?${mode}${final}`);
const modes = pick(`${esc}[4h`, `${esc}[4l`, `${esc}=`, `${esc}>`, `${esc}[20h`, `${esc}[20l`);
const others = pick(
  `${esc}]0;a title\x07`,
  `${esc}]2;another${esc}\\`,
  `${esc}[1"q`,
  `${esc}[0"q`,
  `${esc}[2 q`,
  `${esc}[5 q`,
  `${esc}[0 q`,
  `${esc}#8`,
  `${esc}P$qm${esc}\\`,
  `${esc}[3'}`,
  `${esc}[2'~`,
  `${esc}[!p`,
  `${esc}c`,
);

const pieces = (words: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 10, arbitrary: words },
    { weight: 5, arbitrary: controls },
    { weight: 5, arbitrary: sgr },
    { weight: 5, arbitrary: moves },
    { weight: 4, arbitrary: edits },
    { weight: 2, arbitrary: region },
    { weight: 2, arbitrary: buffers },
    { weight: 2, arbitrary: cursors },
    { weight: 2, arbitrary: charsets },
    { weight: 1, arbitrary: tabs },
    { weight: 2, arbitrary: privateModes },
    { weight: 1, arbitrary: modes },
    { weight: 1, arbitrary: others },
    { weight: 1, arbitrary: links(words) },
  );

/** A link is closed behind its text: xterm forgets one whose line scrolls away before anything is printed with it. */
const links = (words: fc.Arbitrary<string>) =>
  fc
    .tuple(pick("", "id=1"), pick("a", "b"), words)
    .map(([id, page, label]) => `${esc}]8;${id};https://example.com/${page}${esc}\\${label}${esc}]8;;${esc}\\`);

const joined = (words: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(pieces(words), { minLength: 1, maxLength }).map((list) => list.join(""));

/** Output of a program. */
export const terminalOutput = (maxLength: number): fc.Arbitrary<string> => joined(text, maxLength);

/**
 * Output without wide and combining characters. Making a terminal narrower cuts those into halves that can be stored
 * but not printed.
 */
export const narrowOutput = (maxLength: number): fc.Arbitrary<string> => joined(narrow, maxLength);

export const terminalSize = fc.record({ cols: fc.integer({ min: 4, max: 30 }), rows: fc.integer({ min: 2, max: 8 }) });
