import { claude } from "#runner/core/agents/claude";
import { codex } from "#runner/core/agents/codex";
import { copilot } from "#runner/core/agents/copilot";
import { devServer } from "#runner/core/agents/dev-server";
import { echo } from "#runner/core/agents/echo";
import { gemini } from "#runner/core/agents/gemini";
import { opencode } from "#runner/core/agents/opencode";
import { shell } from "#runner/core/agents/shell";
import { type Profile, ProfileSchema } from "#runner/core/profile-schema";

export {
  buildCommand,
  type CommandOptions,
  type ProfileCommand,
} from "#runner/core/profile-command";
export { type Profile, type ProfileInput, ProfileSchema } from "#runner/core/profile-schema";
export {
  parseListedSession,
  parsePrintedSession,
  type SessionLookup,
  sessionLookup,
} from "#runner/core/profile-session";

/**
 * The agents that Baton knows, one record each, in the order they are shown; the first that is there is offered first,
 * so what works at once stands before what the local user is asked about. What stands in the records was tried
 * against the versions that `test/agents/install.mjs` pins, with what surprised us as a comment.
 *
 * What the levels of access mean: in `once` nobody is there to be asked, so `read` changes nothing, `edit` changes
 * files of the folder, `full` does what it likes, and what lies beyond is refused. In `interactive` what lies beyond is
 * asked about in the CLI's own dialog.
 *
 * Prompts go through stdin wherever the CLI reads it: no limit of the kernel on their length, nothing to escape, no
 * prompt that looks like an option, and nothing of it in the list of processes. An option and its value are one element
 * (`--x=y`), because some CLIs let an option swallow the elements behind it.
 */
export const builtInProfiles: readonly Profile[] = [
  claude,
  codex,
  gemini,
  opencode,
  copilot,
  echo,
  shell,
  devServer,
].map((input) => ProfileSchema.parse(input));

/** The built-in profiles with the user's own laid over them: the same id replaces, a new one is added at the end. */
export function withOwnProfiles(own: readonly Profile[]): Profile[] {
  const byId = new Map([...builtInProfiles, ...own].map((profile) => [profile.id, profile]));
  return [...byId.values()];
}
