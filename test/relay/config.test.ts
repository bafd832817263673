import assert from "node:assert/strict";
import { type RelayConfig, readConfig, settings } from "#relay/config";
import { artifact } from "#test/support/dist";
import { takePort } from "#test/support/ports";
import { runProcess } from "#test/support/processes";
import { startRelayProcess } from "#test/support/relay";
import { tempFolder } from "#test/support/temp";

const relay = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  runProcess([process.execPath, artifact("relay"), ...args], { env: { PORT: undefined, ...env }, timeoutMs: 10_000 });

describe("relay: configuration", () => {
  it("takes a flag before a variable before the default", () => {
    assert.equal(readConfig({}, {}).port, 4000);
    assert.equal(readConfig({}, { BATON_PORT: "5000" }).port, 5000);
    assert.equal(readConfig({}, { BATON_PORT: "5000", PORT: "6000" }).port, 6000);
    assert.equal(readConfig({ port: "7000" }, { PORT: "6000" }).port, 7000);
    assert.equal(readConfig({}, { BATON_JSON: "1" }).json, true);
    assert.equal(readConfig({}, { BATON_JSON: "0" }).json, false);
    assert.equal(readConfig({}, {}).publicShares, true);
    assert.equal(readConfig({}, { BATON_PUBLIC_SHARES: "off" }).publicShares, false);
    const { keepAliveSeconds, keepDays } = readConfig({}, {});
    assert.equal(readConfig({ keepDays: "8" }, {}).keepDays, 8);
    assert.deepEqual({ keepAliveSeconds, keepDays }, { keepAliveSeconds: 15, keepDays: 0 }, "nothing is thrown away");
  });

  const wrong: readonly [Partial<Record<keyof RelayConfig, string>>, NodeJS.ProcessEnv, RegExp][] = [
    [{ port: "65536" }, {}, /^--port: /],
    [{ port: "4000.5" }, {}, /^--port: /],
    [{}, { PORT: "http" }, /^PORT: /],
    [{}, { BATON_TRUST_PROXY: "yes" }, /^BATON_TRUST_PROXY: /],
    [{ publicUrl: "baton.example" }, {}, /^--public-url: /],
    [{ publicUrl: "https://baton.example/path" }, {}, /^--public-url: /],
    [{ publicUrl: "javascript:alert(1)" }, {}, /^--public-url: /],
    [{ keepAliveSeconds: "0" }, {}, /^--keep-alive-seconds: /],
    [{}, { BATON_KEEP_DAYS: "-1" }, /^BATON_KEEP_DAYS: /],
    [{ keepDays: "7" }, {}, /^--keep-days: expected 0, or at least 8: /],
    [{ logLevel: "loud" }, {}, /^--log-level: /],
    [{ host: "a b" }, {}, /^--host: /],
    [{ host: "0.0.0.0" }, {}, /^--public-url: /],
    [{ onlyAt: "a-name" }, {}, /^--only-at: /],
    [{ team: "" }, {}, /^--team: /],
    [{ publicShares: "no" }, {}, /^--public-shares: expected on or off/],
  ];
  for (const [flags, environment, names] of wrong) {
    it(`names what is wrong: ${JSON.stringify({ ...flags, ...environment })}`, () => {
      assert.throws(
        () => readConfig(flags, environment),
        (error: Error) => {
          assert.equal(error.name, "ConfigError");
          assert.match(error.message, names);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
  }

  it("shows every flag with its variable in the help, and exits 2 with one line for a wrong value", async () => {
    const { stdout, code } = await relay(["--help"]);
    assert.equal(code, 0);
    for (const { flags, environment } of settings) {
      assert.ok(stdout.includes(flags), flags);
      for (const name of environment) assert.ok(stdout.replace(/\s+/g, " ").includes(name), name);
    }
    for (const args of [["--port", "x"], ["--unknown"], ["serve", "--host"], ["join-token", "--uses", "0"], ["link"]]) {
      const answer = await relay(args);
      assert.equal(answer.code, 2, args.join(" "));
      assert.equal(answer.stderr.trim().split("\n").length, 1, answer.stderr);
    }
  });

  it("says what was meant, in one line", async () => {
    const unknown = await relay(["lnk", "Ana"]);
    assert.deepEqual([unknown.code, unknown.stderr], [2, "error: unknown command 'lnk'; see “baton-relay --help”\n"]);
    const option = await relay(["--unknown"]);
    assert.match(option.stderr, /^error: unknown option '--unknown'; see “baton-relay --help”\n$/);
    const folder = await relay(["--port", "0", "--data", "/proc/x"]);
    assert.equal(folder.code, 1);
    assert.match(folder.stderr, /^--data: the folder \/proc\/x\S* cannot be made \(\w+\)\. Name another one\.\n$/);
  });

  it("says in one line why it cannot start", async () => {
    const temp = tempFolder("config");
    const { port, release } = await takePort(0);
    const taken = await relay(["--port", String(port), "--data", temp.at("one")]);
    assert.equal(taken.code, 1);
    assert.match(taken.stderr.trim().split("\n").at(-1) ?? "", new RegExp(`--port: ${port} is taken`));
    await release();
    await using running = await startRelayProcess({ dataFolder: temp.at("two") });
    assert.ok(running.pid);
    const locked = await relay(["--port", "0", "--data", temp.at("two")]);
    assert.equal(locked.code, 1);
    assert.match(locked.stderr, new RegExp(String(running.pid)));
    const nobody = await relay(["link", "Ana", "--data", temp.at("three")]);
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /No relay runs/);
    temp.remove();
  });
});
