import { createInterface } from "node:readline";
import { plainLine, plainText } from "#protocol/plain-text";
import { buildLines } from "#runner/core/build-question";
import type { PromptAnswer, PromptQuestion } from "#runner/core/host";
import { maxQuestionWidth } from "#runner/node/caps";
import { editText } from "#runner/node/edit-text";
import { readKey, type TerminalStreams } from "#runner/node/read-key";

/**
 * Asks the person at the runner's terminal, one prompt after the other: run, edit, decline.
 * @param configFile the user's configuration, for what helps where nobody can be asked
 * @returns a function for `RunnerHost.ask`; it rejects when the prompt was withdrawn, or where nobody can be asked
 */
export function createTerminalAsker(streams: TerminalStreams, configFile: string) {
  let last: Promise<unknown> = Promise.resolve();
  return (question: PromptQuestion, signal: AbortSignal): Promise<PromptAnswer> => {
    if (!streams.input.isTTY) return Promise.reject(new Error(nobodyThere(question, configFile)));
    const mine = last.then(() => askOne(streams, question, signal));
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Why a prompt waits for somebody, and what makes it run where nobody is. */
function nobodyThere({ why, prompt }: PromptQuestion, configFile: string): string {
  const { setUp, template } = prompt.body.build ?? {};
  const line = JSON.stringify(plainLine(setUp ?? prompt.body.text).slice(0, maxQuestionWidth));
  const isSession = prompt.mode === "interactive" && setUp === undefined ? "queue it as “once”, and " : "";
  const source = JSON.stringify(template?.kind === "git" ? plainLine(template.repository) : "");
  const help: Readonly<Record<PromptQuestion["why"], string>> = {
    policy: "set --policy auto",
    agent: `take “${plainLine(prompt.agent)}” out of “askAgents” in the folder's baton.json`,
    line: `${isSession}allow the command line in ${configFile}: {"shellLines": [${line}]}`,
    template: `allow the template's repository in ${configFile}: {"templateSources": [${source}]}`,
  };
  return `there is no terminal to ask on; start the runner in one, or ${help[why]}`;
}

const keys = { r: "run", y: "run", e: "edit", d: "decline", n: "decline" } as const;

async function askOne(streams: TerminalStreams, question: PromptQuestion, signal: AbortSignal): Promise<PromptAnswer> {
  signal.throwIfAborted();
  streams.output.write(describe(question));
  let text = question.prompt.body.text;
  for (;;) {
    const answer = await readKey(streams, "[r]un  [e]dit  [d]ecline > ", keys, signal).catch((error: unknown) => {
      streams.output.write(signal.aborted ? withdrawn : "\n");
      throw error;
    });
    streams.output.write(`${answer}\n`);
    if (answer === "decline") return { decision: "decline" };
    if (answer === "run") return text === question.prompt.body.text ? { decision: "run" } : { decision: "run", text };
    const edited = await editText(text, streams, (first) => readLine(streams, "new text > ", signal, first));
    if (edited.trim() !== "") text = edited;
    streams.output.write(`${indent(text)}\n`);
  }
}

const withdrawn = "\n  (the prompt was withdrawn)\n";

const indent = (text: string): string =>
  plainText(text)
    .split("\n")
    .map((line) => `  │ ${line}`)
    .join("\n");

/** What is asked, with all that would happen, what comes before the agent first. */
export function describe({ prompt, author, agent, folder }: PromptQuestion): string {
  const who = plainLine(author.name).slice(0, maxQuestionWidth);
  const what = `${agent?.name ?? prompt.agent} (${prompt.mode}, access: ${prompt.access})`;
  const env = Object.entries(prompt.body.env ?? {}).map(([name, value]) => `  with ${name}=${plainLine(value)}`);
  const attached = (prompt.body.attachments ?? []).map(({ name }) => `  with the picture ${name}`);
  const build = buildLines(prompt).map((line) => `  ${line}`);
  const asks = `${who} asks for ${what} in ${plainLine(folder)}`;
  return ["", asks, ...build, indent(prompt.body.text), ...env, ...attached, ""].join("\n");
}

function readLine(streams: TerminalStreams, question: string, signal: AbortSignal, first = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ ...streams, terminal: true });
    let isAnswered = false;
    const onAbort = () => {
      streams.output.write(withdrawn);
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
