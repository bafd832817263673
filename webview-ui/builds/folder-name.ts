const maxWords = 3;
const maxLength = 40;
/** Words that say nothing of what is to be made. */
const small = new Set([
  "a",
  "an",
  "the",
  "for",
  "of",
  "with",
  "and",
  "to",
  "my",
  "our",
  "me",
  "make",
  "build",
  "create",
]);

/** The name of a folder for what somebody wants to be made: its first words that mean something. */
export function folderNameOf(text: string): string {
  const words = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && !small.has(word));
  return words.slice(0, maxWords).join("-").slice(0, maxLength).replace(/-+$/, "");
}
