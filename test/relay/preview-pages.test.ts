import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { BatonError, type ErrorCode } from "#protocol/errors";
import { sendPreviewError } from "#relay/previews/pages";

describe("what the relay says in place of a preview", () => {
  let server: http.Server;
  let error: BatonError;
  before(async () => {
    server = http.createServer((request, response) => sendPreviewError(request, response, error));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const params = { runner: "api-server", port: 5173, retryAfterSeconds: 3, max: 10, what: "requests" };
  const codes: readonly ErrorCode[] = [
    ...(["preview_closed", "preview_needs_entry", "preview_unanswered", "share_over"] as const),
    ...(["runner_away", "rate_limited", "too_many", "not_found"] as const),
  ];
  for (const code of codes) {
    it(`has a title for ${code}, and below it a text that does not say the same again`, async () => {
      error = new BatonError(code, params);
      const { port } = server.address() as AddressInfo;
      const page = await (await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: "text/html" } })).text();
      const [title = "", text = ""] = ["h1", "p"].map((tag) => new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(page)?.[1]);
      assert.ok(title.length > 0 && text.length > 0, page);
      assert.ok(!text.toLowerCase().includes(title.toLowerCase()), `${title}: ${text}`);
    });
  }
});
