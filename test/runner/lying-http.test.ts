import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import type { BatonError } from "#protocol/errors";
import { newId } from "#protocol/ids";
import { maxAnswerBytes } from "#runner/node/caps";
import { nodeFetch } from "#runner/node/http-fetch";
import { createClient } from "#sdk/client";

const html = "<!doctype html><title>Welcome</title>";
const block = Buffer.alloc(1024 * 1024, "x");

/** Writes more than anybody takes, as fast as it is taken. */
function endless(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const blocks = Array.from({ length: (2 * maxAnswerBytes) / block.length }, () => block);
  Readable.from(blocks).pipe(response);
}

const say =
  (status: number, body: string, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, headers);
    response.end(body);
  };
const json = (body: unknown) => say(200, JSON.stringify(body), { "content-type": "application/json" });

/** What answers where a relay should, and what a person is told. */
const answers: readonly [string, (response: ServerResponse, request: IncomingMessage) => unknown, string, RegExp][] = [
  ["a page instead of JSON", say(200, html), "not_a_relay", /its answer is not JSON.*check the address/],
  ["nothing", say(200, ""), "not_a_relay", /its answer is not JSON/],
  ["a page that is not found", say(404, html), "not_a_relay", /it says 404/],
  ["a way to itself", (to, from) => say(302, "", { location: from.url ?? "" })(to), "not_a_relay", /it says 302/],
  ["a way elsewhere", say(307, "", { location: "http://127.0.0.1:1/" }), "not_a_relay", /it says 307/],
  ["JSON of another service", json({ status: "ok" }), "message_malformed", /could not be read: \w+/],
  ["wrong types", json({ deviceCode: 5, userCode: {}, intervalMs: "soon" }), "message_malformed", /could not be read/],
  ["null", json(null), "message_malformed", /could not be read/],
  ["a problem in no words of ours", say(400, '{"code":5}'), "not_a_relay", /it says 400/],
  ["a failure", say(500, html), "internal", /HTTP 500.*Nothing acknowledged was lost/],
  ["a proxy without a relay", say(502, html), "connection_lost", /being made again; nothing was lost/],
  ["a code that nobody knows", say(418, JSON.stringify(problem("teapot_short"))), "teapot_short", /“teapot_short”/],
  ["an answer without end", endless, "frame_too_large", /over the cap of 67108864 bytes/],
  ["half an answer", (to) => to.write('{"a":1', () => to.destroy()), "connection_lost", /nothing was lost/],
  ["no answer", (to) => to.destroy(), "connection_lost", /nothing was lost/],
];

function problem(code: string): object {
  return { type: "about:blank", title: "", status: 418, code, params: {}, requestId: "r" };
}

describe("runner: what answers where a relay should", function () {
  this.timeout(30_000);
  let server: Server;
  let url: string;
  let answer: (response: ServerResponse, request: IncomingMessage) => unknown;
  let asked = 0;
  before(async () => {
    server = createServer((request, response) => {
      asked++;
      answer(response, request);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  for (const [what, given, code, text] of answers) {
    it(`${what}: ${code}, in words`, async () => {
      answer = given;
      asked = 0;
      const client = createClient({ baseUrl: url, fetch: nodeFetch });
      const candidate = {
        runnerId: newId("runner"),
        publicKey: { kty: "OKP", crv: "Ed25519", x: "A".repeat(43) },
        body: { name: "api", host: "desk", folder: "/work/api", platform: "linux-x64" },
      } as const;
      await assert.rejects(client.call("startPairing", { body: candidate }), (error: BatonError) => {
        assert.equal(error.code, code);
        assert.match(error.message, text);
        return true;
      });
      assert.equal(asked, 1, "nothing is followed, and nothing is asked twice");
    });
  }
});
