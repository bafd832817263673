import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunId } from "#protocol/ids";
import { connectToKeeper } from "#test/support/keeper-client";
import { commandOf, isAlive, processGone } from "#test/support/processes";
import { runEnded } from "#test/support/system";
import { until } from "#test/support/until";
import { extensionHosts } from "#test/vscode/extension-hosts";
import { numberedStream } from "#test/vscode/numbered-stream";
import { type PairedEditor, startPairedEditor } from "#test/vscode/paired-editor";
import { statusItem, terminalRows, typeInTerminal } from "#test/vscode/workbench";

/** Reloads, killed extension hosts, and windows that are closed and opened again, in turn. The long form takes 50. */
const blows = Number(process.env.BATON_SURVIVAL_BLOWS ?? 6);
const blowLimitMs = 60_000;
/** How long after the window's start the terminal may take; a machine under load is not asked for the 2 s. */
const generousMs = 20_000;

describe("a run at work, while its window is reloaded, closed and opened, and its extension host killed", function () {
  this.timeout(120_000 + blows * blowLimitMs);
  let paired: PairedEditor;
  let runId: RunId;
  let side: string;

  before(async function () {
    this.timeout(300_000);
    paired = await startPairedEditor(this, { "baton.policy": "auto" });
    side = paired.system.temp.at("written");
    const program = paired.system.temp.at("numbered.mjs");
    writeFileSync(program, numberedStream);
    writeFileSync(side, "");
    const prompt = await paired.system.owner.client.call("queuePrompt", {
      body: {
        target: { runnerId: paired.runnerId },
        agent: "line",
        mode: "interactive",
        access: "full",
        body: { text: `exec '${process.execPath}' '${program}' '${side}'` },
      },
    });
    runId = await until("the prompt has a run", async () => {
      const { runId: id } = await paired.system.owner.client.call("readPrompt", { params: { id: prompt.id } });
      return id;
    });
    await isBack(0);
  });

  after(() => paired?.close());
  const typedSoFar = () => readFileSync(side, "utf8").split("typed x").length - 1;
  const numbersIn = (text: string) => [...text.matchAll(/(\d+) [0-9a-f]{16}/g)].map(([, number]) => Number(number));
  const lastWritten = () => numbersIn(readFileSync(side, "utf8")).at(-1) ?? 0;
  /** What a dead extension host has left on the screen does not count: it has to be new. */
  const isBack = (beyond: number) =>
    until(
      "the terminal shows what the program writes now",
      async () => {
        const shown = terminalRows(paired.page);
        const text = (await shown.count()) === 1 ? await shown.innerText() : "";
        return numbersIn(text).some((number) => number > beyond) || undefined;
      },
      generousMs,
    );

  /** From when the window's item is there to the terminal's content, and on to the program's answer to a key. */
  const comesBack = async (blow: number): Promise<{ contentMs: number; inputMs: number }> => {
    await statusItem(paired.page).waitFor({ timeout: blowLimitMs });
    const startMs = performance.now();
    const before = typedSoFar();
    await isBack(lastWritten());
    const contentMs = performance.now() - startMs;
    await typeInTerminal(paired.page, "x");
    await until(`the program has read the key after blow ${blow}`, async () => typedSoFar() > before || undefined);
    return { contentMs, inputMs: performance.now() - startMs };
  };

  const reload = async () => {
    await paired.page.reload();
  };
  const closeAndOpen = async () => {
    const address = paired.page.url();
    await paired.page.goto("about:blank");
    await paired.page.goto(address);
  };
  const killHost = async () => {
    const hosts = extensionHosts(paired.editor);
    assert.ok(hosts.length > 0, "there is no extension host");
    for (const pid of hosts) process.kill(pid, "SIGKILL");
    await Promise.all(hosts.map((pid) => processGone(pid)));
    await until(
      "there is another extension host",
      async () => extensionHosts(paired.editor).length > 0 || undefined,
      blowLimitMs,
    );
  };

  const kinds = [closeAndOpen, reload, killHost];

  it(`survives ${blows} of them, with its terminal back each time`, async () => {
    const pid = await pidOf();
    const took: { contentMs: number; inputMs: number }[] = [];
    for (let blow = 1; blow <= blows; blow++) {
      await kinds[blow % kinds.length]?.();
      took.push(await comesBack(blow));
      assert.ok(isAlive(pid), `the program has ended with blow ${blow}`);
    }
    const figure = (pick: (one: { contentMs: number; inputMs: number }) => number) => {
      const sorted = took.map(pick).sort((a, b) => a - b);
      const at = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
      return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms`;
    };
    console.log(`      content: ${figure((one) => one.contentMs)}; input: ${figure((one) => one.inputMs)}`);
    assert.equal(await pidOf(), pid);
  });

  it("lost no byte: the keeper's log and the relay's are what the program wrote", async () => {
    await typeInTerminal(paired.page, "q");
    const run = await runEnded(paired.system.owner, runId);
    assert.equal(run.exitCode, 0);
    const written = readFileSync(side);
    assert.ok(written.length > 1_000);
    assert.equal(sha256(await keptOutput()), sha256(written));
    const headers = { authorization: `Bearer ${paired.system.owner.token}` };
    const log = await fetch(`${paired.system.relay.url}/api/runs/${runId}/log`, { headers });
    assert.equal(sha256(Buffer.from(await log.arrayBuffer())), sha256(written));
    console.log(`      ${written.length} bytes in ${run.headSeq} records`);
  });

  const keeper = async () => {
    const [pid] = paired.system.keepers();
    const version = /--version (\S+)/.exec(commandOf(pid ?? 0) ?? "")?.[1] ?? "";
    const file = join(paired.system.temp.at("home"), "data", "keeper", version, "keeper.json");
    const { socket, token } = JSON.parse(readFileSync(file, "utf8"));
    return connectToKeeper(socket, token, "the test");
  };
  const pidOf = async (): Promise<number> => {
    const client = await keeper();
    const { runs } = await client.request({ type: "list" });
    client.close();
    return runs.find((run: { header: { id: string } }) => run.header.id === runId).pid;
  };
  const keptOutput = async (): Promise<Buffer> => {
    const client = await keeper();
    client.grantAll = true;
    const { run } = await client.request({ type: "attach", runId, fromSeq: 1, creditBytes: 1024 * 1024 });
    await client.until(() => (client.records.get(runId)?.at(-1)?.seq ?? 0) >= run.headSeq);
    client.close();
    return client.output(runId);
  };
});

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
