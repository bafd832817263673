import assert from "node:assert/strict";
import { connect, createServer, type Server } from "node:net";
import { isPortTaken, nextFreePort, takenPort } from "#runner/node/projects/port-taken";
import { freePort } from "#test/support/ports";
import { startProcess } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";

describe("a port of this machine", () => {
  const servers: Server[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });
  const listen = (host: string, port: number) =>
    new Promise<void>((resolve, reject) => {
      const server = createServer();
      servers.push(server);
      server.once("error", reject);
      server.listen({ host, port }, resolve);
    });

  for (const host of ["127.0.0.1", "::1", "0.0.0.0", "::"]) {
    it(`is taken by who listens at ${host}`, async function () {
      const port = await freePort();
      assert.equal(await isPortTaken(port), false);
      await listen(host, port).catch((error: unknown) => skipBecause(this, `no ${host} here: ${String(error)}`));
      assert.equal(await isPortTaken(port), true);
      assert.equal((await takenPort(port))?.port, port);
    });
  }

  it("is taken by who has stopped to take connections", async function () {
    if (process.platform !== "linux") skipBecause(this, "how many connections wait for a program differs");
    const port = await freePort();
    const program = `require("node:net").createServer().listen({ port: ${port}, host: "127.0.0.1", backlog: 1 }, () => {
      require("node:fs").writeSync(1, "ready\\n");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    })`;
    await using hung = startProcess([process.execPath, "-e", program]);
    await hung.line((line) => line === "ready" || undefined);
    const waiting = Array.from({ length: 5 }, () => connect({ port, host: "127.0.0.1" }).on("error", () => {}));
    await new Promise((resolve) => waiting[0]?.once("connect", resolve));
    assert.equal(await isPortTaken(port), true);
    for (const socket of waiting) socket.destroy();
    hung.kill("SIGKILL");
  });

  it("is free again when its listener is gone", async () => {
    const port = await freePort();
    await listen("127.0.0.1", port);
    await new Promise((resolve) => servers.shift()?.close(resolve));
    assert.equal(await takenPort(port), undefined);
  });

  it("has a next one that is free", async () => {
    const port = await freePort();
    await listen("127.0.0.1", port);
    const next = await nextFreePort(port);
    assert.ok(next > port);
    await listen("127.0.0.1", next);
  });

  it("beyond the last there is none", async () => {
    await assert.rejects(nextFreePort(65_536), /No port from 65536 on is free/);
  });

  it("its holder is named, with the program's name", async function () {
    if (process.platform === "win32") skipBecause(this, "netstat is tried by its output");
    const port = await freePort();
    const program = `require("node:net").createServer().listen(${port}, "127.0.0.1", () => console.log("ready"))`;
    await using other = startProcess([process.execPath, "-e", program]);
    await other.line((line) => line === "ready" || undefined);
    const taken = await takenPort(port);
    assert.equal(taken?.holder?.pid, other.pid);
    assert.ok(taken.holder.name, "the program has a name");
  });
});
