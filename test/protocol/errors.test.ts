import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
  BatonError,
  errorCodes,
  errorFromWire,
  errorStatus,
  errorText,
  UnknownPeerError,
  WireError,
} from "#protocol/errors";

/** The names of the params that the text of a code asks for, found by asking. */
function paramsOf(code: string): string[] {
  const asked = new Set<string>();
  const spy = new Proxy({} as Record<string, string>, {
    get: (_, name) => {
      if (typeof name === "string") asked.add(name);
      return "x";
    },
    has: () => true,
    getOwnPropertyDescriptor: () => ({ value: "x", enumerable: true, configurable: true, writable: true }),
  });
  errorText({ code, params: spy });
  return [...asked];
}

describe("the table of errors", () => {
  for (const code of errorCodes) {
    it(`${code}: a sentence with its params, and a status`, () => {
      assert.match(code, /^[a-z][a-z_]*$/);
      const params = Object.fromEntries(paramsOf(code).map((name) => [name, `‹${name}›`]));
      const text = errorText({ code, params });
      for (const value of Object.values(params)) assert.ok(text.includes(value), `${value} in: ${text}`);
      assert.doesNotMatch(text, /undefined|\[object|NaN|null/);
      assert.match(text, /^\S.*[.›]$/s, "it is a sentence");
      const status = errorStatus(code);
      assert.ok(status >= 400 && status <= 599 && Number.isInteger(status));
      const error = new BatonError(code, params);
      assert.equal(error.message, text);
      assert.deepEqual(WireError.parse(JSON.parse(JSON.stringify(error))), { code, params });
      assert.deepEqual(errorFromWire({ code, params }).toString(), error.toString());
    });

    it(`${code}: stays a sentence where a peer left its params out`, () => {
      const text = errorText({ code });
      assert.doesNotMatch(text, /undefined|NaN|null|\[object/);
    });
  }

  it("has each code in one area alone", () => {
    const folder = "protocol/errors";
    const codes = readdirSync(folder)
      .filter((file) => file !== "row.ts")
      .flatMap((file) => [...readFileSync(join(folder, file), "utf8").matchAll(/^ {2}([a-z_]+): \{/gm)])
      .map(([, code]) => code);
    assert.deepEqual(codes.sort(), [...errorCodes].sort());
  });

  it("has a text for codes of a newer peer", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 64 }), (code) => {
        fc.pre(!(errorCodes as string[]).includes(code));
        assert.ok(errorText({ code }).includes(code));
        assert.equal(errorStatus(code), 500);
        const error = errorFromWire({ code, params: { a: 1 } });
        assert.ok(error instanceof UnknownPeerError && error.code === code && error.params.a === 1);
      }),
    );
    for (const code of ["constructor", "__proto__", "toString"]) assert.equal(errorStatus(code), 500);
  });

  it("gets every param it asks for, wherever the product makes an error", () => {
    const missing: string[] = [];
    for (const file of sources()) {
      const text = readFileSync(file, "utf8").replaceAll(/\$\{[^{}]*\}/g, "");
      for (const match of text.matchAll(/new BatonError\(\s*"([a-z_]+)"\s*(?:,\s*\{([^{}]*)\})?\s*[,)]/g)) {
        const [, code = "", given = ""] = match;
        if (given.includes("...")) continue;
        const wanted = paramsOf(code).filter((name) => !new RegExp(`(^|[\\s,])${name}\\s*(:|,|$)`).test(given));
        const line = text.slice(0, match.index).split("\n").length;
        if (wanted.length > 0) missing.push(`${file}:${line}: ${code} needs ${wanted.join(", ")}`);
      }
    }
    assert.deepEqual(missing, []);
  });
});

function sources(): string[] {
  return ["protocol", "relay", "runner", "extension", "sdk", "webview-ui"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
}
