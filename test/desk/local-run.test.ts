import assert from "node:assert/strict";
import { createLocalClient } from "#extension/local/local-client";
import type { LocalSource } from "#extension/local/local-link";
import { localOutput } from "#extension/local/local-output";
import { newId, type RunId } from "#protocol/ids";
import { recordKinds } from "#protocol/record";
import { findRun } from "#runner/core/find-run";
import { createKeeperClient, type KeeperClient } from "#runner/node/keeper-client";
import type { Client } from "#sdk/client";
import { type Connection, createConnection } from "#sdk/connection";
import { type RunWatch, watchRun } from "#sdk/run-watch";
import { createTeamStore, type TeamStore } from "#sdk/team-store";
import { distFolder } from "#test/support/dist";
import { runHeader, spawnCommand } from "#test/support/keeper-runs";
import { endKeepers } from "#test/support/keepers";
import { reached } from "#test/support/scripted-relay";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

const body = { name: "api-server", host: "desk", folder: "/work/api-server", platform: "linux x64" };

describe("a run that is on no relay, as the editor shows it from its keeper", function () {
  this.timeout(60_000);
  let temp: TempFolder;
  let keepers: KeeperClient;
  const runnerId = newId("runner");

  before(() => {
    temp = tempFolder("bl");
    keepers = createKeeperClient({
      dataFolder: temp.at("home", "data"),
      built: distFolder,
      productVersion: "1.2.3",
      client: "a test",
    });
  });
  after(async () => {
    await endKeepers(temp.at("home"));
    temp.remove();
  });

  const start = async (argv: readonly string[]): Promise<RunId> => {
    const keeper = await keepers.connect();
    const header = runHeader({
      runnerId,
      agent: "echo",
      visibility: "local",
      body: { title: "mine", cwd: "/", command: "sh" },
    });
    await keeper.request("start", { header, command: spawnCommand(argv) });
    keeper.close();
    return header.id;
  };
  const sourceOf = (runId: RunId): LocalSource => ({
    find: () => findRun({ runnerId, connectKeeper: keepers.connect, connectOlderKeepers: keepers.connectOlder }, runId),
    describe: () => body,
  });

  interface View extends Disposable {
    readonly client: Pick<Client, "call">;
    readonly connection: Connection;
    readonly team: TeamStore;
    readonly watch: RunWatch;
    /** What the terminal got, record by record, behind the picture that it began with. */
    readonly text: () => string;
  }
  /** As the panel's page does it. */
  const view = async (runId: RunId): Promise<View> => {
    const client = createLocalClient(sourceOf(runId));
    const connection = createConnection({ client: client as Client, random: () => 0 });
    const team = createTeamStore();
    connection.listen({ message: (message) => team.receive(message) });
    let text = "";
    const watch = watchRun(connection, runId, {
      reset: (snapshot) => {
        text = snapshot ? new TextDecoder().decode(snapshot.bytes) : "";
      },
      record: ({ kind, payload }, consumed) => {
        if (kind === recordKinds.output) text += new TextDecoder().decode(payload);
        consumed();
      },
      changed: () => undefined,
    });
    connection.start();
    await reached(connection, "live");
    watch.enter();
    const close = () => {
      watch.dispose();
      connection.stop();
    };
    return { client, connection, team, watch, text: () => text, [Symbol.dispose]: close };
  };
  const runIn = ({ team }: View, runId: RunId) => team.get().runs.get(runId);

  it("is live, is typed into, is resized and is cancelled", async () => {
    const runId = await start(["sh", "-c", "echo ready; while read line; do echo got $line; done"]);
    using shown = await view(runId);
    await until("the terminal shows it", async () => shown.text().includes("ready") || undefined);
    assert.equal(runIn(shown, runId)?.status, "running");
    assert.equal(shown.team.get().me?.name, "You");
    const runner = shown.team.get().runners.get(runnerId);
    assert.equal(runner?.body.name, "api-server");
    assert.deepEqual(
      runner?.report?.agents.map(({ name }) => name),
      ["Echo"],
    );
    await shown.watch.takeLease();
    await until("the keyboard is ours", async () => shown.watch.state.get().lease.yours || undefined);
    assert.ok(shown.watch.resize({ cols: 100, rows: 30 }));
    assert.ok(shown.watch.type(new TextEncoder().encode("one\n")));
    await until("it is answered", async () => shown.text().includes("got one") || undefined);
    await until("it is resized", async () => runIn(shown, runId)?.size?.cols === 100 || undefined);
    shown.watch.releaseLease();
    await until("it is nobody's", async () => !shown.watch.state.get().lease.holder || undefined);
    await shown.client.call("cancelRun", { params: { id: runId } });
    await until("it is over", async () => runIn(shown, runId)?.endedAt !== undefined || undefined);
    assert.equal(runIn(shown, runId)?.end, "cancelled");
  });

  it("is there when it is over, with its times and sums", async () => {
    const runId = await start(["sh", "-c", "echo done with it; exit 3"]);
    {
      using during = await view(runId);
      await until("it is over", async () => runIn(during, runId)?.endedAt !== undefined || undefined);
    }
    using after = await view(runId);
    await until("its screen is there", async () => after.text().includes("done with it") || undefined);
    const run = await until("its log was read", async () => {
      const read = runIn(after, runId);
      return read?.endedAt === undefined ? undefined : read;
    });
    assert.deepEqual([run.status, run.end, run.exitCode, run.outputBytes], ["ended", "exited", 3, 14]);
    assert.ok((run.startedAt ?? 0) >= run.createdAt - 1_000);
    assert.deepEqual(
      (await after.client.call("listRuns")).runs.map(({ id }) => id),
      [runId],
    );
  });

  it("has no relay to be queued at, and no other run behind it", async () => {
    const runId = await start(["sh", "-c", "read line"]);
    const another = await start(["sh", "-c", "read line; echo typed $line"]);
    using shown = await view(runId);
    using shownToo = await view(another);
    await shownToo.watch.takeLease();
    await until("it has the keyboard", async () => shownToo.watch.state.get().lease.yours || undefined);
    const { leaseEpoch } = shownToo.watch.state.get().lease;
    shown.connection.sendInput(another, leaseEpoch, new TextEncoder().encode("astray\n"));
    const request = { target: { runnerId }, agent: "line", mode: "once", access: "full", body: { text: "x" } } as const;
    await assert.rejects(shown.client.call("queuePrompt", { body: request }), { code: "not_found" });
    const other = newId("run");
    const errors: string[] = [];
    shown.connection.listen({ message: (message) => message.type === "error" && errors.push(message.error.code) });
    shown.connection.send({ type: "run.watch", runId: other, creditBytes: 1_000 });
    await until("it is refused", async () => errors.includes("not_found") || undefined);
    await assert.rejects(sourceOf(other).find(), { code: "run_never_seen" });
    shownToo.watch.type(new TextEncoder().encode("its own\n"));
    await until("what was typed is there", async () => shownToo.text().includes("typed") || undefined);
    assert.match(shownToo.text(), /typed its own/);
    await shown.client.call("cancelRun", { params: { id: runId } });
  });

  it("is exported from its keeper's log, however long it is", async () => {
    const lines = 60_000;
    const runId = await start(["sh", "-c", `seq ${lines} | sed 's/$/ a line of some length that is not short/'`]);
    {
      using shown = await view(runId);
      await until("it is over", async () => runIn(shown, runId)?.endedAt !== undefined || undefined, 30_000);
    }
    const { signal } = new AbortController();
    const outputOf = async (file: "readLog" | "readCast") => {
      const pieces: Buffer[] = [];
      await localOutput(sourceOf(runId), file, signal, (piece) => void pieces.push(Buffer.from(piece)));
      return Buffer.concat(pieces).toString();
    };
    const log = await outputOf("readLog");
    const wanted = Array.from({ length: lines }, (_, at) => `${at + 1} a line of some length that is not short\r\n`);
    assert.equal(log, wanted.join(""));
    const cast = (await outputOf("readCast")).trim().split("\n");
    assert.equal(JSON.parse(cast[0] ?? "").version, 3);
    const events = cast.slice(1).map((line) => JSON.parse(line) as [number, string, string]);
    assert.equal(events.flatMap(([, code, data]) => (code === "o" ? [data] : [])).join(""), log);
    assert.deepEqual(events.at(-1)?.slice(1), ["x", "0"]);
  });
});
