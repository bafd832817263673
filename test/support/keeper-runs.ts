import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import type { RunHeader } from "#protocol/documents";
import { newId, type RunId } from "#protocol/ids";
import type { SpawnCommand } from "#protocol/keeper-link";
import { decodePayload, type Payload } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import type { KeeperTestClient } from "#test/support/keeper-client";

/** The header of a run that a test starts. */
export function runHeader(changes: Partial<RunHeader> = {}): RunHeader {
  return {
    v: 1,
    id: newId("run"),
    runnerId: newId("runner"),
    threadId: newId("thread"),
    agent: "shell",
    mode: "once",
    access: "edit",
    visibility: "team",
    createdAt: Date.now(),
    storeId: "",
    body: { title: "a test", cwd: tmpdir(), command: "a test" },
    ...changes,
  };
}

/** A command of this machine's own PATH; `node` stands for the Node that runs the tests. */
export function spawnCommand(argv: readonly string[], changes: Partial<SpawnCommand> = {}): SpawnCommand {
  const [name = "", ...args] = argv;
  return {
    argv: [name === "node" ? process.execPath : name, ...args],
    cwd: realpathSync(tmpdir()),
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", LANG: "C.UTF-8" },
    size: { cols: 80, rows: 24 },
    cancelSignals: ["SIGTERM"],
    ...changes,
  };
}

/** Starts a run and attaches to it from its first record. */
export async function startTestRun(
  client: KeeperTestClient,
  argv: readonly string[],
  options: { header?: Partial<RunHeader>; command?: Partial<SpawnCommand>; creditBytes?: number } = {},
): Promise<RunId> {
  const header = runHeader(options.header);
  await client.request({ type: "start", header, command: spawnCommand(argv, options.command) });
  await client.request({
    type: "attach",
    runId: header.id,
    fromSeq: 1,
    creditBytes: options.creditBytes ?? 256 * 1024,
  });
  return header.id;
}

/** How a run ended, once its exit record is here. */
export const exitOf = (client: KeeperTestClient, runId: RunId, timeoutMs?: number): Promise<Payload<"exit">> =>
  client.until(() => {
    const record = client.records.get(runId)?.find(({ kind }) => kind === recordKinds.exit);
    return record && decodePayload("exit", record.payload);
  }, timeoutMs);

/** Waits until a run has written a text. */
export const written = (client: KeeperTestClient, runId: RunId, text: string, timeoutMs?: number): Promise<string> =>
  client.until(() => {
    const output = client.output(runId).toString("utf8");
    return output.includes(text) ? output : undefined;
  }, timeoutMs);
