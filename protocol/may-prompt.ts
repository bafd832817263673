import type { Runner } from "#protocol/documents";

/**
 * Whether a member may have agents work on a runner, by a prompt or by typing into its terminals: the runner's own
 * member decides who, and always may.
 */
export const mayPrompt = (runner: Pick<Runner, "promptedBy" | "memberId">, memberId: Runner["memberId"]): boolean =>
  runner.promptedBy === "team" || runner.memberId === memberId || runner.promptedBy.includes(memberId);
