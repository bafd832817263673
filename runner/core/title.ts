import { titleLength } from "#runner/core/caps";

// biome-ignore lint/suspicious/noControlCharactersInRegex: a title is shown in many places, and none of them wants these
const controlCharacters = /[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/** What a run is called: the first line of its prompt that says something, cut between characters, never inside one. */
export function titleOf(text: string): string {
  const plain = text.replace(controlCharacters, " ");
  const line = (plain.split(/\r?\n/).find((candidate) => candidate.trim() !== "") ?? "").trim();
  if (line.length <= titleLength) return line;
  let title = "";
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(line)) {
    if (title.length + segment.length > titleLength - 1) break;
    title += segment;
  }
  return `${title.trimEnd()}…`;
}
