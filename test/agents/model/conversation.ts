/**
 * Finds what the person typed in a conversation. Every CLI also speaks in the person's name (reminders, environment,
 * instructions), and that is not the prompt.
 */

/** One entry of a conversation, in the order it was sent. */
export interface Entry {
  readonly texts: readonly string[];
  readonly hasToolResult: boolean;
  readonly isUser: boolean;
}

export interface Conversation {
  readonly prompt: string;
  readonly userTexts: readonly string[];
  readonly afterTool: boolean;
  /** How many tool results followed the prompt. */
  readonly toolResults: number;
}

/** The last prompt, everything typed before it, and whether a tool has answered since. */
export function readConversation(entries: readonly Entry[]): Conversation {
  const userTexts: string[] = [];
  let toolResults = 0;
  for (const entry of entries) {
    if (entry.hasToolResult) toolResults++;
    if (!entry.isUser || entry.hasToolResult) continue;
    const typed = entry.texts.map(withoutWrappers).filter((text) => text !== "" && !spokenByTheCli.test(text));
    if (typed.length === 0) continue;
    userTexts.push(...typed);
    toolResults = 0;
  }
  return { prompt: userTexts.at(-1) ?? "", userTexts, afterTool: toolResults > 0, toolResults };
}

/** The working directory that a CLI tells its model somewhere in these texts, or "". */
export function readWorkingDirectory(texts: readonly string[]): string {
  const plain = texts.join("\n").replace(/- \*\*Workspace Directories:\*\*\s*- /, "Current directory: ");
  return (namedDirectory.exec(plain)?.[1] ?? "").replace(/[.,]$/, "");
}

const spokenByTheCli =
  /^(<(system-reminder|environment_context|user_instructions|permissions|session_context|command-|local-command|turn_aborted|state_snapshot|collaboration_mode|skills_instructions|apps_instructions|plugins_instructions|recommended_plugins|hook_context)|# AGENTS\.md|This is the (Gemini|Qwen)|\[Request interrupted|Generate a title)/i;

const namedDirectory =
  /(?:Primary working directory|Working directory|<cwd>|Workspace root folder|working in the directory|current working directory(?: is)?|Current directory)[:>\s]*\s*"?(\/[^\s<"]+)/i;

const withoutWrappers = (text: string): string =>
  text.replace(/<(system-reminder|session_context|current_datetime)>[\s\S]*?<\/\1>/g, "").trim();
