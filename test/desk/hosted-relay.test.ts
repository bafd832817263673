import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { createHostedRelay } from "#extension/hosting/hosted-relay";
import { localAddresses } from "#extension/hosting/local-addresses";
import { findLocalRelay } from "#extension/hosting/local-relay";
import { createClient } from "#sdk/client";
import { installDouble } from "#test/support/cloudflared/double";
import { artifact, distFolder } from "#test/support/dist";
import { signIn } from "#test/support/people";
import { isAlive, processGone } from "#test/support/processes";
import { newRunnerIdentity } from "#test/support/runner-client";
import { skipBecause } from "#test/support/skip";
import { processesIn } from "#test/support/system";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

describe("a relay that the editor hosts", function () {
  this.timeout(60_000);
  let temp: TempFolder;
  let named: { readonly hostname: string; readonly token: string } | undefined;
  const double = () => installDouble(temp.at("bin"));
  before(() => artifact("relay"));
  beforeEach(() => {
    temp = tempFolder("hosted");
    named = undefined;
  });
  afterEach(async () => {
    await host().stop();
    assert.deepEqual(processesIn(temp.path), []);
    temp.remove();
  });

  /** As another window has it: nothing but the disk is shared. */
  const host = () =>
    createHostedRelay({
      data: temp.at("data"),
      built: distFolder,
      productVersion: "1.2.3",
      nodeExecutable: async () => process.execPath,
      cloudflare: { program: async () => double().binary, named: { read: async () => named } },
    });

  it("is one for all windows, and comes back at its address with what it knew", async () => {
    const first = await host().start();
    assert.match(first.address, /^http:\/\/127\.0\.0\.1:\d+$/);
    const again = await host().start();
    assert.deepEqual([again.pid, again.address], [first.pid, first.address]);
    const owner = await signIn(first.address, (await first.link()).url);
    await host().stop();
    assert.equal(isAlive(first.pid), false);
    assert.equal(host().isWanted(), false);
    assert.equal(await host().find(), undefined);
    const back = await host().start();
    assert.equal(back.address, first.address);
    assert.equal(host().isWanted(), true);
    assert.equal((await owner.client.call("readSession")).member.id, owner.memberId);
  });

  it("is hosted again where what was known of it was damaged, which is kept aside", async () => {
    await host().start();
    await host().stop();
    writeFileSync(temp.at("data", "hosted-relay.json"), '{"v":1,"isWa');
    await host().start();
    assert.equal(host().isWanted(), true);
    const [aside = ""] = readdirSync(temp.at("data")).filter((name) => name.startsWith("damaged-"));
    assert.equal(readFileSync(temp.at("data", aside), "utf8"), '{"v":1,"isWa');
  });

  it("is started once by two windows at the same moment", async () => {
    const found = await Promise.all([host().start(), host().start()]);
    assert.equal(new Set(found.map(({ pid }) => pid)).size, 1);
  });

  it("pairs a folder and signs the editor in without a code", async () => {
    const relay = await host().start();
    const { runnerId, body } = await newRunnerIdentity("api-server");
    const pairing = await relay.pair(runnerId, body);
    assert.equal(pairing.relay, relay.address);
    const account = await relay.signIn("VS Code on desk", runnerId);
    assert.equal(account.memberId, pairing.memberId);
    const client = createClient({ baseUrl: account.relay, token: account.token });
    assert.deepEqual(
      (await client.call("listRunners")).runners.map(({ id }) => id),
      [runnerId],
    );
    assert.notEqual((await relay.pair(runnerId, body)).deviceId, pairing.deviceId, "a key that was lost is made anew");
    for (let more = 0; more < 8; more++) await relay.signIn("VS Code on desk", runnerId);
    const owner = await signIn(relay.address, (await relay.link()).url);
    const { tokens } = (await owner.request("GET", "/api/tokens")) as { tokens: { name: string }[] };
    assert.equal(tokens.filter(({ name }) => name === "VS Code on desk").length, 5);
  });

  it("says whether a one-time link still lets somebody in", async () => {
    const relay = await host().start();
    const { url, expiresAt } = await relay.link();
    assert.ok(expiresAt > Date.now());
    assert.equal(await relay.isLinkGood(url), true);
    await signIn(relay.address, url);
    assert.equal(await relay.isLinkGood(url), false);
  });

  it("opens to the network when it is asked to, and says by which address", async () => {
    const relay = await host().start({ from: "network", address: "127.0.0.1" });
    assert.match((await relay.link()).url, /^http:\/\/127\.0\.0\.1:\d+\/#link=/);
    await host().stop();
    assert.equal((await host().start()).address, relay.address);
  });

  it("answers at the address that was chosen, and at no other one that others reach", async function () {
    const [other] = localAddresses();
    if (other === undefined) return skipBecause(this, "this machine has no address in a network");
    const port = Number(new URL((await host().start({ from: "network", address: other })).address).port);
    const answers = (address: string) =>
      fetch(`http://${address}:${port}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    assert.deepEqual([await answers(other), await answers("127.0.0.1")], [true, true]);
    await host().stop();
    await host().start({ from: "network", address: "127.0.0.1" });
    assert.deepEqual([await answers(other), await answers("127.0.0.1")], [false, true]);
  });

  describe("behind a tunnel, with a test double of cloudflared in place of the network", () => {
    it("is reached through it by browsers, and by this computer's folders without it", async () => {
      const relay = await host().start({ from: "internet" });
      const tunnel = await double().tunnel();
      assert.equal(relay.address, tunnel.url);
      const { url } = await relay.link();
      assert.ok(url.startsWith(`${tunnel.url}/#link=`));
      const page = await fetch(`http://127.0.0.1:${tunnel.port}/`);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /<title>Baton/);
      assert.ok(!tunnel.args.some((text) => text.startsWith("--http-host-header")), "it knows its public name");
      const { runnerId, body } = await newRunnerIdentity("api-server");
      const pairing = await relay.pair(runnerId, body);
      assert.match(pairing.relay, /^http:\/\/127\.0\.0\.1:\d+$/);
      const account = await relay.signIn("VS Code on desk", runnerId);
      const client = createClient({ baseUrl: account.relay, token: account.token });
      assert.equal((await client.call("listRunners")).runners.length, 1);
    });

    it("is at the next address where the tunnel has got another, with what it knew", async () => {
      const before = await host().start({ from: "internet" });
      const { runnerId, body } = await newRunnerIdentity("api-server");
      const { deviceId } = await before.pair(runnerId, body);
      const first = await double().tunnel();
      process.kill(first.pid, "SIGKILL");
      const second = await double().tunnel([first]);
      const now = await until("it is at the new address", async () => {
        const found = await host().find();
        return found?.address === second.url ? found : undefined;
      });
      assert.ok(deviceId);
      assert.equal(now.own, before.own);
      assert.equal((await now.signIn("VS Code on desk", runnerId)).memberId.length > 0, true);
    });

    it("ends with the relay", async () => {
      await host().start({ from: "internet" });
      const { pid } = await double().tunnel();
      await host().stop();
      await processGone(pid);
    });

    it("leaves nothing public where its process is killed", async () => {
      const { pid } = await host().start({ from: "internet" });
      const tunnel = await double().tunnel();
      const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
      process.kill(parent, "SIGKILL");
      await Promise.all([processGone(tunnel.pid), processGone(pid)]);
      await until("the guard has ended", async () => processesIn(temp.path).length === 0 || undefined);
    });

    it("comes back at the name of the user's own", async () => {
      named = { hostname: "baton.example.com", token: Buffer.from('{"a":"1"}').toString("base64") };
      double().behave({ hostname: "baton.example.com" });
      const { address } = await host().start({ from: "internet", hostname: named.hostname });
      assert.equal(address, "https://baton.example.com");
      await host().stop();
      assert.equal((await host().start()).address, address);
    });

    it("says why it did not start, and leaves nothing behind", async () => {
      double().behave({ modes: ["rate-limited"] });
      await assert.rejects(host().start({ from: "internet" }), {
        code: "relay_not_started",
        message: /429 Too Many Requests/,
      });
      assert.equal(await host().find(), undefined);
    });
  });

  it("says why it did not start, and starts when that is over", async () => {
    const relay = await host().start();
    await host().stop();
    const other = createServer();
    const port = Number(new URL(relay.address).port);
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    await assert.rejects(host().start(), { code: "relay_not_started", message: new RegExp(`${port} is taken`) });
    await new Promise((resolve) => other.close(resolve));
    assert.equal((await host().start()).address, relay.address);
  });

  it("is nobody's where the folder has no relay, or one that is gone", async () => {
    assert.equal(await findLocalRelay(temp.at("nowhere")), undefined);
    const { pid } = await host().start();
    process.kill(pid, "SIGKILL");
    while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await host().find(), undefined);
    assert.notEqual((await host().start()).pid, pid);
  });
});
