import assert from "node:assert/strict";
import { BatonError } from "#protocol/errors";
import { buildCommand, type CommandOptions } from "#runner/core/profiles";
import { agentEnvironment, testedAgents } from "#test/agents/environment";
import { base, builtIn, oddPrompt, ownProfiles, sessionId } from "#test/support/profiles";
import { tempFolder } from "#test/support/temp";

interface Case {
  readonly name: string;
  readonly agent: string;
  readonly options?: Partial<CommandOptions>;
  readonly argv?: readonly string[];
  readonly stdin?: string | undefined;
  readonly env?: Record<string, string>;
  readonly files?: readonly string[];
  readonly session?: string | undefined;
  /** The code of the error, or the code and what its text says. */
  readonly error?: string | readonly [code: string, text: RegExp];
}

function check(expected: Case): void {
  const profile = { ...builtIn(), ...ownProfiles }[expected.agent];
  assert.ok(profile, expected.agent);
  const build = () => buildCommand(profile, { ...base, ...expected.options });
  if (expected.error !== undefined) {
    const [code, text] = typeof expected.error === "string" ? [expected.error, /./] : expected.error;
    assert.throws(build, (error) => error instanceof BatonError && error.code === code && text.test(error.message));
    return;
  }
  const command = build();
  if (expected.argv) assert.deepEqual(command.argv, expected.argv);
  if ("stdin" in expected) assert.equal(command.stdin, expected.stdin);
  if (expected.env) assert.deepEqual(command.env, expected.env);
  if (expected.files) assert.deepEqual(Object.keys(command.files), expected.files);
  if ("session" in expected) assert.equal(command.sessionId, expected.session);
}

/** The least that a profile can say of a mode. */

const longPrompt = "é".repeat(100_000);
const resume = { resume: { sessionId } };
const interactive = { mode: "interactive" } as const;

