import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { BatonError } from "#protocol/errors";
import { createClaudeView } from "#runner/core/claude-view";
import {
  buildCommand,
  builtInProfiles,
  type CommandOptions,
  type Profile,
  type ProfileInput,
  ProfileSchema,
  parseListedSession,
  parsePrintedSession,
  sessionLookup,
  withOwnProfiles,
} from "#runner/core/profiles";
import { agentEnvironment, testedAgents } from "#test/agents/environment";
import { tempFolder } from "#test/support/temp";

const sessionId = "3f8a4a35-7451-4104-beb6-7394573510bf";
const base: CommandOptions = {
  mode: "once",
  access: "edit",
  prompt: "do it",
  sessionId,
  cwd: "/work",
  node: "/usr/bin/node",
  filesFolder: "/run/files",
};

/** Agents beside the built-in ones, for what no built-in one does. */
const ownProfiles = {
  allowed: ownProfile("shell", { allowedLines: ["npm test"] }),
  silent: ProfileSchema.parse({
    id: "silent",
    name: "Silent",
    command: "silent",
    modes: { interactive: { arguments: ["{prompt}"], access: { read: {} }, prompt: { via: "none" } } },
  }),
} as const;

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
const onceMode = { arguments: [], access: { read: {} }, prompt: { via: "stdin" } };

const oddPrompt = "-x --help \"two\" 'one'\nnext {cwd} {prompt} $HOME `ls` 😀";
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

describe("profiles", () => {
  describe("commands", () => {
    for (const one of cases) it(one.name, () => check(one));
  });

  it("no prompt or session begins an element that another could swallow", () => {
    for (const profile of Object.values(builtIn())) {
      for (const mode of ["once", "interactive"] as const) {
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

  it("sessions are read from what a CLI prints", () => {
    const learns = (agent: string, mode: "once" | "interactive") => {
      const profile = builtIn()[agent];
      assert.ok(profile);
      const { learnsSession } = buildCommand(profile, { ...base, mode, prompt: "x" });
      assert.ok(learnsSession);
      return learnsSession;
    };
    const other = sessionId.replace("3f8a", "0000");
    const header = `\x1b[1msession id:\x1b[0m ${sessionId}\r\n--------\r\nuser\r\nsession id: ${other}\r\n`;
    assert.equal(parsePrintedSession(learns("codex", "once"), header), sessionId);
    assert.equal(parsePrintedSession(learns("codex", "once"), "session id: soon"), undefined);
    const hints = `claude --resume ${other}\r\n\x1b]0;title\x07\x1b[2mclaude --resume \x1b[1m${sessionId}\x1b[0m\r\n`;
    assert.equal(parsePrintedSession(learns("claude", "interactive"), hints), sessionId);
    assert.equal(
      parsePrintedSession(learns("opencode", "interactive"), "  opencode -s ses_e02eD62\r\n"),
      "ses_e02eD62",
    );
  });

  it("a session that is listed is found by its title", () => {
    const opencode = builtIn().opencode;
    assert.ok(opencode);
    const place = { cwd: "/work", node: "/usr/bin/node" };
    assert.equal(sessionLookup(opencode, { sessionId: "ses_1", ...place }), undefined);
    const lookup = sessionLookup(opencode, { sessionId, ...place });
    assert.deepEqual(lookup?.argv, ["opencode", "session", "list", "--format=json"]);
    const listed = JSON.stringify([
      { id: "ses_2", title: "baton another" },
      { id: "ses_3", title: `baton ${sessionId}` },
    ]);
    assert.equal(lookup && parseListedSession(lookup, listed), "ses_3");
    assert.equal(lookup && parseListedSession(lookup, "[]"), undefined);
    assert.equal(lookup && parseListedSession(lookup, "not JSON"), undefined);
  });

  it("own profiles replace and add", () => {
    const mine = ownProfile("claude", { name: "My Claude" });
    const profiles = withOwnProfiles([mine, ownProfiles.silent]);
    assert.deepEqual(
      profiles.map((profile) => profile.id),
      [...builtInProfiles.map((profile) => profile.id), "silent"],
    );
    assert.equal(profiles[0]?.name, "My Claude");
  });

  describe("what is no profile", () => {
    const wrong: readonly (readonly [field: string, change: Partial<Record<keyof ProfileInput, unknown>>])[] = [
      ["id", { id: "No Id" }],
      ["modes", { modes: {} }],
      ["modes.once.arguments.0", { modes: { once: { ...onceMode, arguments: ["{promt}"] } } }],
      ["modes.once.arguments.0", { modes: { once: { ...onceMode, arguments: ["--x={access}"] } } }],
      ["modes.once.access", { modes: { once: { ...onceMode, access: {} } } }],
      [
        "modes.once.session.printed.pattern",
        { modes: { once: { ...onceMode, session: { resume: [], printed: { pattern: "(a)(b)", pick: "first" } } } } },
      ],
      ["", { colour: "red" } as object],
    ];
    for (const [field, change] of wrong) {
      it(JSON.stringify(change), () => {
        const input = { id: "mine", name: "Mine", command: "mine", modes: { once: onceMode }, ...change };
        const issues = ProfileSchema.safeParse(input).error?.issues ?? [];
        assert.equal(issues[0]?.path.join("."), field);
      });
    }
  });

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

function builtIn(): Record<string, Profile> {
  return Object.fromEntries(builtInProfiles.map((profile) => [profile.id, profile]));
}

function ownProfile(id: string, change: Partial<Profile>): Profile {
  const profile = builtInProfiles.find((candidate) => candidate.id === id);
  assert.ok(profile, id);
  return { ...profile, ...change };
}

/** The prompt of this test and the program of the echo agent, which hold braces by right. */
const isOurs = (text: string): boolean => text.includes(oddPrompt) || text.includes("use strict");
