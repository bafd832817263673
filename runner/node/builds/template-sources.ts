import { parseRepository } from "#protocol/template-repository";

/**
 * Which repositories a prompt from afar may begin with unasked: Git fetches with what the user has signed in with, so
 * that whoever names one could have a private one of theirs be read. A rule is a repository, or the beginning of one
 * and `/*` for all that lies below.
 */
export function isSourceAllowed(rules: readonly string[], repository: string): boolean {
  const wanted = plainUrl(repository);
  if (wanted === undefined) return false;
  return rules.some((rule) => {
    if (!rule.endsWith(all)) return plainUrl(rule) === wanted;
    const beginning = plainUrl(rule.slice(0, -all.length) + standIn)?.slice(0, -1);
    // A server may take an encoded step for one that leads up.
    return beginning !== undefined && wanted.startsWith(beginning) && !wanted.includes("%");
  });
}

/** Whether a line of the configuration can be compared with a repository. */
export const isTemplateRule = (rule: string): boolean =>
  plainUrl(rule.endsWith(all) ? rule.slice(0, -all.length) + standIn : rule) !== undefined;

const all = "/*";
/** A repository below a rule's beginning. */
const standIn = "/x";

const plainUrl = (repository: string): string | undefined => {
  const { url } = parseRepository(repository) ?? {};
  return url?.replace(/\/+$/, "").replace(/\.git$/, "");
};
