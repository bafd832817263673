import type { TemplateSource } from "#protocol/documents";
import { folderProblem, refProblem, repositoryProblem } from "#protocol/template-repository";

type GitSource = Extract<TemplateSource, { kind: "git" }>;

/**
 * A repository as a person types it: an address, and behind `#` a branch, a tag or a commit, and behind `:` a folder.
 * What GitHub shows of a folder (`https://github.com/owner/name/tree/main/folder`) is taken as well.
 */
export function gitSourceOf(text: string): GitSource {
  const typed = text.trim();
  const page = /^https:\/\/github\.com\/([^/#]+\/[^/#]+)\/tree\/([^/#]+)(?:\/([^#]*?))?\/?$/.exec(typed);
  const [repository = "", behind = ""] = page ? [page[1], `${page[2]}:${page[3] ?? ""}`] : splitOnce(typed, "#");
  const [ref, folder] = splitOnce(behind, ":");
  return { kind: "git", repository, ...(ref && { ref }), ...(folder && { folder }) };
}

/** What is wrong with it; undefined: nothing. */
export function gitAddressProblem(text: string): string | undefined {
  const { repository, ref, folder } = gitSourceOf(text);
  return repositoryProblem(repository) ?? refProblem(ref) ?? folderProblem(folder);
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + mark.length)];
}
