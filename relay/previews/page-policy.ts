/** A script's tag that a page's policies let in, without a change of theirs. */
export interface AllowedTag {
  /** A nonce that every policy with nonces names. */
  readonly nonce?: string;
}

/**
 * Whether a page's own policies let in a script of the page's own origin (CSP3, sections 6.7.1 and 6.7.2). Where they do
 * not, the page is shown as it is: nobody's policy is made weaker for Baton.
 * @param policies as headers name them, each perhaps a list
 */
export function allowedTag(policies: readonly string[]): AllowedTag | undefined {
  let nonce: string | undefined;
  for (const policy of policies.flatMap((header) => header.split(","))) {
    const directives = directivesOf(policy);
    // Its origin may be none at all, which is nobody's own.
    if (directives.has("sandbox")) return undefined;
    const sources = ["script-src-elem", "script-src", "default-src"].map((name) => directives.get(name)).find(Boolean);
    if (!sources) continue;
    const nonces = sources.flatMap((source) => /^'nonce-([A-Za-z0-9+/_=-]+)'$/.exec(source)?.[1] ?? []);
    if (nonces.length > 0) {
      if (nonce !== undefined && !nonces.includes(nonce)) return undefined;
      nonce ??= nonces[0];
      continue;
    }
    const byHost = sources.some((source) => /^('self'|\*|https?:)$/i.test(source));
    if (!byHost || sources.some((source) => source.toLowerCase() === "'strict-dynamic'")) return undefined;
  }
  return nonce === undefined ? {} : { nonce };
}

/** The first of a name counts. */
function directivesOf(policy: string): Map<string, readonly string[]> {
  const directives = new Map<string, readonly string[]>();
  for (const directive of policy.split(";")) {
    const [name = "", ...sources] = directive.trim().split(/\s+/);
    const key = name.toLowerCase();
    if (key && !directives.has(key)) directives.set(key, sources);
  }
  return directives;
}
