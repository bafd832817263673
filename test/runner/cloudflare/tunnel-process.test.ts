import assert from "node:assert/strict";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installDouble } from "#test/support/cloudflared/double";
import { distFolder } from "#test/support/dist";
import { isAlive, processGone, startProcess } from "#test/support/processes";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

describe("the process of a tunnel", function () {
  this.timeout(30_000);

  it("says how it is, lives as long as a runner wants it, and ends by itself when none does", async () => {
    using temp = tempFolder("bt-cfw");
    const double = installDouble(temp.at("bin"));
    const [wanted, config, steps] = ["wanted", "config.yml", "steps"].map((name) => temp.at(name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(wanted, "");
    writeFileSync(steps, "");
    const args = [`--cloudflared=${double.binary}`, "--port=4000", "--host-header=localhost:4000"];
    await using process_ = startProcess(
      [
        ...([process.execPath, join(distFolder, "cloudflared-tunnel.cjs")] as [string, string]),
        ...[...args, `--config=${config}`, `--wanted=${wanted}`, "--look-ms=40"],
      ],
      { env: { BATON_STEP_FILE: steps } },
    );
    const { pid, url } = await double.tunnel();
    const ready = await until("it says so", async () =>
      readFileSync(steps, "utf8")
        .split("\n")
        .find((line) => line.includes('"ready"')),
    );
    assert.deepEqual(JSON.parse(ready), { tunnel: { state: "ready", url, port: 4000 } });
    let touches = 0;
    await until("it was wanted for longer than it waits", async () => {
      utimesSync(wanted, new Date(), new Date());
      return ++touches > 20 || undefined;
    });
    assert.ok(isAlive(pid), "somebody wants it");
    assert.equal((await process_.exited).code, 0);
    assert.match(process_.stdout(), /no runner wants this tunnel any more/);
    await processGone(pid);
    assert.deepEqual([existsSync(wanted), existsSync(config)], [false, false]);
  });
});
