import * as z from "zod";

/**
 * What the scripted model does with a prompt, the same in every dialect. It looks at the last thing the person typed:
 * with no tool result after it and a usable tool on offer it asks for one tool call, otherwise it answers in text.
 *
 *   anything        a shell command (or a file edit, see `ToolPreference`) that writes the prompt to hello.txt
 *   say …           text only
 *   shell …         hello.txt through the shell tool
 *   write …         hello.txt through a file tool where there is one
 *   run CMD         the shell tool with exactly this command
 *   escalate CMD    like run, but asks Codex to leave its sandbox
 *   call NAME JSON  this tool with these arguments, whether it was offered or not
 *   plan …          the CLI's todo tool, then text
 *   long …          200 words
 *   error …         HTTP 400 in the dialect's own shape
 */

/** Which tool writes hello.txt when the prompt does not say so. */
export type ToolPreference = "shell" | "write";

const JsonSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
});
export const ToolParameters = JsonSchema.nullish();

export interface OfferedTool {
  readonly name: string;
  readonly parameters: z.infer<typeof ToolParameters>;
  /** A tool of the Responses dialect that takes free text instead of JSON. */
  readonly custom: boolean;
}

export type ToolCall =
  | { readonly name: string; readonly input: string }
  | { readonly name: string; readonly arguments: Record<string, unknown> };

/** What the model says and does at one point of a story that a test tells instead of the script. */
export interface StoryStep {
  readonly text: string;
  readonly call?: ToolCall;
  /** The shell tool of whatever CLI asks, with this command. */
  readonly shell?: string;
}

/** One request, as the script sees it. */
export interface Turn {
  readonly model: string;
  readonly stream: boolean;
  /** The last thing the person typed. */
  readonly prompt: string;
  /** Everything the person typed in this conversation, oldest first: shows which session was resumed. */
  readonly userTexts: readonly string[];
  /** A tool result follows the prompt. */
  readonly afterTool: boolean;
  readonly tools: readonly OfferedTool[];
  /** The working directory that the CLI told the model, or "". */
  readonly cwd: string;
  /** Where a story is told for this prompt: its step after that many tool results. */
  readonly step?: StoryStep;
  readonly toolResults: number;
  /** The JSON schema of a structured answer, for the side calls that CLIs make. */
  readonly answerSchema: unknown;
}

/** The longest part of a prompt that an answer repeats; a 200 KB prompt would otherwise take minutes to stream back. */
const maxEchoCharacters = 400;
const longAnswerWords = 200;

const shellTools = [
  "Bash",
  "bash",
  "shell_command",
  "exec_command",
  "shell",
  "local_shell",
  "container.exec",
  "run_shell_command",
  "exec",
];
const writeTools = ["Write", "write", "write_file", "create", "edit"];
const planTools = ["TodoWrite", "todowrite", "todo_write", "update_plan", "write_todos", "TaskCreate"];

export const isError = (turn: Turn): boolean => /^error\b/i.test(turn.prompt);

/** The tool call that the script asks for, or none when it answers in text. */
export function scriptedCall(turn: Turn, preference: ToolPreference): ToolCall | undefined {
  if (turn.step?.shell) return shellCall({ ...turn, prompt: `run ${turn.step.shell}` }, "run");
  if (turn.step) return turn.step.call;
  if (turn.afterTool) return undefined;
  const verb = /^(say|shell|write|run|escalate|call|plan|long)\b/i.exec(turn.prompt)?.[1]?.toLowerCase() ?? "";
  if (verb === "say" || verb === "long") return undefined;
  if (verb === "call") return namedCall(turn.prompt);
  const plan = verb === "plan" ? offered(turn.tools, planTools) : undefined;
  if (plan) return planCall(plan, turn.prompt);
  const wantsWrite = verb === "write" || (preference === "write" && verb !== "shell" && verb !== "run");
  return (wantsWrite ? writeCall(turn) : undefined) ?? shellCall(turn, verb);
}

/** The text of an answer: what was asked, or the structured value that a side call wants. */
export function scriptedText(turn: Turn): string {
  if (turn.answerSchema !== undefined && turn.answerSchema !== null) {
    return JSON.stringify(smallestValue(turn.answerSchema, turn.prompt));
  }
  if (turn.step) return turn.step.text;
  if (/^long\b/i.test(turn.prompt)) {
    return Array.from({ length: longAnswerWords }, (_, index) => `word${index} `).join("");
  }
  const rest = turn.prompt.length - maxEchoCharacters;
  return rest > 0
    ? `done: ${turn.prompt.slice(0, maxEchoCharacters)}… (${turn.prompt.length} characters)`
    : `done: ${turn.prompt}`;
}

/** What the model says before a tool call. */
export const textBeforeCall = (turn: Turn): string => turn.step?.text ?? "I will write it.";

