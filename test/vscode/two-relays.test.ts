import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import type { RunId } from "#protocol/ids";
import { endKeepers } from "#test/support/keepers";
import { invitePerson, type Person } from "#test/support/people";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { connectAndSignIn } from "#test/vscode/connect";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import {
  activityTab,
  answerInput,
  choose,
  notification,
  runCommand,
  statusItem,
  terminalRows,
  typeInTerminal,
} from "#test/vscode/workbench";

/** What a folder is connected to, and who approved it there. */
interface Side {
  readonly relay: string;
  readonly person: Person;
  runnerId: string;
}

describe("an editor that knows two relays, each active for a folder of its own", function () {
  this.timeout(180_000);
  let systems: [System, System] | undefined;
  let editor: Editor;
  let ours: Side;
  let theirs: Side;

  before(async function () {
    this.timeout(300_000);
    await needEditor(this);
    const vsix = packagedExtension();
    systems = [await startSystem({ runners: 0 }), await startSystem({ runners: 0 })];
    const [one, other] = systems;
    for (const name of ["api-server", "web"]) mkdirSync(one.temp.at(name));
    const file = one.temp.at("two.code-workspace");
    writeFileSync(file, JSON.stringify({ folders: [{ path: "api-server" }, { path: "web" }] }));
    editor = await startEditor({
      vsix,
      env: { BATON_HOME: one.temp.at("home") },
      settings: { "baton.policy": "auto" },
    });
    const { page } = editor;
    await editor.open(one.temp.at("api-server"));
    await statusItem(page).waitFor({ timeout: 60_000 });
    ours = { relay: one.relay.url, person: one.owner, runnerId: await connectAndSignIn(one, page) };
    await statusItem(page).filter({ hasText: "ready" }).waitFor();
    await page.goto(`${new URL(page.url()).origin}/?workspace=${encodeURI(file)}`);
    await statusItem(page).waitFor({ timeout: 60_000 });
    theirs = { relay: other.relay.url, person: await invitePerson(other.owner, "owner", "Ben"), runnerId: "" };
    theirs.runnerId = await connectWeb(theirs, "Another Relay");
    await activityTab(page, "Baton").click();
  });

  after(async () => {
    await editor?.close();
    if (!systems) return;
    await endKeepers(systems[0].temp.at("home"));
    for (const system of systems) assert.deepEqual(await system.stop(), []);
  });

  /** Connects the folder that has no relay. @param choice of the relays that the editor knows */
  const connectWeb = async ({ relay, person }: Side, choice: string): Promise<string> => {
    const { page } = editor;
    await runCommand(page, "Baton: Connect to a Relay");
    await choose(page, "Connect to a Relay", choice);
    if (choice !== relay) await answerInput(page, "Connect to a Relay", relay);
    const text = await notification(page, /Connecting web.*Approve the code/s).innerText();
    const [, code = ""] = /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(text) ?? [];
    const { id } = (await person.request("POST", `/api/pairings/${code}/approve`, { signIn: true })) as { id: string };
    await isServed({ relay, person, runnerId: id });
    return id;
  };
  const isOnline = async ({ person, runnerId }: Side) =>
    (await person.client.call("listRunners")).runners.some(
      ({ id, state, reconnecting }) => id === runnerId && state === "online" && !reconnecting,
    );
  const isServed = (side: Side) =>
    until(`${side.relay} has its runner`, async () => (await isOnline(side)) || undefined, 40_000);
  const queue = async ({ person: { client }, runnerId }: Side, text: string): Promise<RunId> => {
    const { id } = await client.call("queuePrompt", {
      body: { target: { runnerId }, agent: "echo", mode: "once", access: "full", body: { text } },
    });
    return until(`“${text}” has a run`, async () => (await client.call("readPrompt", { params: { id } })).runId);
  };
  const titles = async ({ person: { client } }: Side) =>
    (await client.call("listRuns", { query: {} })).runs.map(({ body }) => body.title).sort();
  const workedOn = async (side: Side, text: string, folder: string) => {
    const run = await runEnded(side.person, await queue(side, text));
    assert.deepEqual([run.exitCode, run.body.cwd], [0, systems?.[0].temp.at(folder)]);
  };
  const shows = (text: string) => terminalRows(editor.page).filter({ hasText: text }).waitFor();
  const startByHand = async (folder: string, text: string) => {
    const { page } = editor;
    await runCommand(page, "Baton: New Run");
    await choose(page, "Run in which folder?", folder);
    await choose(page, "Run which agent?", "Echo");
    await choose(page, "How may Echo work?", "Interactive");
    await answerInput(page, "Prompt for Echo", text);
    await choose(page, "Who sees this run?", "The team");
    await shows("echo>");
  };
  const accounts = async () => {
    const { page } = editor;
    await page.bringToFront();
    await page.keyboard.press("Escape");
    await page.locator(".part.activitybar").getByRole("button", { name: "Accounts" }).click();
    const items = page.locator(".monaco-menu .action-label").filter({ hasText: / at Baton/ });
    await items.first().waitFor();
    const names = (await items.allInnerTexts()).map((text) => /\w+ at Baton/.exec(text)?.[0]).sort();
    await page.keyboard.press("Escape");
    return names;
  };

  it("is signed in at both, as somebody of each", async () => {
    assert.deepEqual(await accounts(), ["Ana at Baton", "Ben at Baton"]);
    await editor.picture("two-relays");
  });

  it("works in each folder on what its own relay has queued, and tells the other one nothing", async () => {
    await Promise.all([workedOn(ours, "for the server", "api-server"), workedOn(theirs, "for the page", "web")]);
    assert.deepEqual([await titles(ours), await titles(theirs)], [["for the server"], ["for the page"]]);
  });

  it("shares a run that is begun by hand with the relay of its folder alone", async () => {
    await startByHand("web", "by hand for the page");
    await until("its relay has it", async () => (await titles(theirs)).includes("by hand for the page") || undefined);
    // What the other relay was to be told would be told in front of this.
    await workedOn(ours, "in between", "api-server");
    assert.deepEqual(await titles(ours), ["for the server", "in between"]);
    await typeInTerminal(editor.page, "exit\n");
  });

  it("serves one while the other one is away, and both again when the window was reloaded", async () => {
    await systems?.[1].relay.kill();
    await workedOn(ours, "while the other is away", "api-server");
    await systems?.[1].relay.start();
    await editor.page.reload();
    await Promise.all([isServed(ours), isServed(theirs)]);
    await Promise.all([workedOn(ours, "reloaded", "api-server"), workedOn(theirs, "the page again", "web")]);
    assert.deepEqual(await titles(theirs), ["by hand for the page", "for the page", "the page again"]);
  });

  it("draws what has changed in a view while nobody saw it", async () => {
    const { page } = editor;
    const rows = page.locator(".sidebar .monaco-list-row");
    await rows.filter({ hasText: "Members" }).first().waitFor();
    await runCommand(page, "View: Show Explorer");
    await rows.filter({ hasText: "Members" }).first().waitFor({ state: "hidden" });
    await invitePerson(ours.person, "viewer", "Dana");
    await workedOn(ours, "while nobody looked", "api-server");
    await systems?.[0].relay.kill();
    await systems?.[0].relay.start();
    await isServed(ours);
    await activityTab(page, "Baton").click();
    await rows.filter({ hasText: "Dana" }).waitFor();
  });

  it("offers both to a folder, which is active on the one that it chooses and on no other", async () => {
    const { page } = editor;
    const before = await titles(ours);
    await runCommand(page, "Baton: Disconnect from the Relay");
    await choose(page, "Disconnect which folder?", "web");
    await until("its relay has no runner", async () => !(await isOnline(theirs)) || undefined);
    const moved = { ...ours, runnerId: await connectWeb(ours, ours.relay) };
    await workedOn(moved, "the page, for the other team", "web");
    assert.equal(await isOnline(theirs), false);
    assert.deepEqual(await titles(ours), [...before, "the page, for the other team"].sort(), "it took old runs along");
    await workedOn(ours, "still the server", "api-server");
  });
});
