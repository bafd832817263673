import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunMode } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { connectToKeeper } from "#test/support/keeper-client";
import { isAlive } from "#test/support/processes";
import { runEnded } from "#test/support/system";
import { until } from "#test/support/until";
import { newerExtension, newerVersion, updateExtension } from "#test/vscode/newer-extension";
import { numberedStream } from "#test/vscode/numbered-stream";
import { type PairedEditor, startPairedEditor } from "#test/vscode/paired-editor";
import { activityTab, statusItem, terminalRows, typeInTerminal } from "#test/vscode/workbench";

interface KeptRun {
  readonly keeper: string;
  readonly pid: number | undefined;
}

describe("an update of the extension while an agent works", function () {
  this.timeout(180_000);
  let paired: PairedEditor;
  let side: string;
  let atFirst: KeptRun;
  let runId: RunId;

  before(async function () {
    this.timeout(300_000);
    paired = await startPairedEditor(this, { "baton.policy": "auto" });
    await activityTab(paired.page, "Baton").click();
    side = paired.system.temp.at("written");
    const program = paired.system.temp.at("numbered.mjs");
    writeFileSync(program, numberedStream);
    writeFileSync(side, "");
    runId = await start(`exec '${process.execPath}' '${program}' '${side}'`);
    await shows(/\d+ [0-9a-f]{16}/);
    atFirst = await keptAs(runId);
  });
  after(() => paired?.close());

  const shows = (text: string | RegExp) => terminalRows(paired.page).filter({ hasText: text }).waitFor();
  const numbersIn = (text: string) => [...text.matchAll(/(\d+) [0-9a-f]{16}/g)].map(([, number]) => Number(number));
  /** What the terminal of before has left on the screen does not count. */
  const showsWhatIsWrittenNow = async () => {
    const last = numbersIn(readFileSync(side, "utf8")).at(-1) ?? 0;
    await until("the terminal shows what the program writes now", async () => {
      const shown = terminalRows(paired.page);
      const text = (await shown.count()) === 1 ? await shown.innerText() : "";
      return numbersIn(text).some((number) => number > last) || undefined;
    });
  };
  const start = async (text: string, mode: RunMode = "interactive"): Promise<RunId> => {
    const { client } = paired.system.owner;
    const { id } = await client.call("queuePrompt", {
      body: { target: { runnerId: paired.runnerId }, agent: "line", mode, access: "full", body: { text } },
    });
    return until("the prompt has a run", async () => (await client.call("readPrompt", { params: { id } })).runId);
  };
  /** Every keeper that is there, by its version, with its runs. */
  const keepers = async (): Promise<Map<string, readonly KeeperRun[]>> => {
    const folder = join(paired.system.temp.at("home"), "data", "keeper");
    const found = new Map<string, readonly KeeperRun[]>();
    for (const version of readdirSync(folder)) {
      const file = join(folder, version, "keeper.json");
      if (!existsSync(file)) continue;
      const { socket, token } = JSON.parse(readFileSync(file, "utf8"));
      const client = await connectToKeeper(socket, token, "the test");
      found.set(version, (await client.request({ type: "list" })).runs);
      client.close();
    }
    return found;
  };
  /** Which keeper has the run; one alone may. */
  const keptAs = async (id: RunId): Promise<KeptRun> => {
    const kept = [...(await keepers())].flatMap(([keeper, runs]) =>
      runs.filter((run) => run.header.id === id).map(({ pid }) => ({ keeper, pid })),
    );
    assert.equal(kept.length, 1, `${id} is held by ${kept.map(({ keeper }) => keeper).join(" and ") || "nobody"}`);
    return kept[0] as KeptRun;
  };
  const isNewer = (keeper: string) => keeper.startsWith(`${newerVersion}-`);

  it("leaves the run at work in the keeper that has it, and gives its terminal back", async () => {
    await updateExtension(paired.editor, newerExtension(paired.system.temp));
    assert.ok(isAlive(atFirst.pid ?? 0), "the program has ended with the update");
    await paired.page.reload();
    await statusItem(paired.page).filter({ hasText: "1 running" }).waitFor({ timeout: 60_000 });
    await showsWhatIsWrittenNow();
    await typeInTerminal(paired.page, "x");
    await until(
      "the program has read the key",
      async () => readFileSync(side, "utf8").includes("typed x") || undefined,
    );
    const newer = await until("there is a keeper of the new version", async () =>
      [...(await keepers()).keys()].find(isNewer),
    );
    assert.notEqual(newer, atFirst.keeper);
    assert.deepEqual(await keptAs(runId), atFirst, "it is another process, or has another keeper");
    await paired.editor.picture("updated");
  });

  it("starts what is new in the newest keeper, beside it", async () => {
    const fresh = await start("echo begun after the update; read line");
    await shows("begun after the update");
    assert.ok(isNewer((await keptAs(fresh)).keeper));
    assert.deepEqual(await keptAs(runId), atFirst);
    await typeInTerminal(paired.page, "\n");
    assert.equal((await runEnded(paired.system.owner, fresh)).exitCode, 0);
  });

  it("lost no byte, and ends in order", async () => {
    await paired.page.locator(".terminal-tabs-entry").filter({ hasText: "exec" }).click();
    await showsWhatIsWrittenNow();
    await typeInTerminal(paired.page, "q");
    assert.equal((await runEnded(paired.system.owner, runId)).exitCode, 0);
    const headers = { authorization: `Bearer ${paired.system.owner.token}` };
    const log = await fetch(`${paired.system.relay.url}/api/runs/${runId}/log`, { headers });
    assert.equal(sha256(Buffer.from(await log.arrayBuffer())), sha256(readFileSync(side)));
  });
});

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
