import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import type { Locator } from "playwright-core";
import { initialCreditBytes } from "#protocol/caps";
import { newId, type RunId } from "#protocol/ids";
import { toUtf8 } from "#protocol/json";
import { localTypingMs } from "#runner/keeper/caps";
import { endKeepers } from "#test/support/keepers";
import { lies } from "#test/support/lies";
import { type LyingRelay, lyingRelay } from "#test/support/lying-relay";
import { processGone } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { mountSmallDisk, type SmallDisk } from "#test/support/small-disk";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { connectAndSignIn } from "#test/vscode/connect";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { rejectionWrittenMs } from "#test/vscode/host-log";
import { packagedExtension } from "#test/vscode/packaged";
import {
  activityTab,
  answerInput,
  notification,
  runCommand,
  statusItem,
  terminalRows,
  typeInTerminal,
} from "#test/vscode/workbench";

const diskMegabytes = 24;
const startMs = 60_000;
const longLine = 600;
const longLines = 10;
describe("a real editor, given what is wrong", function () {
  this.timeout(120_000);
  let system: System;
  let liar: LyingRelay;
  let editor: Editor;
  let disk: SmallDisk | undefined;
  let home: string;
  let runnerId: string;
  let runId: RunId;

  before(async function () {
    this.timeout(300_000);
    await needEditor(this);
    const vsix = packagedExtension();
    system = await startSystem({ runners: 0 });
    liar = await lyingRelay(system.relay.url);
    disk = mountSmallDisk(diskMegabytes);
    home = disk?.path ?? system.temp.at("home");
    mkdirSync(system.temp.at("api-server"));
    editor = await startEditor({ vsix, settings: { "baton.policy": "auto" }, env: { BATON_HOME: home } });
    await editor.open(system.temp.at("api-server"));
    await statusItem(editor.page).waitFor({ timeout: startMs });
    await activityTab(editor.page, "Baton").click();
    runnerId = await connectAndSignIn({ relay: { url: liar.url }, owner: system.owner }, editor.page);
    await statusItem(editor.page).filter({ hasText: "ready" }).waitFor();
    runId = await start("at work through all of it");
  });

  after(async () => {
    // A rejection that nobody handles is written down a moment later.
    if (editor) await delay(rejectionWrittenMs);
    await editor?.close();
    if (home) await endKeepers(home);
    await liar?.[Symbol.asyncDispose]();
    if (system) assert.deepEqual(await system.stop(), []);
    disk?.remove();
  });

  afterEach(() => {
    liar.answer = undefined;
    liar.twist = undefined;
  });

  const shown = (what: string | RegExp): Locator => terminalRows(editor.page).filter({ hasText: what });
  const told = (what: RegExp): Locator => notification(editor.page, what);
  const start = async (text: string): Promise<RunId> => {
    const { id } = await system.owner.client.call("queuePrompt", {
      body: { target: { runnerId }, agent: "echo", mode: "interactive", access: "full", body: { text } },
    });
    await shown(text).waitFor();
    await shown("echo>").waitFor();
    return until("the prompt has a run", async () => {
      return (await system.owner.client.call("readPrompt", { params: { id } })).runId;
    });
  };
  /** The agent at work still takes keys and answers. */
  const answers = async (word: string) => {
    await typeInTerminal(editor.page, `${word}\n`);
    await shown(new RegExp(`${word}[\\s\\S]*${word}`)).waitFor();
  };
  const typeFromAfar = async (text: string) => {
    const viewer = await system.owner.viewer();
    const watching = viewer.next("run.watching");
    viewer.send({ type: "run.watch", runId, creditBytes: initialCreditBytes });
    await watching;
    // Who has just typed at the desk keeps the keyboard for a moment.
    await delay(localTypingMs);
    viewer.input(runId, await viewer.takeLease(runId), toUtf8(text));
    viewer.close();
  };
  const logText = async (): Promise<string> => {
    const headers = { authorization: `Bearer ${system.owner.token}` };
    const response = await fetch(`${system.relay.url}/api/runs/${runId}/log`, { headers });
    return stripVTControlCharacters(await response.text());
  };
  const relayHas = (word: string) =>
    until(`the relay has “${word}”`, async () => (await logText()).includes(word) || undefined);
  const linked = () =>
    statusItem(editor.page)
      .filter({ has: editor.page.locator(".codicon-broadcast") })
      .filter({ hasText: /running|ready/ })
      .waitFor({ timeout: startMs });
  const reload = async () => {
    await editor.page.reload();
    await statusItem(editor.page).waitFor({ timeout: startMs });
  };
  const clearNotifications = () => runCommand(editor.page, "Notifications: Clear All Notifications");
  const data = (...path: string[]) => join(home, "data", ...path);
  const keeperFile = () => {
    const [version = ""] = readdirSync(data("keeper"));
    return data("keeper", version, "keeper.json");
  };
  const keeperPid = (): number => JSON.parse(readFileSync(keeperFile(), "utf8")).pid;

  it("goes on with its work whatever a relay says on its link", async () => {
    for (const [what, message] of lies) {
      const links = await until(`there is a link for ${what}`, async () => liar.say(message) || undefined);
      assert.ok(links > 0);
    }
    await linked();
    await answers("after-the-lies");
    await relayHas("after-the-lies");
    // A refusal names what there is none of; nothing else was said about it.
    assert.ok(liar.heard.some((text) => text.includes("run_never_seen")));
    assert.equal((await system.owner.client.call("readRun", { params: { id: runId } })).status, "running");
  });

  it("says that no relay answers where something else does", async () => {
    liar.answer = (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<!doctype html><title>Welcome to nginx!</title>");
    };
    await runCommand(editor.page, "Baton: Sign In");
    await answerInput(editor.page, "Sign In", liar.url);
    await told(/What answers at http:\/\/127\.0\.0\.1:\d+ is no relay of Baton .*check the address/).waitFor();
    liar.answer = undefined;
    await answers("beside-a-wrong-address");
    await clearNotifications();
  });

  it("says which side is too old, goes on with its work, and is back when both speak the same again", async () => {
    liar.twist = changed("challenge", { protocol: { version: 99, oldest: 98 } });
    liar.cut();
    await told(/api-server: The other side speaks protocol 99, this one \d+\. Update the older of the two/).waitFor();
    await answers("beside-a-newer-relay");
    liar.twist = undefined;
    await clearNotifications();
    await reload();
    await linked();
    await relayHas("beside-a-newer-relay");
  });

  it("gives no proof to another relay at the same address, and says so", async () => {
    const before = liar.heard.length;
    liar.twist = changed("challenge", { relayId: newId("relay") });
    liar.cut();
    const notice = told(/another relay answers.*Nothing was sent to it, and what runs goes on/);
    await notice.getByRole("button", { name: "Connect Again" }).waitFor();
    assert.ok(!liar.heard.slice(before).some((text) => text.includes('"proof"')));
    await answers("beside-another-relay");
    liar.twist = undefined;
    await clearNotifications();
    await reload();
    await linked();
    await relayHas("beside-another-relay");
  });

  it("sets damaged files aside, says so, and goes on as who it was", async () => {
    const damaged = filesBelow(data(), "identity", "agent-versions.json", "keeper.json");
    assert.ok(damaged.length >= 4, damaged.join());
    const before = new Map(damaged.map((file) => [file, readFileSync(file, "utf8")]));
    for (const [file, text] of before) writeFileSync(file, text.slice(0, -9));
    const pid = JSON.parse(before.get(keeperFile()) ?? "").pid;
    await reload();
    await told(
      /key\.json could not be read .*It is kept as .*damaged-\d+-key\.json.*Runs and their logs are untouched/,
    ).waitFor();
    await linked();
    await shown("beside-another-relay").waitFor({ timeout: startMs });
    await answers("beside-damaged-files");
    await relayHas("beside-damaged-files");
    assert.equal(keeperPid(), pid);
    const aside = filesBelow(data("identity")).filter((file) => /damaged-\d+-/.test(file));
    assert.equal(aside.length, 2);
    for (const file of aside) assert.equal(readFileSync(file, "utf8"), before.get(wholeName(file))?.slice(0, -9));
    await clearNotifications();
  });

  it("names the fault in the user's configuration, and serves the folder when it is mended", async () => {
    const config = join(home, "config", "config.json");
    mkdirSync(join(home, "config"), { recursive: true });
    writeFileSync(config, '{\n  "policy": 5\n}\n');
    await reload();
    await told(
      /api-server is not served: .*config\.json:2: policy: .*What runs goes on, and it is tried again/,
    ).waitFor();
    rmSync(config);
    await shown("beside-damaged-files").waitFor({ timeout: startMs });
    await answers("beside-a-fault");
    await linked();
    await clearNotifications();
  });

  it("says that it cannot read which keeper there is, and finds it when it can", async () => {
    const file = keeperFile();
    rmSync(file);
    mkdirSync(file);
    await reload();
    await told(/keeper\.json cannot be read \(EISDIR\)\. It was left as it is/).waitFor({ timeout: startMs });
    await statusItem(editor.page).filter({ hasText: "no keeper" }).waitFor();
    rmSync(file, { recursive: true });
    await shown("beside-a-fault").waitFor({ timeout: startMs });
    await answers("found-again");
    await linked();
    await clearNotifications();
  });

  it("says that a disk without room holds a run up, loses nothing, and goes on when there is room", async function () {
    if (!disk) skipBecause(this, "a small disk can be mounted only by root on Linux");
    disk.fill();
    // More than the last block of the log has room for.
    await typeFromAfar(`${"x".repeat(longLine)}\r`.repeat(longLines));
    await told(/“at work through all of it” is held up: .*\(ENOSPC\)\. Nothing of it is lost\. Make room/).waitFor();
    await statusItem(editor.page).filter({ hasText: "1 held up" }).waitFor();
    const { id } = await system.owner.client.call("queuePrompt", {
      body: { target: { runnerId }, agent: "echo", mode: "once", access: "full", body: { text: "without room" } },
    });
    await until("the prompt has failed, with why", async () => {
      const { state, reason } = await system.owner.client.call("readPrompt", { params: { id } });
      return (
        (state === "failed" && reason?.code === "spawn_failed" && /ENOSPC/.test(String(reason.params.reason))) ||
        undefined
      );
    });
    await reload();
    await statusItem(editor.page).filter({ hasText: "1 held up" }).waitFor({ timeout: startMs });
    disk.free();
    await linked();
    await answers("there-is-room");
    await relayHas("there-is-room");
    // Each is there as it was typed, and as the agent said it again.
    const xs = (await logText()).match(/x+/g)?.join("").length;
    assert.equal(xs, 2 * longLine * longLines);
    await clearNotifications();
  });

  it("says that a keeper which was killed took its run along, and starts another one", async () => {
    const pid = keeperPid();
    process.kill(pid, "SIGKILL");
    await processGone(pid);
    await shown("The keeper of this run is gone, and the run with it.").waitFor({ timeout: startMs });
    await editor.page
      .locator(".part.sidebar .monaco-list-row")
      .filter({ hasText: /at work through all of it.*lost/ })
      .waitFor();
    assert.equal((await runEnded(system.owner, runId)).end, "lost");
    for (const word of ["after-the-lies", "beside-damaged-files", "there-is-room"]) {
      if (disk || word !== "there-is-room") assert.match(await logText(), new RegExp(word));
    }
    runId = await start("with another keeper");
    await answers("again");
    assert.notEqual(keeperPid(), pid);
  });

  it("does not mind when a keeper is killed that holds nothing", async () => {
    await typeInTerminal(editor.page, "exit\n");
    await runEnded(system.owner, runId);
    const pid = keeperPid();
    process.kill(pid, "SIGKILL");
    await processGone(pid);
    await until("there is another one", async () => (existsSync(keeperFile()) && keeperPid() !== pid) || undefined);
    runId = await start("after an idle end");
    await answers("once-more");
    assert.equal(
      await editor.page
        .locator(".notification-toast")
        .filter({ hasText: /keeper/i })
        .count(),
      0,
    );
  });

  it("leaves its own log with what happened, without a word that nobody expected", () => {
    const logs = readdirSync(editor.folder.at("data", "logs"), { recursive: true, encoding: "utf8" });
    const own = logs.filter((file) => file.endsWith("Baton.log"));
    assert.ok(own.length > 0);
    const text = own.map((file) => readFileSync(editor.folder.at("data", "logs", file), "utf8")).join("\n");
    assert.match(text, /a message of the relay was not understood/);
    assert.doesNotMatch(text, /TypeError|is not a function|Cannot read prop/);
  });
});

/** Changes fields of messages of one type. */
const changed = (type: string, fields: object) => (text: string) => {
  const message = JSON.parse(text);
  return message.type === type ? JSON.stringify({ ...message, ...fields }) : text;
};

function filesBelow(folder: string, ...parts: string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .filter((file) => !file.includes("keeper-bin"));
}

const wholeName = (file: string): string => file.replace(/damaged-\d+-/, "");