const cases: readonly Case[] = [
  {
    name: "claude: the prompt is on stdin, the session is ours",
    agent: "claude",
    argv: ["claude", "-p", "--permission-mode=acceptEdits", `--session-id=${sessionId}`],
    stdin: "do it",
    session: sessionId,
  },
  {
    name: "claude: read denies every tool that writes by name",
    agent: "claude",
    options: { access: "read", ...resume },
    argv: [
      "claude",
      "-p",
      "--permission-mode=default",
      "--disallowed-tools=Bash,Edit,Write,NotebookEdit",
      `--resume=${sessionId}`,
    ],
    session: sessionId,
  },
  {
    name: "claude: a viewer gets the output for programs",
    agent: "claude",
    options: { access: "full", viewer: ["/usr/bin/node", "/dist/agent-view.cjs"] },
    argv: [
      "/usr/bin/node",
      "/dist/agent-view.cjs",
      "claude-stream-json",
      "claude",
      "-p",
      "--permission-mode=bypassPermissions",
      `--session-id=${sessionId}`,
      "--output-format=stream-json",
      "--verbose",
      "--include-partial-messages",
    ],
  },
  {
    name: "claude: a prompt that looks like an option, in the TUI",
    agent: "claude",
    options: { ...interactive, prompt: oddPrompt },
    argv: ["claude", "--permission-mode=acceptEdits", `--session-id=${sessionId}`, "--", oddPrompt],
    stdin: undefined,
  },
  {
    name: "codex: chooses its session itself",
    agent: "codex",
    argv: [
      ...["codex", "exec", "--skip-git-repo-check", "-c", "approval_policy=never"],
      ...["-c", "sandbox_mode=workspace-write", "-"],
    ],
    stdin: "do it",
    session: undefined,
  },
  {
    name: "codex: resumes by id",
    agent: "codex",
    options: { access: "read", ...resume },
    argv: [
      ...["codex", "exec", "--skip-git-repo-check", "-c", "approval_policy=never"],
      ...["-c", "sandbox_mode=read-only", "resume", sessionId, "-"],
    ],
  },
  {
    name: "codex: the TUI stays in one process",
    agent: "codex",
    options: { ...interactive, access: "full", prompt: "" },
    argv: [
      ...["codex", "-c", "features.daemon_auto_start=false"],
      ...["-c", "sandbox_mode=danger-full-access", "-c", "approval_policy=never"],
    ],
  },
  {
    name: "gemini: read comes with a policy that outranks the user's",
    agent: "gemini",
    options: { access: "read" },
    argv: [
      "gemini",
      "--approval-mode=default",
      "--admin-policy=/run/files/gemini-read.toml",
      `--session-id=${sessionId}`,
    ],
    files: ["gemini-read.toml"],
    env: { GEMINI_CLI_TRUST_WORKSPACE: "true" },
  },
  {
    name: "gemini: full needs no policy",
    agent: "gemini",
    options: { access: "full", ...resume },
    argv: ["gemini", "--approval-mode=yolo", `--resume=${sessionId}`],
    files: [],
  },
  {
    name: "gemini: a prompt that looks like an option, in the TUI",
    agent: "gemini",
    options: { ...interactive, prompt: oddPrompt },
    argv: ["gemini", "--approval-mode=auto_edit", `--session-id=${sessionId}`, `--prompt-interactive=${oddPrompt}`],
  },
  {
    name: "opencode: access is in the environment",
    agent: "opencode",
    options: { access: "read" },
    argv: ["opencode", "run", `--title=baton ${sessionId}`],
    env: { OPENCODE_PERMISSION: '{"edit":"deny","bash":"deny"}' },
    stdin: "do it",
  },
  {
    name: "opencode: resumes by its own id",
    agent: "opencode",
    options: { access: "full", resume: { sessionId: "ses_e02efe54dffe8Q2KkShsMgUVzs" } },
    argv: ["opencode", "run", "--auto", "--session=ses_e02efe54dffe8Q2KkShsMgUVzs"],
    env: {},
    session: "ses_e02efe54dffe8Q2KkShsMgUVzs",
  },
  {
    name: "opencode: the TUI takes no prompt when it resumes",
    agent: "opencode",
    options: { ...interactive, resume: { sessionId: "ses_1" } },
    error: ["request_invalid", /takes none when it resumes/],
  },
  {
    name: "copilot: the same option begins and resumes",
    agent: "copilot",
    options: { access: "read", ...resume },
    argv: ["copilot", "--no-ask-user", "--deny-tool=write", "--deny-tool=shell", `--session-id=${sessionId}`],
    stdin: "do it",
  },
  { name: "echo: needs Node alone", agent: "echo", stdin: "do it", env: { ELECTRON_RUN_AS_NODE: "1" } },
  {
    name: "shell: a line of the configuration",
    agent: "allowed",
    options: { access: "full", prompt: "npm test" },
    argv: ["/bin/sh", "-c", "npm test"],
    stdin: undefined,
  },
  {
    name: "shell: the user's own shell",
    agent: "allowed",
    options: { access: "full", prompt: "npm test", shell: ["cmd.exe", "/d", "/s", "/c"] },
    argv: ["cmd.exe", "/d", "/s", "/c", "npm test"],
  },
  {
    name: "shell: a longer line is another line",
    agent: "allowed",
    options: { access: "full", prompt: "npm test; rm -rf ." },
    error: "command_line_not_allowed",
  },
  { name: "shell: nothing by default", agent: "shell", options: { access: "full" }, error: "command_line_not_allowed" },
  {
    name: "shell: a line that the user said yes to",
    agent: "shell",
    options: { access: "full", prompt: "ls", approved: true },
    argv: ["/bin/sh", "-c", "ls"],
  },
  {
    name: "shell: keeps no level of access",
    agent: "shell",
    options: { approved: true },
    error: ["profile_access_unsupported", /“edit”/],
  },
  {
    name: "a mode that is not there",
    agent: "silent",
    options: { access: "read" },
    error: "profile_mode_unsupported",
  },
  {
    name: "a prompt for an agent that takes none",
    agent: "silent",
    options: { ...interactive, access: "read" },
    error: ["request_invalid", /takes none/],
  },
  {
    name: "a follow-up to an agent without sessions",
    agent: "silent",
    options: { ...interactive, access: "read", prompt: "", ...resume },
    error: "profile_resume_unsupported",
  },
  { name: "a session that nobody knows", agent: "codex", options: { resume: {} }, error: "session_unknown" },
  {
    name: "a session that is an option",
    agent: "claude",
    options: { resume: { sessionId: "--dangerously-skip-permissions" } },
    error: "session_unknown",
  },
  { name: "no prompt where one is needed", agent: "claude", options: { prompt: " \n" }, error: "request_invalid" },
  {
    name: "a prompt that is too long for an argument",
    agent: "claude",
    options: { ...interactive, prompt: longPrompt },
    error: ["request_invalid", /longer than 122880 bytes/],
  },
  {
    name: "a smaller limit, as on Windows",
    agent: "claude",
    options: { ...interactive, prompt: "é".repeat(8), maxPromptArgumentBytes: 15 },
    error: "request_invalid",
  },
  {
    name: "a zero byte in an argument",
    agent: "claude",
    options: { ...interactive, prompt: "a\0b" },
    error: ["request_invalid", /zero byte/],
  },
  ...["claude", "codex", "gemini", "opencode", "copilot"].map((agent) => ({
    name: `${agent}: a prompt of 200 KB is no argument`,
    agent,
    options: { prompt: longPrompt },
    stdin: longPrompt,
  })),
];

describe("the commands of profiles", () => {
  for (const one of cases) it(one.name, () => check(one));

  it("no prompt or session begins an element that another could swallow", () => {
    for (const profile of Object.values(builtIn())) {
      for (const mode of ["once", "interactive"] as const) {
        if (!profile.modes[mode]) continue;
        const options = { ...base, mode, access: "full", prompt: oddPrompt, approved: true } as const;
        const { argv } = buildCommand(profile, options);
        const place = argv.indexOf(oddPrompt);
        assert.ok(place < 0 || ["--", "-c"].includes(argv[place - 1] ?? "") || place === argv.length - 1, profile.id);
        assert.equal(argv.filter((text) => text.includes("{")).length, argv.filter((text) => isOurs(text)).length);
      }
    }
  });

  it("the environment of the tests is allowed by the profiles", () => {
    using home = tempFolder();
    for (const agent of testedAgents) {
      const { env } = agentEnvironment(agent, { home: home.path, cwd: home.path, modelUrl: "http://127.0.0.1:1" });
      const keys = builtIn()[agent]?.environmentKeys ?? [];
      assert.deepEqual(
        Object.keys(env).filter((name) => name !== "HOME" && !keys.includes(name)),
        [],
        agent,
      );
    }
  });
});

/** The prompt of this test and the program of the echo agent, which hold braces by right. */
const isOurs = (text: string): boolean => text.includes(oddPrompt) || text.includes("use strict");
