import * as z from "zod";

/**
 * Makes the `stream-json` output of Claude Code readable, because `claude -p` as text is silent until its end: the
 * answer as it streams in, one line for each tool call, and the first lines of what came of it.
 */

/** Lines of a tool's result that are shown, and characters of a line. */
const maxResultLines = 5;
const maxLineLength = 160;

const Block = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("tool_use"), name: z.string(), input: z.record(z.string(), z.unknown()) }),
  z.looseObject({ type: z.literal("tool_result"), content: z.unknown(), is_error: z.boolean().nullish() }),
]);
const Message = z.looseObject({ content: z.union([z.string(), z.array(z.unknown())]) });
const Delta = z.looseObject({ delta: z.looseObject({ type: z.literal("text_delta"), text: z.string() }) });
const Line = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("stream_event"), event: z.looseObject({ type: z.string() }) }),
  z.looseObject({ type: z.literal("assistant"), message: Message }),
  z.looseObject({ type: z.literal("user"), message: Message }),
  z.looseObject({ type: z.literal("result"), is_error: z.boolean(), result: z.string().optional() }),
]);

export interface AgentView {
  /** What to print for one line of the CLI's output; "" for a line that says nothing to a person. */
  feed(line: string): string;
}

/** How far an agent is with its own list of what is to be done. */
export interface AgentPlan {
  readonly done: number;
  readonly total: number;
  /** What it is at. */
  readonly now?: string;
}

/** @param planned is told each time that the agent writes its list */
export function createClaudeView(planned: (plan: AgentPlan) => void = () => undefined): AgentView {
  let column = 0;

  /** A text that begins on a line of its own. */
  const onOwnLine = (text: string): string => {
    const start = column > 0 ? "\n" : "";
    column = 0;
    return `${start}${text}\n`;
  };

  const showBlock = (content: unknown): string => {
    const block = Block.safeParse(content).data;
    if (block?.type === "tool_use" && block.name === "TodoWrite") planned(planOf(block.input));
    if (block?.type === "tool_use") return onOwnLine(`${bold}● ${block.name}${plain}${shownInput(block.input)}`);
    if (block?.type === "tool_result") return onOwnLine(shownResult(block.content, block.is_error === true));
    return "";
  };

  return {
    feed(line) {
      if (line.trim() === "") return "";
      const parsed = parsedJson(line);
      if (parsed === undefined) return onOwnLine(withoutControls(line));
      const event = Line.safeParse(parsed).data;
      if (event?.type === "stream_event") {
        const isOpenLine = column > 0;
        if (event.event.type === "message_stop") {
          column = 0;
          return isOpenLine ? "\n" : "";
        }
        const text = withoutControls(Delta.safeParse(event.event).data?.delta.text ?? "");
        if (text !== "") column = text.length - (text.lastIndexOf("\n") + 1);
        return text;
      }
      if (event?.type === "assistant" || event?.type === "user") {
        const { content } = event.message;
        return typeof content === "string" ? "" : content.map(showBlock).join("");
      }
      if (event?.type === "result" && event.is_error) {
        return onOwnLine(`${red}${withoutControls(event.result ?? "It ended early.")}${plain}`);
      }
      return "";
    },
  };
}

const Todos = z.looseObject({
  todos: z.array(z.looseObject({ content: z.string(), activeForm: z.string().optional(), status: z.string() })),
});

function planOf(input: Record<string, unknown>): AgentPlan {
  const { todos } = Todos.safeParse(input).data ?? { todos: [] };
  const now = todos.find(({ status }) => status === "in_progress");
  return {
    done: todos.filter(({ status }) => status === "completed").length,
    total: todos.length,
    ...(now && { now: withoutControls(now.activeForm ?? now.content).slice(0, maxLineLength) }),
  };
}

const bold = "\x1b[1m";
const dim = "\x1b[2m";
const red = "\x1b[31m";
const plain = "\x1b[0m";

/** What a tool was called with, in a line: its command, file or first text. */
function shownInput(input: Readonly<Record<string, unknown>>): string {
  const telling = ["command", "file_path", "path", "pattern", "url", "query", "description", "prompt"];
  const key = telling.find((name) => typeof input[name] === "string");
  return key === undefined ? "" : `(${shortened(withoutControls(String(input[key])).split("\n")[0] ?? "")})`;
}

function shownResult(content: unknown, isError: boolean): string {
  const parts = z.array(z.looseObject({ text: z.string() })).safeParse(content).data;
  const text = typeof content === "string" ? content : (parts ?? []).map((part) => part.text).join("\n");
  const lines = withoutControls(text).trimEnd().split("\n");
  const more = lines.length - maxResultLines;
  const shown = [...lines.slice(0, maxResultLines).map(shortened), ...(more > 0 ? [`… ${more} more lines`] : [])];
  return shown.map((line, index) => `${isError ? red : dim}${index === 0 ? "  ⎿ " : "    "}${line}${plain}`).join("\n");
}

const shortened = (line: string): string =>
  line.length > maxLineLength ? `${line.slice(0, maxLineLength - 1)}…` : line;

/** Text of a model must not steer the terminal; line ends and tabs may stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const withoutControls = (text: string): string => text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "");

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
