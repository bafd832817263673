import type { ProfileInput } from "#runner/core/profile-schema";

/**
 * The agent that needs nothing, for trying Baton and for tests. Node runs the program with `--eval`, so that no file of
 * ours has to exist where it runs. Its first argument is the mode, then comes `session=ID` or `resume=ID`, then, in
 * `interactive`, a first prompt.
 *
 * once: prints the prompt word by word and exits 0; a prompt `exit N` exits with N.
 * interactive: answers each typed line until `exit` or `exit N`.
 *
 * Braces around a single word would be taken for a placeholder of the profile.
 */
const program = String.raw`
"use strict";
const wordMs = 30, longestMs = 3000;
const paint = (code, text) => "\x1b[" + code + "m" + text + "\x1b[0m";
const exitCode = (line) => {
  const found = /^exit(?:\s+(\d+))?$/.exec(line.trim());
  return found && Number(found[1] || 0);
};
const [mode, session, prompt] = process.argv.slice(1);
const say = async (text) => {
  const words = text.split(/(?<=\s)/);
  const pauseMs = Math.min(wordMs, longestMs / words.length);
  let hue = 0, owedMs = 0;
  for (const word of words) {
    process.stdout.write(paint(31 + (hue++ % 6), word));
    owedMs += pauseMs;
    if (owedMs < 10) continue;
    await new Promise((resolve) => setTimeout(resolve, owedMs));
    owedMs = 0;
  }
  process.stdout.write("\n");
};
const once = async () => {
  process.stdin.setEncoding("utf8");
  let text = "";
  for await (const chunk of process.stdin) text += chunk;
  if (session) process.stdout.write(paint(2, session.replace(/^resume=/, "going on with ")) + "\n");
  await say(text);
  process.stdout.write(paint(2, "done") + "\n");
  process.exitCode = exitCode(text) || 0;
};
const interactive = async () => {
  if (prompt) await say(prompt);
  const streams = { input: process.stdin, output: process.stdout, prompt: paint(36, "echo> ") };
  const lines = require("node:readline").createInterface(streams);
  lines.prompt();
  for await (const line of lines) {
    const code = exitCode(line);
    if (code !== null) process.exit(code);
    await say(line);
    lines.prompt();
  }
};
(mode === "once" ? once() : interactive()).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
`;

const harmless = { read: {}, edit: {}, full: {} };
const session = { start: ["session={sessionId}"], resume: ["resume={sessionId}"] };
/** The editor's own executable is Node when it is asked to be; Node itself takes no notice. */
const env = { ELECTRON_RUN_AS_NODE: "1" };

export const echo: ProfileInput = {
  id: "echo",
  name: "Echo",
  icon: "megaphone",
  command: "{node}",
  versionArguments: [],
  modes: {
    once: {
      arguments: ["--eval", program, "--", "once", "{session}"],
      access: harmless,
      prompt: { via: "stdin" },
      session,
      env,
    },
    interactive: {
      arguments: ["--eval", program, "--", "interactive", "{session}", "{prompt}"],
      access: harmless,
      prompt: { via: "argument", arguments: ["{prompt}"] },
      session,
      env,
    },
  },
};
