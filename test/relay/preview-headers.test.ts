import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import fc from "fast-check";
import { headersForBrowser, headersForServer, type PreviewAddress } from "#relay/previews/headers";
import { createPreviewSite } from "#relay/previews/preview-site";

const address: PreviewAddress = {
  origin: "https://abc.preview.example.com",
  port: 5173,
  cookies: ["__Host-baton-preview", "__Host-baton-guest"],
  frameAncestors: "'self' https://baton.example.com",
};

describe("the headers of a preview", () => {
  const cookieValue = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/);

  it("let no grant through to a server, wherever it stands among the cookies", () => {
    const cookie = fc.tuple(fc.constantFrom("a", "__Host-baton-preview", " __Host-baton-preview"), cookieValue);
    fc.assert(
      fc.property(fc.array(cookie), (cookies) => {
        const text = cookies.map((pair) => pair.join("=")).join(";");
        const sent = String(headersForServer({ cookie: text }, address).cookie ?? "");
        assert.doesNotMatch(sent, /baton/);
        const own = cookies.filter(([name]) => name === "a").length;
        assert.equal(sent.split(";").filter(Boolean).length, own);
      }),
    );
  });

  it("name the server's own origin in place of the preview's, and leave others as they are", () => {
    const said = (origin: string, referer: string) => {
      const sent = headersForServer({ origin, referer }, address);
      return [sent.origin, sent.referer];
    };
    assert.deepEqual(said(address.origin, `${address.origin}/a?b`), [
      "http://localhost:5173",
      "http://localhost:5173/a?b",
    ]);
    const other = "https://abc.preview.example.com.evil.example";
    assert.deepEqual(said(other, `${other}/`), [other, `${other}/`]);
  });

  it("are those of one hop, and no further", () => {
    const sent = headersForServer(
      {
        connection: "keep-alive, X-Own",
        "x-own": "1",
        "keep-alive": "5",
        "x-forwarded-for": "1.2.3.4",
      },
      address,
    );
    assert.deepEqual(sent, { host: "localhost:5173" });
  });

  it("keep a cookie on its own host, and none that would let somebody in", () => {
    const shown = headersForBrowser(
      {
        "set-cookie": [
          "a=1; Domain=example.com; Path=/; Secure",
          "b=2; dOmAiN=.preview.example.com",
          "__Host-baton-preview=x; Path=/; Secure",
          "__host-BATON-preview=x",
        ],
      },
      address,
    );
    assert.deepEqual(shown["set-cookie"], ["a=1; Path=/; Secure", "b=2"]);
  });

  it("let a page be framed where the relay says so, whatever its server says, and keep its other rules", () => {
    const shown = headersForBrowser(
      { "x-frame-options": "DENY", "content-security-policy": "script-src 'self'; frame-ancestors *; img-src *" },
      address,
    );
    assert.deepEqual(shown, {
      "content-security-policy": `script-src 'self'; img-src *, frame-ancestors ${address.frameAncestors}`,
    });
  });

  it("clear nothing beyond the preview's host, and report nothing past it", () => {
    const headers = {
      "clear-site-data": '"cookies"',
      nel: "{}",
      "report-to": "{}",
      "reporting-endpoints": 'a="https://b"',
    };
    assert.deepEqual(Object.keys(headersForBrowser(headers, address)), ["content-security-policy"]);
  });

  it("lead a redirect to the server's own address to the preview, and no other", () => {
    const led = (location: string) => headersForBrowser({ location }, address).location;
    assert.equal(led("http://localhost:5173/a"), `${address.origin}/a`);
    assert.equal(led("http://127.0.0.1:5173"), address.origin);
    for (const other of [
      "http://localhost:51730/",
      "http://localhost:5173.evil.example/",
      "/here",
      "https://a.example/",
    ]) {
      assert.equal(led(other), other);
    }
  });
});

describe("the host names of previews", () => {
  const label = "abcdefghijklmnopqrstuvwxyz";
  const at = (host: string) => ({ headers: { host } }) as IncomingMessage;

  it("are below the domain that was chosen, with the relay's scheme", () => {
    const site = createPreviewSite({ publicUrl: "https://baton.example.com", port: 4000 }, "preview.example.com");
    assert.ok(site);
    assert.equal(site.originOf(label), `https://${label}.preview.example.com`);
    assert.equal(site.labelOf(at(`${label.toUpperCase()}.preview.example.com:443`)), label);
    for (const host of [
      ...["preview.example.com", `x.${label}.preview.example.com`, `${label}.previewXexample.com`],
      ...[`${label}.preview.example.com.evil.example`, `${label}x.preview.example.com`, ""],
    ]) {
      assert.equal(site.labelOf(at(host)), undefined, host);
    }
  });

  it("are below localhost in development, and nowhere at an address of a network", () => {
    const local = createPreviewSite({ publicUrl: "http://127.0.0.1:4000", port: 4000 }, undefined);
    assert.equal(local?.originOf(label), `http://${label}.localhost:4000`);
    assert.match(local.frameAncestors, /^'self' http:\/\/127\.0\.0\.1:4000 http:\/\/localhost:4000 /);
    assert.ok(!local.frameAncestors.includes("["), "browsers do not know how to read an address of IPv6 there");
    assert.equal(createPreviewSite({ publicUrl: "http://192.168.0.7:4000", port: 4000 }, undefined), undefined);
    assert.equal(createPreviewSite({ publicUrl: "https://baton.example.com", port: 4000 }, undefined), undefined);
  });

  it("have a cookie that stands in frames where browsers keep one there", () => {
    const plain = createPreviewSite({ publicUrl: "http://baton.lan", port: 80 }, "preview.lan");
    assert.deepEqual([plain?.isSecure, plain?.cookie], [false, "baton-preview"]);
    const secure = createPreviewSite({ publicUrl: "https://baton.lan", port: 443 }, "preview.lan");
    assert.deepEqual([secure?.isSecure, secure?.cookie], [true, "__Host-baton-preview"]);
  });
});
