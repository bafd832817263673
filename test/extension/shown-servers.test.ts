import assert from "node:assert/strict";
import { serverState, serverStateText } from "#extension/previews/shown-servers";
import type { KeeperRun } from "#protocol/keeper-link";

const port = (state: "listening" | "ready", number = 5173) => ({ port: number, state, found: "process" as const });
const step = (name: "server" | "restart", state: "started" | "done" | "failed") => ({ step: name, state, params: {} });

const cases: [string, Pick<KeeperRun, "ports" | "step">, string][] = [
  ["nothing is known", {}, "starting"],
  ["a port listens and has not answered", { ports: [port("listening")], step: step("server", "started") }, "starting"],
  ["a port has answered", { ports: [port("ready")], step: step("server", "done") }, "ready at 5173"],
  ["the second port has answered", { ports: [port("listening"), port("ready", 3000)] }, "ready at 3000"],
  ["it waits for its next start", { step: step("restart", "started") }, "restarting"],
  ["it was started again, and no port answers yet", { step: step("restart", "done") }, "starting"],
  ["it was started again, and answers", { ports: [port("ready")], step: step("restart", "done") }, "ready at 5173"],
];

describe("the state of a dev server", () => {
  for (const [name, run, text] of cases) {
    it(`is “${text}” when ${name}`, () => assert.equal(serverStateText(serverState(run)), text));
  }
});
