import assert from "node:assert/strict";
import { decodePayload } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import { startKeeper } from "#test/support/keeper";
import { exitOf, startTestRun } from "#test/support/keeper-runs";
import { skipBecause } from "#test/support/skip";

const command = { tellsSteps: true };

describe("keeper: what a run says of how far it is", () => {
  it("stands in its log, all of it before its end, and nothing that is no step", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const program = [
      `echo '{"step":{"step":"scaffold","state":"done","params":{"files":12}}}' >> "$BATON_STEP_FILE"`,
      `printf '{"step":{"step":"set-up",' >> "$BATON_STEP_FILE"`,
      `printf '"state":"started"}}\\nno step at all\\n' >> "$BATON_STEP_FILE"`,
      `echo '{"project":{"folder":"","name":"Bakery","command":"npm run dev"}}' >> "$BATON_STEP_FILE"`,
    ];
    const runId = await startTestRun(client, ["sh", "-c", program.join("; ")], { command });
    await exitOf(client, runId);
    const records = client.records.get(runId) ?? [];
    const steps = records
      .filter(({ kind }) => kind === recordKinds.step)
      .map(({ payload }) => decodePayload("step", payload));
    assert.deepEqual(steps, [
      { step: "scaffold", state: "done", params: { files: 12 } },
      { step: "set-up", state: "started", params: {} },
    ]);
    const [project] = records.filter(({ kind }) => kind === recordKinds.project);
    assert.ok(project);
    assert.equal(decodePayload("project", project.payload).name, "Bakery");
    const listed = (await client.request({ type: "list" })) as { runs: { project?: { name: string } }[] };
    assert.equal(listed.runs[0]?.project?.name, "Bakery");
    assert.equal(records.at(-1)?.kind, recordKinds.exit);
  });

  it("comes while it works", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const line = `{"step":{"step":"agent","state":"started"}}`;
    const runId = await startTestRun(client, ["sh", "-c", `echo '${line}' >> "$BATON_STEP_FILE"; read line`], {
      command,
    });
    await client.until(() => client.records.get(runId)?.find(({ kind }) => kind === recordKinds.step));
    await client.request({ type: "cancel", runId, by: { kind: "local" } });
    await exitOf(client, runId);
  });

  it("is read from its own file alone, whatever a program puts in its place", async function () {
    if (process.platform === "win32") skipBecause(this, "there are no pipes with a name in its folders");
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const line = `{"step":{"step":"agent","state":"started"}}`;
    const put = [
      'mkfifo "$BATON_STEP_FILE"',
      'ln -s /dev/zero "$BATON_STEP_FILE"',
      `echo '${line}' > "$BATON_STEP_FILE"`,
    ];
    for (const place of put) {
      const program = `echo '${line}' >> "$BATON_STEP_FILE"; read go; rm "$BATON_STEP_FILE"; ${place}; echo placed; read go`;
      const runId = await startTestRun(client, ["sh", "-c", program], { command });
      const steps = () => (client.records.get(runId) ?? []).filter(({ kind }) => kind === recordKinds.step);
      await client.until(() => steps()[0]);
      const by = { kind: "local" } as const;
      const { leaseEpoch } = await client.request({ type: "lease.take", runId, by });
      client.type(runId, leaseEpoch, "\r");
      await client.until(() => client.output(runId).toString().includes("placed") || undefined);
      await client.request({ type: "cancel", runId, by });
      await exitOf(client, runId);
      assert.equal(steps().length, 1, place);
    }
  });

  it("is cut where it has no end", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const program = `
      const { appendFileSync } = require("node:fs");
      const file = process.env.BATON_STEP_FILE;
      const line = JSON.stringify({ step: { step: "files", state: "started", params: { text: "x".repeat(1000) } } }) + "\\n";
      for (let i = 0; i < 3000; i++) appendFileSync(file, line);
      appendFileSync(file, "y".repeat(100_000));`;
    const runId = await startTestRun(client, ["node", "-e", program], { command });
    assert.equal((await exitOf(client, runId)).exitCode, 0);
    const steps = (client.records.get(runId) ?? []).filter(({ kind }) => kind === recordKinds.step);
    assert.ok(steps.length > 0 && steps.length < 1_100, String(steps.length));
  });

  it("has no place in other runs", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", `echo "[$BATON_STEP_FILE]"`]);
    await exitOf(client, runId);
    assert.match(client.output(runId).toString(), /\[\]/);
  });
});
