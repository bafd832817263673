import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type OutputEvent, readOutput } from "#runner/node/cloudflare/output";

const recorded = resolve("test/support/cloudflared/recorded");
const eventsOf = (name: string): OutputEvent[] =>
  readFileSync(`${recorded}/${name}`, "utf8")
    .split("\n")
    .flatMap((line) => readOutput(line) ?? []);
const isError = ({ type }: OutputEvent) => type === "error";

describe("what cloudflared prints, as recorded from the real one", () => {
  const cases: readonly (readonly [name: string, events: readonly Partial<OutputEvent>[]])[] = [
    [
      "quick-2023.txt",
      [
        { type: "url", url: "https://calm-paper-harbor-kettle.trycloudflare.com" },
        { type: "metrics", address: "127.0.0.1:33575" },
        { type: "connected", index: 0 },
      ],
    ],
    ["quick-2022.txt", [{ type: "url", url: "https://four-dashed-word-url.trycloudflare.com" }]],
    [
      "rate-limited-2026.txt",
      [
        { type: "rate-limited" },
        {
          type: "error",
          reason: "failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value",
        },
      ],
    ],
    // The version of then did not say why: its reason is all that there is.
    [
      "rate-limited-2023.txt",
      [
        {
          type: "error",
          reason: "failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value",
        },
      ],
    ],
    [
      "no-network.txt",
      [
        {
          type: "error",
          reason:
            'failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: lookup api.trycloudflare.com on 127.0.0.11:53: no such host',
        },
      ],
    ],
    ["token.txt", [{ type: "refused", reason: "Provided Tunnel token is not valid" }]],
    [
      "old-registered.txt",
      [
        { type: "connected", index: 0 },
        { type: "disconnected", index: 0 },
        { type: "connected", index: 0 },
      ],
    ],
    [
      "named.txt",
      [
        { type: "connected", index: 0 },
        { type: "routes", routes: [{ hostname: "shop.example.com", service: "http://localhost:3000" }] },
        { type: "disconnected", index: 0 },
      ],
    ],
  ];
  for (const [name, events] of cases) {
    it(name, () => assert.deepEqual(eventsOf(name), events));
  }

  for (const name of ["reconnect-http2.txt", "reconnect-quic.txt"]) {
    it(`${name}: the connection is lost, and made again`, () => {
      const events = eventsOf(name).filter((event) => !isError(event));
      assert.ok(events.length >= 3);
      assert.deepEqual(events.at(-1), { type: "connected", index: 1 });
      for (const event of events.slice(0, -1)) assert.deepEqual(event, { type: "disconnected", index: 1 });
    });
  }

  it("all files are read by these cases", () => {
    const read = [...cases.map(([name]) => name), "reconnect-http2.txt", "reconnect-quic.txt"];
    assert.deepEqual(
      readdirSync(recorded)
        .filter((name) => name.endsWith(".txt"))
        .sort(),
      read.sort(),
    );
  });

  it("no other address is taken for the tunnel's", () => {
    for (const line of [
      "INF https://evil.example.com/?https://a.trycloudflare.com.evil.example",
      'failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel"',
      "INF |  http://plain.trycloudflare.com  |",
      "INF https://x.trycloudflare.com/path",
      "INF https://developers.cloudflare.com/cloudflare-one/connections/connect-apps",
      "",
      "\u0000garbage",
    ]) {
      assert.notEqual(readOutput(line)?.type, "url", line);
    }
  });
});

it("what strangers ask of a tunnel is no word of its own", () => {
  const address = "https://calm-paper-harbor-kettle.trycloudflare.com";
  for (const said of [
    `dest=${address}/?https://evil.trycloudflare.com`,
    `dest="${address}/?x=Tunnel not found"`,
    `error="malformed HTTP response \\"Tunnel not found\\"" originService=http://localhost:5173`,
    `error="error code: 1015" originService=http://localhost:5173`,
    `error="Lost connection with the edge" connIndex=0 event=1 originService=http://localhost:5173 connIndex=0`,
  ]) {
    assert.equal(readOutput(`2026-01-01T00:00:00Z ERR Request failed ${said} event=0 type=http`), undefined, said);
  }
});
