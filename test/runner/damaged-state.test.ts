import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import * as z from "zod";
import type { BatonError } from "#protocol/errors";
import { newId } from "#protocol/ids";
import { toUtf8 } from "#protocol/json";
import { encodeStreamMessage, StreamDecoder, streamKinds } from "#protocol/stream";
import { readOwnFile } from "#runner/node/damaged-file";
import { batonDirs } from "#runner/node/dirs";
import { loadIdentity } from "#runner/node/identity";
import { createKeeperClient } from "#runner/node/keeper-client";
import { acceptProposals, loadWorkspace } from "#runner/node/workspace-file";
import { distFolder } from "#test/support/dist";
import { endKeepers } from "#test/support/keepers";
import { type TempFolder, tempFolder } from "#test/support/temp";

const relayUrl = "https://relay.example.com";
/** What a crash, a full disk, a restore or somebody's hand makes of a file, by its text. */
const damages: Readonly<Record<string, (whole: string) => string>> = {
  "cut off": (whole) => whole.slice(0, Math.floor(whole.length / 2)),
  empty: () => "",
  garbage: () => "\u0000\u0001\ufffd{]",
  "of the wrong types": () => '{"kty":1,"runnerId":[],"relayUrl":false,"hashes":"x","pid":"y","socket":{}}',
  "another kind of thing": () => "[null]",
};

describe("runner: files of its own that were damaged", () => {
  let temp: TempFolder;
  beforeEach(() => {
    temp = tempFolder("bd");
  });
  afterEach(() => temp.remove());

  const dirs = () => batonDirs({ BATON_HOME: temp.path });
  const filesBelow = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  const use = (told: BatonError[] = []) => {
    const identity = loadIdentity(dirs(), (error) => told.push(error));
    const runnerId = identity.runnerIdOf("/work/api");
    return { identity, runnerId, pairing: identity.pairingOf(runnerId, relayUrl) };
  };
  const makeAll = () => {
    const { identity, runnerId } = use();
    const pairing = { relayUrl, relayId: newId("relay"), deviceId: newId("device"), team: "Team" };
    identity.savePairing(runnerId, pairing);
    acceptProposals(dirs(), "/work/api", []);
    return filesBelow(temp.path).filter((file) => file.endsWith(".json"));
  };

  it("are left as they are when a newer version has written them", () => {
    const file = temp.at("state.json");
    const newer = JSON.stringify({ v: 2, members: ["somebody"] });
    writeFileSync(file, newer);
    const read = () => readOwnFile(file, z.object({ v: z.literal(1) }), () => assert.fail("it was set aside"));
    assert.throws(read, { code: "store_newer" });
    assert.equal(readFileSync(file, "utf8"), newer);
  });

  for (const [how, damage] of Object.entries(damages)) {
    it(`are set aside as they are, with a word, when one is ${how}`, () => {
      for (const file of makeAll()) {
        const whole = readFileSync(file, "utf8");
        writeFileSync(file, damage(whole));
        const told: BatonError[] = [];
        use(told);
        loadWorkspace(dirs(), temp.path);
        const aside = readdirSync(dirname(file)).filter((name) => name.startsWith("damaged-"));
        assert.equal(aside.length, 1, `${file}: ${aside}`);
        assert.equal(readFileSync(join(dirname(file), aside[0] ?? ""), "utf8"), damage(whole));
        // What was accepted is asked about again, which says enough.
        if (!file.includes("accepted-proposals")) {
          assert.deepEqual([told.length, told[0]?.code, told[0]?.params.file], [1, "file_set_aside", file]);
          assert.match(told[0]?.message ?? "", /Runs and their logs are untouched/);
        }
        assert.deepEqual(use(told).runnerId, use().runnerId);
        assert.ok(told.length <= 1, "it is told once");
        rmSync(join(dirname(file), aside[0] ?? ""));
      }
    });
  }

  it("name the folder's runner still, where what is left of them does", () => {
    const { runnerId } = use();
    const [file = ""] = filesBelow(join(temp.path, "data", "identity", "runners"));
    writeFileSync(file, readFileSync(file, "utf8").slice(0, -12));
    assert.equal(use().runnerId, runnerId);
    writeFileSync(file, "gone");
    assert.notEqual(use().runnerId, runnerId);
  });

  it("are left alone where another process has made them anew meanwhile", () => {
    const file = temp.at("own.json");
    const told: BatonError[] = [];
    const Own = z.object({ n: z.number() });
    const schema = z.preprocess((value) => {
      // Between the reading and the verdict.
      writeFileSync(file, '{"n":1}');
      return value;
    }, Own);
    writeFileSync(file, '{"n":"x"}');
    assert.deepEqual(
      readOwnFile(file, schema, (error) => told.push(error)),
      { n: 1 },
    );
    assert.deepEqual([told, readdirSync(temp.path)], [[], ["own.json"]]);
  });

  it("are left alone where the system does not let them be read", () => {
    const [key = ""] = makeAll().filter((file) => file.endsWith("key.json"));
    rmSync(key);
    mkdirSync(key);
    assert.throws(() => use(), { code: "store_damaged", params: { file: key, reason: "EISDIR" } });
    assert.deepEqual(readdirSync(dirname(key)).sort(), ["key.json", "pairings", "runners"]);
  });
});

