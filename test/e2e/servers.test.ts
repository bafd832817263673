import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Preview, Run, ServerWish } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import { freePort } from "#test/support/ports";
import { type PreviewVisit, visitPreview } from "#test/support/preview-visit";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

/** Says its process, and ends with an error where it is asked to. */
const program = `
  const { createServer } = require("node:http");
  const { appendFileSync } = require("node:fs");
  appendFileSync("starts", process.pid + "\\n");
  if (process.argv[3] === "never") process.exit(3);
  createServer((request, response) => {
    if (request.url === "/crash") process.exit(1);
    response.end("served by " + process.pid);
  }).listen(Number(process.argv[2]), "127.0.0.1");`;

describe("a dev server of a runner", function () {
  this.timeout(60_000);
  let system: System;
  let runnerId: string;
  let port: number;
  let lines: { readonly serve: string; readonly never: string };

  before(async () => {
    port = await freePort();
    lines = { serve: `node server.cjs ${port}`, never: `node server.cjs ${port} never` };
    system = await startSystem({ shellLines: Object.values(lines) });
    const folder = system.runners[0]?.folder ?? "";
    writeFileSync(join(folder, "server.cjs"), program);
    runnerId = (await system.runners[0]?.runnerId()) ?? "";
  });
  after(() => system?.stop());

  const queue = (text: string, server: Partial<ServerWish> = {}, threadId?: string, folder?: string) =>
    system.owner.client.call("queuePrompt", {
      body: {
        target: { runnerId },
        agent: "dev-server",
        mode: "interactive",
        access: "full",
        ...(threadId !== undefined && { threadId }),
        body: { text, server, ...(folder !== undefined && { folder }) },
      },
    });
  const runOf = (promptId: string): Promise<Run> =>
    until("it runs", async () => {
      const { runId, state, reason } = await system.owner.client.call("readPrompt", { params: { id: promptId } });
      assert.ok(!["failed", "declined"].includes(state), JSON.stringify(reason));
      return runId && system.owner.client.call("readRun", { params: { id: runId } }).catch(() => undefined);
    });
  const previewOf = (runId: RunId): Promise<Preview> =>
    until("it is shown", async () => {
      const { previews } = await system.owner.client.call("listPreviews");
      return previews.find((preview) => preview.runId === runId);
    });
  const start = async (text: string, server?: Partial<ServerWish>, threadId?: string) => {
    const run = await runOf((await queue(text, server, threadId)).id);
    return { run, preview: await previewOf(run.id) };
  };
  const served = (visit: PreviewVisit) =>
    until("it answers", async () => {
      const { status, text } = await visit.get("/");
      return status === 200 ? text : undefined;
    });

  it("is shown as soon as it answers, and no longer than it lives", async () => {
    const { run, preview } = await start(lines.serve);
    const visit = await visitPreview(system.owner, preview.id);
    assert.match(await served(visit), /^served by \d+$/);
    const { ports, agent, mode } = await system.owner.client.call("readRun", { params: { id: run.id } });
    assert.deepEqual(
      [agent, mode, ports?.map((one) => [one.port, one.state, one.found])],
      ["dev-server", "interactive", [[port, "ready", "process"]]],
    );
    assert.equal(preview.body.name, "folder-0");
    await system.end(run.id);
    // The runner shows nothing of a port that is gone, a moment before the relay hears that the run has ended.
    await until("it is closed", async () => {
      const { previews } = await system.owner.client.call("listPreviews");
      return previews.length === 0 || undefined;
    });
    assert.equal((await visit.get("/")).status, 410);
    const ended = await system.owner.client.call("readRun", { params: { id: run.id } });
    assert.deepEqual(ended.ports, []);
  });

  it("keeps its address when it is started again, and its other thread has another", async () => {
    const first = await start(lines.serve);
    const visit = await visitPreview(system.owner, first.preview.id);
    const before = await served(visit);
    const again = await start(lines.serve, { replaces: first.run.id }, first.run.threadId);
    assert.equal(again.preview.label, first.preview.label);
    const after = await until("the new one answers", async () => {
      const { status, text } = await visit.get("/");
      return status === 200 && text !== before ? text : undefined;
    });
    assert.match(after, /^served by \d+$/);
    assert.equal((await runEnded(system.owner, first.run.id)).end, "cancelled");
    await system.end(again.run.id);
    const other = await start(lines.serve);
    assert.notEqual(other.preview.label, first.preview.label);
    await system.end(other.run.id);
  });

  it("is started again when it crashes, where that was asked for", async () => {
    const { run, preview } = await start(lines.serve, { restarts: true });
    const visit = await visitPreview(system.owner, preview.id);
    const before = await served(visit);
    await visit.get("/crash").catch(() => undefined);
    const after = await until("it is back", async () => {
      const { status, text } = await visit.get("/");
      return status === 200 && text !== before ? text : undefined;
    });
    assert.match(after, /^served by \d+$/);
    const { steps } = await system.owner.client.call("readRun", { params: { id: run.id } });
    assert.deepEqual(
      steps?.filter(({ step }) => step === "restart").map(({ state, params }) => [state, params]),
      [["done", { how: "exit code 1", count: 1 }]],
    );
    await system.end(run.id);
    assert.equal((await runEnded(system.owner, run.id)).end, "cancelled");
    const last = Number(/\d+/.exec(after)?.[0]);
    assert.throws(() => process.kill(last, 0), { code: "ESRCH" });
  });

  it("that dies at once says how, and shows nothing", async () => {
    const run = await runOf((await queue(lines.never)).id);
    const ended = await runEnded(system.owner, run.id);
    assert.deepEqual([ended.end, ended.exitCode], ["exited", 3]);
    assert.deepEqual((await system.owner.client.call("listPreviews")).previews, []);
  });

  it("stays, with its address, when its runner and the relay are killed", async () => {
    const { run, preview } = await start(lines.serve);
    const visit = await visitPreview(system.owner, preview.id);
    const before = await served(visit);
    await system.runners[0]?.kill();
    await system.relay.kill();
    await system.relay.start();
    await system.runners[0]?.start();
    assert.equal(await served(visit), before);
    await system.end(run.id);
  });

  it("is not shown again once a person has closed it, also by a runner that comes back", async () => {
    const { run, preview } = await start(lines.serve);
    await system.owner.client.call("closePreview", { params: { id: preview.id } });
    await system.runners[0]?.kill();
    await system.runners[0]?.start();
    await until("it has asked for it", async () => {
      const output = system.runners[0]?.output() ?? "";
      return output.includes("is not shown") || undefined;
    });
    assert.deepEqual((await system.owner.client.call("listPreviews")).previews, []);
    const other = await start(lines.serve, { replaces: run.id }, run.threadId);
    assert.equal(other.preview.label, preview.label);
    await system.end(other.run.id);
  });

  it("is known from its files, and told when its usual port is taken", async () => {
    const folder = join(system.runners[0]?.folder ?? "", "shop");
    mkdirSync(folder);
    const usual = await freePort();
    const manifest = { name: "shop", scripts: { dev: `PORT=${usual} node ../server.cjs ${usual}` } };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    await system.owner.request("POST", `/api/runners/${runnerId}/check`);
    const project = await until("it is known", async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners[0]?.report?.projects?.find(({ name }) => name === "shop");
    });
    assert.deepEqual([project.folder, project.command, project.packageManager], ["shop", "npm run dev", "npm"]);
    const other = createServer().listen(project.port, "127.0.0.1");
    await once(other, "listening");
    const refused = await queue("npm run dev", {}, undefined, "shop");
    const { state, reason } = await until("it is refused", async () => {
      const read = await system.owner.client.call("readPrompt", { params: { id: refused.id } });
      return read.endedAt === undefined ? undefined : read;
    });
    assert.equal(state, "declined");
    assert.equal(reason?.code, "port_taken");
    assert.equal(reason?.params?.port, project.port);
    assert.match(String(reason?.params?.by), new RegExp(`process ${process.pid}`));
    other.close();
    await once(other, "close");
    const run = await runOf((await queue("npm run dev", {}, undefined, "shop")).id);
    assert.equal((await previewOf(run.id)).body.name, "shop");
    await system.end(run.id);
  });

  it("runs no line that its local user has not allowed", async () => {
    const folder = system.runners[0]?.folder ?? "";
    const before = readFileSync(join(folder, "starts"), "utf8");
    const { id } = await queue(`node server.cjs ${port} other`);
    await until("its local user is asked", async () => {
      const { state } = await system.owner.client.call("readPrompt", { params: { id } });
      return state === "waiting" || undefined;
    });
    await system.owner.client.call("cancelPrompt", { params: { id } });
    assert.equal(readFileSync(join(folder, "starts"), "utf8"), before);
  });
});
