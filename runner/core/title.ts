import { firstLine } from "#protocol/plain-text";
import { titleLength } from "#runner/core/caps";

/** What a run is called: the first line of its prompt that says something, cut between characters, never inside one. */
export function titleOf(text: string): string {
  const line = firstLine(text);
  if (line.length <= titleLength) return line;
  let title = "";
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(line)) {
    if (title.length + segment.length > titleLength - 1) break;
    title += segment;
  }
  return `${title.trimEnd()}…`;
}
