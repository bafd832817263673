import assert from "node:assert/strict";
import { baton } from "#test/support/baton";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { tempFolder } from "#test/support/temp";

describe("cli: a runner that means harm", () => {
  const temp = tempFolder("cli-attack");
  let team: RelayTeam;
  before(async () => {
    team = await startTeam();
  });
  after(async () => {
    await team[Symbol.asyncDispose]();
    temp.remove();
  });

  it("sends no escape sequence to the terminal of whoever prompts it", async () => {
    await assert.rejects(team.pair("evil\u001b]0;name\u0007"), /request_invalid/, "the relay takes no such name");
    const evil = await team.pair("evil");
    using link = await evil.connect();
    const { runnerId } = evil.identity;
    const running = baton(
      ["run", "hello", "--agent", "echo", "--runner", runnerId, "--relay", team.relay.url, "--token", team.owner.token],
      { home: temp.at("home") },
    );
    const { prompt } = await link.next("prompt.offer");
    const reason = { code: "spawn_failed", params: { command: "x", reason: "\u001b]52;c;cm0gLXJm\u0007\u009b2J\r" } };
    link.send({ type: "prompt.declined", promptId: prompt.id, attempt: 1, reason });
    const { stdout, stderr, code } = await running;
    assert.equal(code, 1);
    assert.match(stderr, /declined/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come
    assert.doesNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
});
