import assert from "node:assert/strict";
import { openRunScreen, type RunScreen } from "#extension/terminals/run-screen";
import { initialCreditBytes } from "#protocol/caps";
import type { TerminalSize } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import type { Actor, Payload } from "#protocol/payloads";
import type { Clock } from "#runner/core/host";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { nodeClock } from "#runner/node/host";
import { connectKeeperSocket } from "#runner/node/keeper-socket";
import { startKeeper, type TestKeeper } from "#test/support/keeper";
import { runHeader, spawnCommand } from "#test/support/keeper-runs";
import { until } from "#test/support/until";

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A screen, with everything that it drew. */
interface Watched {
  readonly screen: RunScreen;
  readonly connection: KeeperConnection;
  readonly drawn: () => string;
  readonly freshScreens: () => number;
  readonly drawnBytes: () => number;
  readonly sizes: TerminalSize[];
  readonly typists: (Actor | undefined)[];
  readonly exits: Payload<"exit">[];
}

describe("a run's screen at the desk, on a real keeper", function () {
  this.timeout(60_000);
  let keeper: TestKeeper;
  let starter: KeeperConnection;

  before(async () => {
    keeper = await startKeeper();
    starter = await connect();
  });
  after(async () => {
    starter?.close();
    await keeper?.stop();
  });

  const connect = () => connectKeeperSocket(keeper.info.socket, keeper.info.token, "a test");
  const start = async (...argv: string[]): Promise<RunId> => {
    const header = runHeader();
    await starter.request("start", { header, command: spawnCommand(argv) });
    return header.id;
  };
  const open = async (runId: RunId, clock: Clock = nodeClock): Promise<Watched> => {
    const connection = await connect();
    const { runs } = await connection.request("list", {});
    const run = runs.find((one) => one.header.id === runId);
    assert.ok(run);
    const state = { text: "", fresh: 0, bytes: 0 };
    const [sizes, typists, exits]: [TerminalSize[], (Actor | undefined)[], Payload<"exit">[]] = [[], [], []];
    const screen = openRunScreen(
      { run, keeper: connection, by: { kind: "local" }, clock, log: silent },
      {
        draw(text, fresh) {
          state.text = fresh ? text : state.text + text;
          state.bytes += text.length;
          if (fresh) state.fresh++;
        },
        sized: (size) => sizes.push(size),
        typedBy: (other) => typists.push(other),
        gap: () => undefined,
        ended: (exit) => exits.push(exit),
      },
    );
    connection.listen({ event: screen.event, frame: screen.frame, closed: () => undefined });
    const counts = { drawn: () => state.text, freshScreens: () => state.fresh, drawnBytes: () => state.bytes };
    return { screen, connection, ...counts, sizes, typists, exits };
  };
  const shows = (watched: Watched, text: string) =>
    until(`the screen shows “${text}”`, async () => watched.drawn().includes(text) || undefined);

  it("shows what was there before, takes keys, and tells the exit code", async () => {
    const runId = await start("sh", "-c", "echo before; read line; echo got $line; exit 7");
    const watched = await open(runId);
    await shows(watched, "before");
    watched.screen.type("a key\r");
    await shows(watched, "got a key");
    const [exit] = await until("the exit", async () => (watched.exits.length > 0 ? watched.exits : undefined));
    assert.equal(exit?.exitCode, 7);
    watched.connection.close();
  });

  it("shows a run that is over, to its end", async () => {
    const runId = await start("sh", "-c", "echo all of it");
    await until("the end", async () => {
      const { runs } = await starter.request("list", {});
      return runs.find((run) => run.header.id === runId)?.status === "ended" || undefined;
    });
    const watched = await open(runId);
    await shows(watched, "all of it");
    await until("the exit", async () => watched.exits[0]);
    watched.connection.close();
  });

  it("takes the keyboard back with the first key, and keeps the order of the keys", async () => {
    const runId = await start("sh", "-c", "stty -echo; while read line; do echo got $line; done");
    const watched = await open(runId);
    const remote: Actor = { kind: "member", name: "Ana" };
    await starter.request("lease.take", { runId, by: remote, connection: "con_remote" });
    await until("who types is told", async () => watched.typists.find((actor) => actor?.name === "Ana"));
    for (const key of "one two three\r") watched.screen.type(key);
    await shows(watched, "got one two three");
    assert.equal(watched.typists.at(-1), undefined);
    await starter.request("cancel", { runId, by: remote });
    watched.connection.close();
  });

  it("resizes the run, and hears of another size", async () => {
    const runId = await start("sh", "-c", "while :; do stty size; sleep 0.05; done");
    const watched = await open(runId);
    watched.screen.resize({ cols: 101, rows: 33 });
    await shows(watched, "33 101");
    await until("the size is told", async () => watched.sizes.find((size) => size.cols === 101 && size.rows === 33));
    await starter.request("cancel", { runId, by: { kind: "local" } });
    watched.connection.close();
  });

  it("goes on behind any number of records that draw nothing", async () => {
    const runId = await start("sh", "-c", "stty -echo; while read line; do echo got $line; done");
    const watched = await open(runId);
    // More than all the credit that a terminal begins with.
    const resizes =
      2 * Math.ceil(initialCreditBytes / JSON.stringify({ cols: 80, rows: 24, by: { kind: "local" } }).length / 2) +
      1_000;
    for (let count = 0; count < resizes; count++) watched.screen.resize({ cols: 80 + (count % 2), rows: 24 });
    await until("the sizes are told", async () => watched.sizes.length >= resizes || undefined, 30_000);
    watched.screen.type("still here\r");
    await shows(watched, "got still here");
    await starter.request("cancel", { runId, by: { kind: "local" } });
    watched.connection.close();
  });

  it("skips to the newest screen under a flood, never slows the run, and shows its end", async () => {
    const bytes = 12_000_000;
    const runId = await start("sh", "-c", `yes | head -c ${bytes}; echo the last line`);
    // An editor that takes a tenth of what one takes.
    const watched = await open(runId, { ...nodeClock, after: (ms, then) => nodeClock.after(10 * ms, then) });
    await until("the exit", async () => watched.exits[0], 40_000);
    await shows(watched, "the last line");
    assert.ok(watched.freshScreens() >= 2, `${watched.freshScreens()} screens`);
    assert.ok(watched.drawnBytes() < bytes / 2, `${watched.drawnBytes()} bytes were drawn`);
    watched.connection.close();
  });
});
