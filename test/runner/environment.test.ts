import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import { allowedEnvironment, variable } from "#runner/node/environment";
import { findExecutable } from "#runner/node/find-executable";
import { checkFolder } from "#runner/node/folders";
import { createLoginEnvironment } from "#runner/node/login-shell";
import { withOwnPath } from "#runner/node/own-path";
import { tempFolder } from "#test/support/temp";

const quiet = () => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

describe("runner: environment of agents", () => {
  const temp = tempFolder("env");
  after(() => temp.remove());
  const executable = (path: string, text: string) => {
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  };

  it("holds what is on the list and nothing else", () => {
    const source = { PATH: "/bin", LC_ALL: "C", AWS_SECRET_ACCESS_KEY: "s", ANTHROPIC_API_KEY: "k", Path: "no" };
    assert.deepEqual(allowedEnvironment(source, ["ANTHROPIC_API_KEY"], "linux"), {
      PATH: "/bin",
      LC_ALL: "C",
      ANTHROPIC_API_KEY: "k",
    });
  });

  it("compares names as the platform does", () => {
    assert.deepEqual(allowedEnvironment({ Path: "C:\\bin", SystemRoot: "C:\\W" }, [], "win32"), {
      Path: "C:\\bin",
      SystemRoot: "C:\\W",
    });
    assert.equal(variable({ Path: "x" }, "PATH", "win32"), "x");
    assert.equal(variable({ Path: "x" }, "PATH", "linux"), undefined);
  });

  it("is the login shell's, whatever its start-up files print or leave running", async () => {
    const shell = temp.at("loud-shell");
    executable(
      shell,
      '#!/bin/sh\necho "welcome, {\\"PATH\\":\\"/wrong\\"}"\nexport PATH="/from/profile:$PATH" FROM_PROFILE="a\nb"\nsleep 60 &\nexec /bin/sh -c "$4"\n',
    );
    const started = performance.now();
    const env = await createLoginEnvironment(log, { PATH: process.env.PATH ?? "", SHELL: shell })();
    assert.ok(env.PATH?.startsWith("/from/profile:"));
    assert.equal(env.FROM_PROFILE, "a\nb");
    assert.equal(env.BATON_RESOLVING_ENVIRONMENT, undefined);
    assert.ok(performance.now() - started < 4_000, "what runs in the background is not waited for");
  });

  it("keeps what this process alone has on its PATH, in front of what the login shell has", async () => {
    const shell = temp.at("replacing-shell");
    executable(shell, '#!/bin/sh\nexport PATH=/usr/bin:/bin:/from/login\nexec /bin/sh -c "$4"\n');
    const path = async (own: string) => (await createLoginEnvironment(log, { PATH: own, SHELL: shell })()).PATH;
    assert.equal(await path("/venv/bin:/usr/bin"), "/venv/bin:/usr/bin:/bin:/from/login");
    assert.equal(await path("/usr/bin:/bin"), "/usr/bin:/bin:/from/login", "a bare PATH does not change the order");
  });

  const paths: { login: string; own: string; is: string; platform: NodeJS.Platform }[] = [
    { login: "/a:/b", own: "/b/:/a", is: "/a:/b", platform: "linux" },
    { login: "/a:/b", own: "", is: "/a:/b", platform: "darwin" },
    { login: "/a:/b", own: "/new:/b", is: "/new:/b:/a", platform: "linux" },
    { login: "/A", own: "/a", is: "/a:/A", platform: "linux" },
    { login: "C:\\A;C:\\B", own: "c:\\a\\", is: "C:\\A;C:\\B", platform: "win32" },
    { login: "C:\\A;C:\\B", own: "D:\\new;c:\\b", is: "D:\\new;c:\\b;C:\\A", platform: "win32" },
  ];
  for (const { login, own, is, platform } of paths) {
    it(`PATH of ${login} with ${own || "nothing"} is ${is} on ${platform}`, () => {
      const name = platform === "win32" ? "Path" : "PATH";
      assert.deepEqual(withOwnPath({ [name]: login, REST: "1" }, { PATH: own }, platform), { [name]: is, REST: "1" });
    });
  }

  it("falls back to the process's own where the shell fails", async () => {
    const own = { PATH: "/bin:/usr/bin", SHELL: temp.at("no-such-shell"), MINE: "1" };
    assert.equal(await createLoginEnvironment(log, own)(), own);
    const broken = temp.at("broken-shell");
    executable(broken, "#!/bin/sh\nexit 3\n");
    const other = { ...own, SHELL: broken };
    assert.equal(await createLoginEnvironment(log, other)(), other);
  });

  it("finds programs on PATH, never in a relative folder", () => {
    mkdirSync(temp.at("a"));
    mkdirSync(temp.at("b"));
    executable(temp.at("b", "tool"), "#!/bin/sh\n");
    writeFileSync(temp.at("a", "tool"), "not executable");
    const env = { PATH: [".", "", temp.at("a"), temp.at("b")].join(delimiter) };
    assert.equal(findExecutable("tool", env), temp.at("b", "tool"));
    assert.equal(findExecutable(temp.at("b", "tool"), env), temp.at("b", "tool"));
    assert.equal(findExecutable("../b/tool", env), undefined);
    assert.equal(findExecutable("nothing", env), undefined);
  });

  it("finds programs by PATHEXT on Windows", () => {
    writeFileSync(temp.at("a", "agent.CMD"), "");
    const env = { Path: temp.at("a"), PATHEXT: ".EXE;.CMD" };
    assert.equal(findExecutable("agent", env, "win32"), temp.at("a", "agent.CMD"));
    assert.equal(findExecutable("agent.CMD", env, "win32"), temp.at("a", "agent.CMD"));
  });
});

describe("runner: folders of prompts", () => {
  const temp = tempFolder("folders");
  after(() => temp.remove());
  const own = temp.at("own");
  before(() => {
    mkdirSync(temp.at("own", "below"), { recursive: true });
    mkdirSync(temp.at("own-not"));
    mkdirSync(temp.at("allowed", "deep"), { recursive: true });
    mkdirSync(temp.at("secret"));
    symlinkSync(temp.at("secret"), temp.at("own", "way-out"));
    symlinkSync(temp.at("allowed"), temp.at("own", "way-in"));
    writeFileSync(temp.at("own", "file"), "");
  });
  const cases: { folder: string | undefined; real: string | undefined }[] = [
    { folder: undefined, real: "own" },
    { folder: "", real: "own" },
    { folder: ".", real: "own" },
    { folder: "below", real: "own/below" },
    { folder: "below/../below", real: "own/below" },
    { folder: "way-in/deep", real: "allowed/deep" },
    { folder: "way-out", real: undefined },
    { folder: "..", real: undefined },
    { folder: "../own-not", real: undefined },
    { folder: "../secret", real: undefined },
    { folder: "file", real: undefined },
    { folder: "nowhere", real: undefined },
    { folder: "/etc", real: undefined },
  ];
  for (const { folder, real } of cases) {
    it(`${folder ?? "none"} is ${real ?? "refused"}`, async () => {
      const checked = checkFolder(own, [temp.at("allowed")], folder);
      if (real) assert.equal(await checked, temp.at(real));
      else await assert.rejects(checked, { code: "folder_not_allowed" });
    });
  }
});
