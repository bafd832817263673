import type { Access } from "#protocol/documents";

/**
 * The level of access where a person names none: `edit`, or the one that an agent has, such as a shell, which keeps no
 * other. Where it has several without `edit` the person has to say, so `edit` is asked for and refused.
 * @param levels of the agent in the mode that is wanted; undefined where they are not known
 */
export function defaultAccess(levels: readonly Access[] | undefined): Access {
  const [only, another] = levels ?? [];
  return only && !another ? only : "edit";
}
