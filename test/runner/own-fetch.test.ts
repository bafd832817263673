import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { baton } from "#test/support/baton";
import { tempFolder } from "#test/support/temp";

describe("runner: its requests", () => {
  it("leave Node's own fetch unloaded, which would be ten megabytes in every runner", async () => {
    using folder = tempFolder("fetch");
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end("<!doctype html>");
    }).listen(0, "127.0.0.1");
    try {
      await once(server, "listening");
      const relay = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const loaded = folder.at("loaded.cjs");
      writeFileSync(loaded, 'process.on("exit", () => console.log("loaded:", process.moduleLoadList.join(" ")));');
      const { stdout, stderr } = await baton(["pair", relay], {
        home: folder.path,
        cwd: folder.path,
        env: { NODE_OPTIONS: `--require ${loaded}` },
      });
      assert.match(stderr, /its answer is not JSON/);
      assert.ok(asked.length > 0);
      assert.match(stdout, /^loaded: .*NativeModule https/m);
      assert.doesNotMatch(stdout, /undici/);
    } finally {
      server.close();
    }
  });
});
