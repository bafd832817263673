import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cloudflaredVersion, findCloudflared, installedCloudflared } from "#runner/node/cloudflare/binary";
import { installCloudflared } from "#runner/node/cloudflare/install";
import { installDouble } from "#test/support/cloudflared/double";
import { artifact } from "#test/support/dist";
import { runProcess } from "#test/support/processes";
import { type TempFolder, tempFolder } from "#test/support/temp";

/** Stands in for the download alone, as the network is missing: what it puts there is the double. */
const downloads = (from: string) => `
  const fs = require("node:fs");
  fs.copyFileSync(${JSON.stringify(from)}, process.argv[2]);
  fs.chmodSync(process.argv[2], 0o755);`;

/** Tests stay on this machine: no name leads anywhere. */
const noNames = `
  require("node:dns").lookup = (name, options, done = options) =>
    process.nextTick(done, Object.assign(new Error("getaddrinfo ENOTFOUND " + name), { code: "ENOTFOUND" }));`;

describe("cloudflared itself", function () {
  this.timeout(60_000);
  let temp: TempFolder;
  before(() => artifact("cli"));
  beforeEach(() => {
    temp = tempFolder("bt-cfi");
  });
  afterEach(() => temp.remove());

  const built = (script: string): string => {
    mkdirSync(temp.at("built"), { recursive: true });
    writeFileSync(temp.at("built", "cloudflared-install.cjs"), script);
    return temp.at("built");
  };
  const left = () => readdirSync(temp.at("data", "cloudflare")).filter((name) => name.endsWith(".tmp"));
  const install = (script: string, signal?: AbortSignal) =>
    installCloudflared({ data: temp.at("data"), built: built(script), ...(signal && { signal }) });
  const refused = (reason: RegExp) => (error: { code?: string; message: string }) => {
    assert.equal(error.code, "cloudflared_not_installed");
    assert.match(error.message, reason);
    return true;
  };

  it("is the one that the user has named, else the one on PATH, else the installed one", () => {
    const onPath = installDouble(temp.at("path")).binary;
    const other = installDouble(temp.at("other")).binary;
    const data = temp.at("data");
    const none = { PATH: temp.at("nowhere") };
    const installed = installedCloudflared(data);
    assert.equal(findCloudflared({ named: undefined, environment: none, data }), undefined);
    mkdirSync(join(installed, ".."), { recursive: true });
    copyFileSync(onPath, installed);
    assert.equal(findCloudflared({ named: undefined, environment: none, data }), installed);
    const environment = { PATH: temp.at("path") };
    assert.equal(findCloudflared({ named: undefined, environment, data }), onPath);
    assert.equal(findCloudflared({ named: other, environment, data }), other);
    assert.throws(() => findCloudflared({ named: temp.at("gone"), environment, data }), {
      code: "cloudflared_unusable",
    });
  });

  it("is asked for its version, so that another program is not taken for it", async () => {
    assert.equal(await cloudflaredVersion(installDouble(temp.at("bin")).binary), "2025.8.0");
    const other = temp.at("other");
    writeFileSync(other, "#!/bin/sh\necho hello\n");
    chmodSync(other, 0o755);
    await assert.rejects(cloudflaredVersion(other), { code: "cloudflared_unusable" });
  });

  it("is installed whole, and by two windows at once", async () => {
    const script = downloads(installDouble(temp.at("bin")).binary);
    const files = await Promise.all([install(script), install(script)]);
    assert.deepEqual([...new Set(files)], [installedCloudflared(temp.at("data"))]);
    assert.equal(await cloudflaredVersion(files[0]), "2025.8.0");
    assert.deepEqual(left(), []);
  });

  const bad: readonly (readonly [string, string, RegExp])[] = [
    ["ends well and has brought nothing", "process.exit(0)", /ENOENT/],
    ["brings half of it", downloads("/dev/null"), /cloudflared could not be installed/],
    ["says why", 'process.stderr.write("HTTP response with status code: 404"); process.exit(1)', /status code: 404/],
  ];
  for (const [what, script, reason] of bad) {
    it(`is not installed by an installer that ${what}`, async () => {
      await assert.rejects(install(script), refused(reason));
      assert.deepEqual(readdirSync(temp.at("data", "cloudflare")), []);
    });
  }

  it("is not installed where its user has changed their mind", async () => {
    const stopping = new AbortController();
    const installing = install("setInterval(() => {}, 1000)", stopping.signal);
    stopping.abort();
    await assert.rejects(installing, refused(/it was cancelled/));
    assert.deepEqual(left(), []);
  });

  it("is asked for by the real installer, whose user hears why it did not come", async () => {
    const offline = temp.at("offline.cjs");
    writeFileSync(offline, noNames);
    const run = await runProcess([process.execPath, artifact("cli"), "cloudflared", "--install"], {
      env: { BATON_HOME: temp.at("home"), PATH: "/usr/bin:/bin", NODE_OPTIONS: `--require=${offline}` },
    });
    assert.equal(run.code, 1);
    assert.match(run.stderr, /cloudflared could not be installed \(.*ENOTFOUND github\.com\)\. Nothing was changed/);
    assert.deepEqual(readdirSync(temp.at("home", "data", "cloudflare")), []);
  });
});
