import assert from "node:assert/strict";
import { linkCommand, linkPage } from "#extension/link-panel/link-page";

describe("the page of a link for another device", () => {
  const url = "http://192.0.2.7:4000/#link=secret";
  const page = {
    heading: "Your relay serves at http://192.0.2.7:4000",
    notes: ["Scan the code."],
    hasCode: true,
    link: { url, isOneTime: true, until: "14:05" },
  };
  const commandsOf = (html: string) =>
    [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => decodeURIComponent(href ?? ""));

  it("has no script, loads nothing, and asks for its one command alone", () => {
    const html = linkPage(page);
    assert.doesNotMatch(html, /<script|<img|\ssrc=|\son\w+=|@import|url\(/);
    assert.match(html, /default-src 'none'; style-src 'nonce-[\w-]{20,}'; base-uri 'none'; form-action 'none'/);
    assert.deepEqual(
      commandsOf(html),
      ["copy", "open", "new"].map((action) => `command:${linkCommand}?["${action}"]`),
    );
  });

  it("shows the code where a phone could reach it, and nowhere else", () => {
    assert.match(linkPage(page), /<svg/);
    assert.doesNotMatch(linkPage({ ...page, hasCode: false }), /<svg/);
  });

  it("shows no link that lets nobody in any more, and offers a new one", () => {
    const { link: _, ...rest } = page;
    const html = linkPage({ ...rest, over: "The link was used." });
    assert.doesNotMatch(html, /secret|<svg/);
    assert.match(html, /The link was used\./);
    assert.deepEqual(commandsOf(html), [`command:${linkCommand}?["new"]`]);
  });

  it("offers no new one of a link that stays good", () => {
    const html = linkPage({ ...page, link: { url, isOneTime: false } });
    assert.deepEqual(commandsOf(html).length, 2);
  });

  it("says of a link that works more than once until when it does", () => {
    const html = linkPage({ ...page, link: { url, isOneTime: false, until: "14:05" } });
    assert.match(html, /Works until 14:05\./);
    assert.match(linkPage(page), /Works once, until 14:05\./);
  });

  it("takes a title for what it is: text", () => {
    const html = linkPage({ ...page, heading: '<a href="command:baton.pause">x</a>', warning: "<b>&" });
    assert.doesNotMatch(html, /<a href="command:baton\.pause|<b>/);
    assert.match(html, /&lt;b&gt;&amp;/);
  });
});
