import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { endpoints } from "#protocol/api";
import { errorCodes } from "#protocol/errors";
import { render } from "../../scripts/protocol-docs.ts";
import { documentSchemas, linkSchemas } from "./schemas.ts";

describe("docs/protocol.md", () => {
  const text = render();

  it("is what the schemas say", () => {
    assert.equal(readFileSync("docs/protocol.md", "utf8"), text, "run “npm run docs”");
  });

  it("names every message, document, endpoint and error", () => {
    for (const schemas of Object.values(linkSchemas)) {
      for (const name of Object.keys(schemas)) assert.ok(text.includes(`#### \`${name}\``), name);
    }
    for (const name of Object.keys(documentSchemas)) assert.ok(text.includes(`### ${name}\n`), name);
    for (const { method, path } of Object.values(endpoints)) assert.ok(text.includes(`\`${method} ${path}\``), path);
    for (const code of errorCodes) assert.ok(text.includes(`\`${code}\``), code);
  });

  it("has no gap where a value was missing, and no link to nowhere", () => {
    assert.doesNotMatch(text, /undefined|\[object|NaN/);
    const anchors = new Set(
      [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
        title
          .toLowerCase()
          .replaceAll(/[^a-z0-9 -]/g, "")
          .replaceAll(" ", "-"),
      ),
    );
    for (const [, anchor = ""] of text.matchAll(/\]\(#([^)]*)\)/g)) assert.ok(anchors.has(anchor), anchor);
  });
});
