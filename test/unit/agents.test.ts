import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createClaudeView } from "#runner/core/claude-view";
import { buildCommand } from "#runner/core/profiles";
import { base, builtIn, oddPrompt } from "#test/support/profiles";

describe("what comes with the agents", () => {
  it("the echo agent repeats its prompt and ends as it is told", () => {
    for (const [prompt, code] of [
      [oddPrompt, 0],
      ["exit 3", 3],
    ] as const) {
      const echo = builtIn().echo;
      assert.ok(echo);
      const { argv, env, stdin } = buildCommand(echo, { ...base, node: process.execPath, prompt });
      const run = spawnSync(argv[0], argv.slice(1), {
        input: stdin,
        encoding: "utf8",
        env: { ...process.env, ...env },
      });
      assert.equal(run.status, code, run.stderr);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are taken out
      assert.ok(run.stdout.replace(/\x1b\[\d+m/g, "").includes(`${prompt}\n`));
    }
  });

  it("the view of Claude Code shows answers, tools and failures, and steers no terminal", () => {
    const view = createClaudeView();
    const lines = [
      { type: "system", subtype: "init" },
      {
        type: "stream_event",
        event: { type: "content_block_delta", delta: { type: "text_delta", text: "I \x1b[2Jwill" } },
      },
      { type: "assistant", message: { content: [{ type: "text", text: "I will" }] } },
      { type: "assistant", message: { content: [{ type: "tool_use", name: "Bash", input: { command: "ls\nrm" } }] } },
      { type: "stream_event", event: { type: "message_stop" } },
      { type: "user", message: { content: [{ type: "tool_result", content: "1\n2\n3\n4\n5\n6\n7" }] } },
      { type: "result", is_error: true, result: "API Error" },
      { type: "of a later version" },
    ];
    const shown = [...lines.map((line) => JSON.stringify(line)), "not JSON", ""]
      .map((line) => view.feed(line))
      .join("");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are taken out
    const plain = shown.replace(/\x1b\[\d+m/g, "");
    assert.equal(
      plain,
      "I [2Jwill\n● Bash(ls)\n  ⎿ 1\n    2\n    3\n    4\n    5\n    … 2 more lines\nAPI Error\nnot JSON\n",
    );
  });
});
