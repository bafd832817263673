import { createInterface } from "node:readline";
import type { PromptAnswer, PromptQuestion } from "#runner/core/host";
import { maxQuestionWidth } from "#runner/node/caps";
import { editText } from "#runner/node/edit-text";
import { plainLine, plainText } from "#runner/node/plain-text";

export interface TerminalStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * Asks the person at the runner's terminal, one prompt after the other: run, edit, decline.
 * @returns a function for `RunnerHost.ask`; it rejects when the prompt was withdrawn, or where nobody can be asked
 */
export function createTerminalAsker(streams: TerminalStreams) {
  let last: Promise<unknown> = Promise.resolve();
  return (question: PromptQuestion, signal: AbortSignal): Promise<PromptAnswer> => {
    if (!streams.input.isTTY) {
      return Promise.reject(new Error("there is no terminal to ask on; start the runner in one, or set --policy auto"));
    }
    const mine = last.then(() => askOne(streams, question, signal));
    last = mine.catch(() => undefined);
    return mine;
  };
}

const answers: Readonly<Record<string, "run" | "edit" | "decline">> = {
  r: "run",
  run: "run",
  y: "run",
  e: "edit",
  edit: "edit",
  d: "decline",
  decline: "decline",
  n: "decline",
};

async function askOne(streams: TerminalStreams, question: PromptQuestion, signal: AbortSignal): Promise<PromptAnswer> {
  signal.throwIfAborted();
  streams.output.write(describe(question));
  let text = question.prompt.body.text;
  for (;;) {
    const typed = await readLine(streams, "[r]un  [e]dit  [d]ecline > ", signal);
    const answer = answers[typed.trim().toLowerCase()];
    if (answer === "decline") return { decision: "decline" };
    if (answer === "run") return text === question.prompt.body.text ? { decision: "run" } : { decision: "run", text };
    if (answer !== "edit") continue;
    const edited = await editText(text, (first) => readLine(streams, "new text > ", signal, first));
    if (edited.trim() !== "") text = edited;
    streams.output.write(`${indent(text)}\n`);
  }
}

const indent = (text: string): string =>
  plainText(text)
    .split("\n")
    .map((line) => `  │ ${line}`)
    .join("\n");

function describe({ prompt, author, agent, folder }: PromptQuestion): string {
  const who = plainLine(author.name).slice(0, maxQuestionWidth);
  const what = `${agent?.name ?? prompt.agent} (${prompt.mode}, access: ${prompt.access})`;
  const env = Object.entries(prompt.body.env ?? {}).map(([name, value]) => `  with ${name}=${plainLine(value)}`);
  return ["", `${who} asks for ${what} in ${plainLine(folder)}`, indent(prompt.body.text), ...env, ""].join("\n");
}

function readLine(streams: TerminalStreams, question: string, signal: AbortSignal, first = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ ...streams, terminal: true });
    let isAnswered = false;
    const onAbort = () => {
      streams.output.write("\n  (the prompt was withdrawn)\n");
      lines.close();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    lines.once("close", () => {
      signal.removeEventListener("abort", onAbort);
      if (!isAnswered) reject(new Error("the question was not answered"));
    });
    // Ctrl-C ends the runner, also while it asks.
    lines.once("SIGINT", () => {
      lines.close();
      process.kill(process.pid, "SIGINT");
    });
    lines.question(question, (answer) => {
      isAnswered = true;
      lines.close();
      resolve(answer);
    });
    if (first !== "") lines.write(first);
  });
}
