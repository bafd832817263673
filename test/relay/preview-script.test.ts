import assert from "node:assert/strict";
import fc from "fast-check";
import { createInserter } from "#relay/previews/insert-tag";
import { allowedTag } from "#relay/previews/page-policy";

const tag = "«tag»";

/** What comes out of an inserter, by piece. */
function inserted(pieces: readonly Uint8Array[]): Uint8Array[] {
  const inserter = createInserter(Buffer.from(tag));
  return [...pieces.flatMap((piece) => inserter.push(piece)), ...inserter.end()];
}
const whole = (pieces: readonly Uint8Array[]): string => Buffer.concat(pieces).toString("latin1");
const insertedInto = (html: string | Uint8Array): string =>
  whole(inserted([Buffer.from(html)])).replace(Buffer.from(tag).toString("latin1"), "|");

describe("the tag that the relay puts into a page", () => {
  it("stands at the start of the head, wherever that begins", () => {
    for (const [html, expected] of [
      ["<!doctype html><html><head><title>a</title>", "<!doctype html><html><head>|<title>a</title>"],
      [
        "<!DOCTYPE html>\n<HTML lang=en>\n<HEAD class='>'>\n<p>",
        "<!DOCTYPE html>\n<HTML lang=en>\n<HEAD class='>'>|\n<p>",
      ],
      ["<!doctype html><title>a</title>", "<!doctype html>|<title>a</title>"],
      ["<html><body>b", "<html>|<body>b"],
      ["<p>b", "|<p>b"],
      ["plain words", "|plain words"],
      ["  \n<header>b", "  \n|<header>b"],
      ["<htmlx>b", "|<htmlx>b"],
      ["</p><head>", "|</p><head>"],
      ["<!-- <head> --><head>b", "<!-- <head> --><head>|b"],
      ["<!--><head>b", "<!--><head>|b"],
      ["<!---><head>b", "<!---><head>|b"],
      ["<!-- a --!><head>b", "<!-- a --!><head>|b"],
      ["<!-- a -- > <head> --><head>b", "<!-- a -- > <head> --><head>|b"],
      ["<?xml version='1.0'?><html><head/>b", "<?xml version='1.0'?><html><head/>|b"],
      ['<html a=">" b=\'>\' c=">"x><head>b', '<html a=">" b=\'>\' c=">"x><head>|b'],
      ['<html a = ">"><head>b', '<html a = ">"><head>|b'],
      ['<html a=b"><head>b', '<html a=b"><head>|b'],
      ['<html ="><head>b', '<html ="><head>|b'],
      ['<html a"><head>b', '<html a"><head>|b'],
      ["<html>", "<html>|"],
      ["<", "|<"],
      ["<he", "|<he"],
    ] as const) {
      assert.equal(insertedInto(html), expected, html);
    }
  });

  it("stands behind the mark of the byte order, and before letters that only begin like it", () => {
    const mark = Buffer.from("\uFEFF");
    const latin = (text: string) => Buffer.from(text).toString("latin1");
    assert.equal(insertedInto("\uFEFF<head>b"), latin("\uFEFF<head>|b"));
    assert.equal(insertedInto("\uFEFFb"), latin("\uFEFF|b"));
    assert.equal(insertedInto("ｆ"), latin("|ｆ"));
    assert.equal(insertedInto(mark.subarray(0, 2)), `|${mark.subarray(0, 2).toString("latin1")}`);
  });

  it("is left out of a page that is empty, or that ends before it has begun", () => {
    for (const html of ["", "<!-- never closed", "<html lang=", "<!doctype"]) assert.equal(insertedInto(html), html);
  });

  const token = fc.oneof(
    fc.constantFrom(
      "<html",
      "<head",
      ">",
      "<!--",
      "-->",
      "--!>",
      "<!doctype html>",
      " ",
      "\n",
      "=",
      '"',
      "'",
      "/",
      "-",
    ),
    fc.constantFrom("<", "!", "<body>", "<title>", "h", "\uFEFF", "ｆ", "<HEAD>", "<html lang='>'>", "?"),
    fc.string({ maxLength: 5 }),
  );
  const page = fc.array(token, { maxLength: 30 }).map((parts) => Buffer.from(parts.join("")));
  const cuts = fc.array(fc.nat(400), { maxLength: 20 });

  it("is the same however the page is cut, once at most, and leaves the rest as it was", () => {
    fc.assert(
      fc.property(page, cuts, (bytes, at) => {
        const ends = [...new Set([...at.map((cut) => Math.min(cut, bytes.length)), bytes.length])].sort(
          (a, b) => a - b,
        );
        const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        const cut = whole(inserted(pieces));
        assert.equal(cut, whole(inserted([bytes])));
        const parts = cut.split(Buffer.from(tag).toString("latin1"));
        assert.ok(parts.length <= 2);
        assert.equal(parts.join(""), bytes.toString("latin1"));
      }),
      { numRuns: 2_000 },
    );
  });

  it("holds back nothing but a tag that has only begun", () => {
    fc.assert(
      fc.property(page, (bytes) => {
        const inserter = createInserter(Buffer.from(tag));
        let read = 0;
        let passed = 0;
        for (const byte of bytes) {
          read++;
          passed += inserter.push(Uint8Array.of(byte)).reduce((sum, { length }) => sum + length, 0);
          assert.ok(read - passed < "<head>".length);
        }
      }),
    );
  });
});

describe("the policy of a page", () => {
  const nonceOf = (...policies: string[]) => allowedTag(policies);

  it("lets the script in where it lets in the page's own", () => {
    for (const policy of [
      "",
      "img-src 'none'",
      "default-src 'self'",
      "script-src https: 'unsafe-inline'",
      "script-src *",
    ]) {
      assert.deepEqual(nonceOf(policy), {}, policy);
    }
    assert.deepEqual(nonceOf("default-src 'none'; script-src 'self'"), {});
    assert.deepEqual(nonceOf("script-src 'none'; script-src-elem 'self'"), {});
    assert.deepEqual(nonceOf(), {});
  });

  it("lends its nonce, if all policies know it", () => {
    assert.deepEqual(nonceOf("script-src 'nonce-abc' 'strict-dynamic'"), { nonce: "abc" });
    assert.deepEqual(nonceOf("script-src 'nonce-abc', default-src 'self'"), { nonce: "abc" });
    assert.deepEqual(nonceOf("script-src 'nonce-abc'", "script-src 'nonce-x' 'nonce-abc'"), { nonce: "abc" });
    assert.equal(nonceOf("script-src 'nonce-abc'", "script-src 'nonce-x'"), undefined);
  });

  it("keeps it out otherwise, and stays as it is", () => {
    for (const policy of [
      ...["script-src 'none'", "default-src 'none'", "script-src 'sha256-abc='", "script-src 'self' 'strict-dynamic'"],
      ...[
        "script-src https://cdn.example",
        "default-src 'self', script-src 'none'",
        "sandbox allow-scripts",
        "script-src",
      ],
      `script-src 'nonce-"><b>'`,
    ]) {
      assert.equal(nonceOf(policy), undefined, policy);
    }
  });
});
