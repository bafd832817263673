import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { download } from "#runner/node/download";
import { type WritePiece, writeWholeFile } from "#runner/node/whole-file";
import { type TempFolder, tempFolder } from "#test/support/temp";

const MiB = 1024 * 1024;
const fileMiB = 192;

describe("extension: the export of a run", () => {
  let temp: TempFolder;
  let relay: Server;
  /** What the relay was asked with. */
  let authorization: string | undefined;
  before(async () => {
    temp = tempFolder("baton-export");
    relay = createServer((request, response) => {
      authorization = request.headers.authorization;
      if (request.url === "/refused") return void response.writeHead(401).end();
      const isCut = request.url === "/cut";
      let left = fileMiB;
      const piece = Buffer.alloc(MiB, "x");
      const send = () => {
        while (left-- > 0) {
          if (isCut && left < fileMiB / 2) return void response.destroy();
          if (!response.write(piece)) return void response.once("drain", send);
        }
        response.end();
      };
      send();
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  });
  after(() => {
    relay.closeAllConnections();
    relay.close();
    temp.remove();
  });

  const get = (path: string, signal: AbortSignal) => (write: WritePiece) =>
    download(
      {
        url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}${path}`,
        ...{ token: "baton_x", network: {}, signal },
      },
      write,
    );
  const left = () => readdirSync(temp.path);

  it("is written as it comes, and held at no time", async function () {
    this.timeout(30_000);
    const before = process.memoryUsage();
    let most = 0;
    await writeWholeFile(temp.at("whole.log"), (write) =>
      get(
        "/whole",
        new AbortController().signal,
      )((piece) => {
        write(piece);
        const now = process.memoryUsage();
        most = Math.max(most, now.external + now.heapUsed - before.external - before.heapUsed);
      }),
    );
    assert.equal(authorization, "Bearer baton_x");
    assert.equal(statSync(temp.at("whole.log")).size, fileMiB * MiB);
    assert.ok(most < (fileMiB * MiB) / 2, `${Math.round(most / MiB)} MiB were held`);
    assert.deepEqual(left(), ["whole.log"]);
  });

  it("leaves what was there before where it fails, is given up or refused, and nothing else", async () => {
    writeFileSync(temp.at("whole.log"), "before");
    const path = temp.at("whole.log");
    const never = new AbortController().signal;
    await assert.rejects(writeWholeFile(path, get("/cut", never)), { code: "connection_lost" });
    await assert.rejects(writeWholeFile(path, get("/refused", never)), { code: "not_signed_in" });
    const stop = new AbortController();
    const stopped = writeWholeFile(path, (write) =>
      get(
        "/whole",
        stop.signal,
      )((piece) => {
        write(piece);
        stop.abort();
      }),
    );
    await assert.rejects(stopped, { code: "connection_lost" });
    const full = new Error("no space left");
    const failing = writeWholeFile(path, () =>
      get(
        "/whole",
        never,
      )(() => {
        throw full;
      }),
    );
    await assert.rejects(failing, full);
    assert.deepEqual([readFileSync(path, "utf8"), left()], ["before", ["whole.log"]]);
  });
});
