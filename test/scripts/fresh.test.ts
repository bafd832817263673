import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { startProcess } from "#test/support/processes";
import { processesIn } from "#test/support/system";
import { tempFolder } from "#test/support/temp";

/** The two commands of the README, as somebody has them who has just cloned the project. */
describe("a fresh clone", function () {
  this.timeout(300_000);

  it("serves after npm start, with nothing installed and nothing built, and ends at Ctrl-C", async () => {
    using folder = tempFolder("bt");
    const clone = folder.at("clone");
    const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      encoding: "utf8",
    });
    for (const file of files.split("\0").filter((name) => name !== "" && existsSync(name))) {
      mkdirSync(dirname(`${clone}/${file}`), { recursive: true });
      cpSync(file, `${clone}/${file}`);
    }
    await using running = startProcess(["npm", "start"], {
      cwd: clone,
      env: {
        BATON_HOME: folder.at("home"),
        BATON_DIST: undefined,
        BATON_PORT: undefined,
        npm_config_prefer_offline: "true",
      },
      detached: true,
    });
    const link = await running.line((line) => /(http:\S+#link=\S+)/.exec(line)?.[1], 240_000);
    await running.line((line) => (line.includes("Ctrl-C") ? true : undefined));
    assert.match(running.stderr(), /Installing the packages of package-lock\.json/);
    assert.match(running.stdout(), /Folder .*playground/);
    const page = await fetch(new URL("/", link));
    assert.match(await page.text(), /<title>Baton/);
    assert.ok(existsSync(`${clone}/playground/.git`));
    process.kill(-running.pid, "SIGINT");
    await running.exited;
    assert.deepEqual(processesIn(folder.path), []);
  });
});
