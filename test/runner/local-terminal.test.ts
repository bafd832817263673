import assert from "node:assert/strict";
import { openLocalTerminal } from "#runner/node/cli/local-terminal";
import { connectKeeperSocket } from "#runner/node/keeper-socket";
import { startKeeper, type TestKeeper } from "#test/support/keeper";
import { runHeader, spawnCommand } from "#test/support/keeper-runs";

describe("runner: a terminal of the local user's", () => {
  let keeper: TestKeeper;
  before(async () => {
    keeper = await startKeeper();
  });
  after(() => keeper.stop());

  const connect = () => connectKeeperSocket(keeper.info.socket, keeper.info.token, "test");

  it("types again after another one of the same person has typed", async () => {
    const [connection, editor] = await Promise.all([connect(), connect()]);
    const header = runHeader();
    await connection.request("start", { header, command: spawnCommand(["cat"]) });
    let shown = "";
    let look: () => void = () => {};
    const shows = (text: string) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (shown.includes(text)) resolve();
        };
        look();
      });
    const terminal = await openLocalTerminal(connection, header.id, true, {
      picture: () => {},
      output: (bytes) => {
        shown += Buffer.from(bytes).toString();
        look();
      },
    });
    terminal.type(Buffer.from("first\n"));
    await shows("first");
    await editor.request("lease.take", { runId: header.id, by: { kind: "local" } });
    // What the keeper said about it comes before this answer.
    await connection.request("list", {});
    terminal.type(Buffer.from("second\n"));
    await shows("second");
    await terminal.cancel();
    assert.equal((await terminal.ended).end, "cancelled");
    terminal.close();
    editor.close();
  });
});
