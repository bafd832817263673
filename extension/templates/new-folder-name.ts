import { maxPathLength } from "#protocol/caps";

/** What is wrong with the name of a new folder below another one, with `/` between its parts; undefined: nothing. */
export function folderNameProblem(text: string): string | undefined {
  const name = text.trim();
  if (name === "") return "Type a name.";
  if (name.length > maxPathLength) return "This name is too long.";
  const steps = name.split("/");
  if (name.includes("\\") || steps.some((step) => ["", ".", ".."].includes(step) || step !== step.trim())) {
    return "Type a name, or several with / between them.";
  }
  return steps.includes(".git") ? "This is a repository's own folder." : undefined;
}
