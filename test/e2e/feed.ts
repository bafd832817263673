import { appendFileSync, writeFileSync } from "node:fs";

/** A program that prints exactly what a test wants at the moment it wants it. */
export interface Feed {
  /** The command line that prints it. */
  readonly command: string;
  /** Prints `count` numbered lines more. */
  more(count: number): void;
  /** Prints a line of this text. */
  say(line: string): void;
  /** Everything that was printed, as the terminal gets it. */
  bytes(): Buffer;
  /** The same as lines on a screen. */
  text(): string;
}

/** @param file is made here */
export function createFeed(file: string, name: string): Feed {
  const lines: string[] = [];
  writeFileSync(file, "");
  const add = (more: string[]) => {
    lines.push(...more);
    appendFileSync(file, more.map((line) => `${line}\n`).join(""));
  };
  return {
    command: `exec tail -n +1 -f ${file}`,
    more: (count) => add(Array.from({ length: count }, (_, index) => `${name} ${lines.length + index}.`)),
    say: (line) => add([line]),
    bytes: () => Buffer.from(lines.map((line) => `${line}\r\n`).join("")),
    text: () => lines.join("\n"),
  };
}