/** A text in pieces of a few characters, as a model streams it. */
export const pieces = (text: string): string[] => text.match(/[\s\S]{1,8}/gu) ?? [""];

function namedCall(prompt: string): ToolCall | undefined {
  const [, name, json] = /^call\s+(\S+)\s*([\s\S]*)$/i.exec(prompt) ?? [];
  if (name === undefined) return undefined;
  return { name, arguments: z.record(z.string(), z.unknown()).parse(JSON.parse(json || "{}")) };
}

function planCall(tool: OfferedTool, prompt: string): ToolCall {
  const steps = [
    { step: "Look around", status: "completed" },
    { step: "Write hello.txt", status: "in_progress" },
    { step: "Report", status: "pending" },
  ];
  if (tool.name === "update_plan") return { name: tool.name, arguments: { explanation: "scripted", plan: steps } };
  if (tool.name === "TaskCreate") {
    return {
      name: tool.name,
      arguments: { subject: "Write hello.txt", description: prompt, activeForm: "Writing hello.txt" },
    };
  }
  const todos = steps.map(({ step, status }, index) =>
    tool.name === "write_todos"
      ? { description: step, status }
      : { id: String(index + 1), content: step, status, activeForm: step, priority: "medium" },
  );
  return { name: tool.name, arguments: { todos } };
}

function writeCall(turn: Turn): ToolCall | undefined {
  const file = `${turn.cwd || "."}/hello.txt`;
  const content = `${turn.prompt}\n`;
  const tool = offered(turn.tools, writeTools);
  if (tool && takes(tool, "filePath")) return { name: tool.name, arguments: { filePath: file, content } };
  if (tool && takes(tool, "file_path")) return { name: tool.name, arguments: { file_path: file, content } };
  if (tool && takes(tool, "path")) return { name: tool.name, arguments: { path: file, file_text: content, content } };
  const patch = turn.tools.find((candidate) => candidate.name === "apply_patch" && candidate.custom);
  if (!patch) return undefined;
  const line = turn.prompt.replace(/\n/g, " ");
  return { name: patch.name, input: `*** Begin Patch\n*** Add File: hello.txt\n+${line}\n*** End Patch` };
}

function shellCall(turn: Turn, verb: string): ToolCall | undefined {
  const tool = offered(turn.tools, shellTools);
  if (!tool) return undefined;
  const isExact = verb === "run" || verb === "escalate";
  const command = isExact
    ? turn.prompt.replace(/^\w+\s+/, "")
    : `printf '%s\\n' ${shellQuoted(turn.prompt)} > hello.txt`;
  if (tool.custom) {
    return {
      name: tool.name,
      input: `const r = await tools.exec_command({ cmd: ${JSON.stringify(command)} });\ntext(r.output ?? r);`,
    };
  }
  if (takes(tool, "cmd")) {
    const escalation = {
      sandbox_permissions: "require_escalated",
      justification: "scripted: may I run this outside the sandbox?",
    };
    return { name: tool.name, arguments: { cmd: command, ...(verb === "escalate" ? escalation : {}) } };
  }
  const parameter = z.looseObject({ type: z.unknown() }).safeParse(tool.parameters?.properties?.command).data;
  return {
    name: tool.name,
    arguments: {
      command: parameter?.type === "array" ? ["bash", "-lc", command] : command,
      ...(takes(tool, "description") ? { description: "scripted command" } : {}),
      ...(tool.parameters?.required?.includes("is_background") ? { is_background: false } : {}),
    },
  };
}

const offered = (tools: readonly OfferedTool[], names: readonly string[]): OfferedTool | undefined =>
  names.map((name) => tools.find((tool) => tool.name === name)).find((tool) => tool !== undefined);

const takes = (tool: OfferedTool, parameter: string): boolean => tool.parameters?.properties?.[parameter] !== undefined;

const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const AnySchema = z.looseObject({
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
});

/** The smallest value that a JSON schema accepts. */
function smallestValue(schema: unknown, prompt: string): unknown {
  const shape = AnySchema.safeParse(schema).data ?? {};
  if (shape.enum) return shape.enum[0];
  if (shape.anyOf) return smallestValue(shape.anyOf[0], prompt);
  const type = String((Array.isArray(shape.type) ? shape.type[0] : shape.type) ?? "object").toLowerCase();
  const byType: Record<string, () => unknown> = {
    object: () =>
      Object.fromEntries(
        Object.entries(shape.properties ?? {}).map(([key, value]) => [key, smallestValue(value, prompt)]),
      ),
    array: () => [],
    boolean: () => false,
    number: () => 1,
    integer: () => 1,
  };
  return byType[type]?.() ?? (prompt.slice(0, 40) || "ok");
}
