import assert from "node:assert/strict";
import { buildCommand, parseListedSession, parsePrintedSession, sessionLookup } from "#runner/core/profiles";
import { base, builtIn, sessionId } from "#test/support/profiles";

describe("the sessions of profiles", () => {
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
});