describe("runner: a keeper whose file was damaged, or that speaks another language", function () {
  this.timeout(30_000);
  let temp: TempFolder;
  beforeEach(() => {
    temp = tempFolder("bd");
  });
  afterEach(async () => {
    await endKeepers(temp.path);
    temp.remove();
  });
  const client = () =>
    createKeeperClient({
      ...{ dataFolder: temp.at("data"), built: distFolder, productVersion: "0", client: "a test" },
      nodeExecutable: process.execPath,
    });
  const infoFiles = () =>
    readdirSync(temp.at("data", "keeper")).map((version) => temp.at("data", "keeper", version, "keeper.json"));

  it("is found again, as the one that it was", async () => {
    const first = await client().connect();
    const [info = ""] = infoFiles();
    const whole = readFileSync(info, "utf8");
    const wrongToken = () => JSON.stringify({ ...JSON.parse(whole), socket: join(temp.path, "nobody") });
    for (const damage of [...Object.values(damages), wrongToken]) {
      writeFileSync(info, damage(whole));
      const again = await client().connect();
      assert.equal(again.pid, first.pid);
      assert.equal(readFileSync(info, "utf8"), whole);
      again.close();
    }
    rmSync(info);
    mkdirSync(info);
    await assert.rejects(client().connect(), { code: "store_damaged", params: { file: info, reason: "EISDIR" } });
    first.close();
    rmSync(info, { recursive: true });
    const last = await client().connect();
    assert.equal(last.pid, first.pid);
    last.close();
  });

  it("hides no other one, whichever of them is the newer", async () => {
    const own = client();
    const newest = await own.connect();
    const stranger = strangeKeeper(temp.at("stranger.sock"));
    await stranger.listening;
    const foreign = temp.at("data", "keeper", "9.0.0-strange");
    mkdirSync(foreign);
    const said = { pid: process.pid, socket: temp.at("stranger.sock"), token: "t", version: "9.0.0" };
    writeFileSync(join(foreign, "keeper.json"), JSON.stringify(said));
    const other = createKeeperClient({
      ...{ dataFolder: temp.at("data"), built: distFolder, productVersion: "1", client: "a test" },
      nodeExecutable: process.execPath,
    });
    const older = await other.connectOlder();
    assert.deepEqual(
      older.map(({ pid }) => pid),
      [newest.pid],
    );
    assert.equal(stranger.hellos(), 1);
    for (const one of [...older, newest]) one.close();
    rmSync(foreign, { recursive: true });
    stranger.close();
  });

  it("is refused with what to do, where it is the one of this version", async () => {
    const stranger = strangeKeeper(temp.at("stranger.sock"));
    await stranger.listening;
    const first = await client().connect();
    const [info = ""] = infoFiles();
    writeFileSync(
      info,
      JSON.stringify({ ...JSON.parse(readFileSync(info, "utf8")), socket: temp.at("stranger.sock") }),
    );
    await assert.rejects(client().connect(), (error: BatonError) => {
      assert.equal(error.code, "protocol_version_unsupported");
      assert.match(error.message, /Update the older of the two/);
      return true;
    });
    first.close();
    stranger.close();
  });
});

/** Answers every hello as a keeper of a far later version does. */
function strangeKeeper(path: string) {
  let hellos = 0;
  const server = createServer((socket) => {
    const decoder = new StreamDecoder();
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      for (const { body } of decoder.push(chunk)) {
        const { id } = JSON.parse(Buffer.from(body).toString("utf8"));
        hellos++;
        const error = { code: "protocol_version_unsupported", params: { theirs: "1", ours: "9 to 12" } };
        const reply = JSON.stringify({ type: "reply", re: id, error });
        socket.write(encodeStreamMessage(streamKinds.control, toUtf8(reply)));
      }
    });
  });
  const listening = new Promise<void>((resolve) => server.listen(path, resolve));
  return { listening, hellos: () => hellos, close: () => server.close() };
}
