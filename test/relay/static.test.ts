import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { rawRequest } from "#test/support/raw-http";
import { startRelayProcess, type TestRelay } from "#test/support/relay";
import { tempFolder } from "#test/support/temp";

describe("relay: the dashboard's files", () => {
  const temp = tempFolder("static");
  let relay: TestRelay;
  before(async () => {
    mkdirSync(temp.at("ui", "sub"), { recursive: true });
    writeFileSync(temp.at("ui", "index.html"), "<!doctype html><title>Baton</title>");
    writeFileSync(temp.at("ui", "app-AB12CD34.js"), `console.log("${"a".repeat(5_000)}")`);
    writeFileSync(temp.at("ui", "sub", "icon.svg"), "<svg/>");
    writeFileSync(temp.at("secret.txt"), "top secret");
    relay = await startRelayProcess({ args: ["--ui", temp.at("ui")] });
  });
  after(async () => {
    await relay.stop();
    temp.remove();
  });
  const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    rawRequest(relay.url, method, path, { headers, origin: null });

  it("serves the page for every address of the dashboard, fresh each time", async () => {
    for (const path of ["/", "/index.html", "/pair?code=BBBB-BBBB", "/runs/run_00000000000000000000000000000000"]) {
      const answer = await get(path);
      assert.equal(answer.status, 200, path);
      assert.match(answer.text, /<title>Baton/);
      assert.equal(answer.headers["cache-control"], "no-cache");
      assert.equal(answer.headers["content-type"], "text/html; charset=utf-8");
    }
    assert.equal((await get("/", {}, "HEAD")).text, "");
  });

  it("serves hashed files for ever, compressed where the browser takes it", async () => {
    const plain = await get("/app-AB12CD34.js");
    assert.equal(plain.headers["cache-control"], "public, max-age=31536000, immutable");
    assert.equal(plain.headers["content-type"], "text/javascript; charset=utf-8");
    const response = await fetch(`${relay.url}/app-AB12CD34.js`, { headers: { "accept-encoding": "gzip" } });
    assert.equal(response.headers.get("content-encoding"), "gzip");
    assert.equal(await response.text(), plain.text);
    assert.equal((await get("/sub/icon.svg")).headers["content-type"], "image/svg+xml");
    assert.throws(() => gunzipSync(Buffer.from(plain.text)));
  });

  it("compresses what never changes once, since anybody may ask for it", async () => {
    writeFileSync(temp.at("ui", "once-AB12CD34.js"), "once");
    const gzipped = { headers: { "accept-encoding": "gzip" } };
    assert.equal(await (await fetch(`${relay.url}/once-AB12CD34.js`, gzipped)).text(), "once");
    writeFileSync(temp.at("ui", "once-AB12CD34.js"), "twice");
    assert.equal(await (await fetch(`${relay.url}/once-AB12CD34.js`, gzipped)).text(), "once");
  });

  it("finds files that came later, and answers 404 for what is not there", async () => {
    assert.equal((await get("/later-AB12CD34.js")).code, "not_found");
    writeFileSync(temp.at("ui", "later-AB12CD34.js"), "1");
    assert.equal((await get("/later-AB12CD34.js")).status, 200);
    assert.equal((await get("/api/nothing")).code, "not_found");
    assert.equal((await get("/api")).code, "not_found");
    assert.equal((await get("/", {}, "POST")).code, "not_found");
  });

  it("leads nowhere else", async () => {
    for (const path of [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/sub/../../secret.txt",
      "/sub/..%2f..%2fsecret.txt",
      "/..\\secret.txt",
      `/${temp.at("secret.txt")}`,
      "/secret.txt",
      "/%00/secret.txt",
      "/%",
    ]) {
      const answer = await get(path);
      assert.doesNotMatch(answer.text, /top secret/, path);
      assert.ok(
        [400, 404].includes(answer.status) || answer.headers["content-type"]?.includes("html"),
        `${path}: ${answer.status}`,
      );
    }
  });
});
