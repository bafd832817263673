import assert from "node:assert/strict";
import fc from "fast-check";
import type * as z from "zod";
import { maxControlBytes } from "#protocol/caps";
import { Prompt, Run, Runner } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { parseMessage, parseValue, toUtf8 } from "#protocol/json";
import { FromKeeper, ToKeeper } from "#protocol/keeper-link";
import { ToRelay, ToRunner } from "#protocol/runner-link";
import { ToRelayFromViewer, ToViewer } from "#protocol/viewer-link";
import { arbitraryOf } from "#test/support/zod-arbitrary";
import { documentSchemas, endpointSchemas, linkSchemas, otherSchemas } from "./schemas.ts";

const unions: Record<keyof typeof linkSchemas, z.ZodType> = {
  "runner → relay": ToRelay,
  "relay → runner": ToRunner,
  "viewer → relay": ToRelayFromViewer,
  "relay → viewer": ToViewer,
  "runner → keeper": ToKeeper,
  "keeper → runner": FromKeeper,
};

describe("messages", () => {
  for (const [link, schemas] of Object.entries(linkSchemas)) {
    for (const [name, schema] of Object.entries(schemas)) {
      it(`${link}: ${name} is the same after a way over the wire`, () => {
        roundTrips(schema, unions[link as keyof typeof linkSchemas]);
      });
    }
    it(`${link}: the name of each message is its type`, () => {
      for (const [name, schema] of Object.entries(schemas)) {
        fc.assert(
          fc.property(arbitraryOf(schema as z.ZodType<{ type: string }>), (m) => m.type === name),
          { numRuns: 3 },
        );
      }
    });
  }
  for (const [name, schema] of Object.entries({ ...documentSchemas, ...otherSchemas, ...endpointSchemas })) {
    it(`${name} is the same after a way over the wire`, () => roundTrips(schema, schema));
  }

  it("that leave their defaults out get them", () => {
    for (const [name, schema] of Object.entries(endpointSchemas)) {
      fc.assert(
        fc.property(arbitraryOf(schema, "input"), (value) => {
          const once = parseValue(schema, value);
          assert.deepEqual(parseValue(schema, once), once, name);
        }),
        { numRuns: 10 },
      );
    }
  });
});

describe("unknown fields", () => {
  const future = { "x-future": { deep: [1, { a: null }] }, "x-": "", "x-__proto__": 1 };
  for (const [name, schema] of Object.entries(documentSchemas)) {
    it(`of ${name} survive being read and passed on`, () => {
      fc.assert(
        fc.property(arbitraryOf(schema as z.ZodType<object>), (value) => {
          const sent = { ...value, ...future };
          assert.deepEqual(JSON.parse(JSON.stringify(parseValue(schema, sent))), JSON.parse(JSON.stringify(sent)));
        }),
        { numRuns: 20 },
      );
    });
  }
  for (const [name, schema] of Object.entries({ Prompt, Run, Runner })) {
    it(`of the body of ${name} survive too`, () => {
      fc.assert(
        fc.property(arbitraryOf(schema as z.ZodType<{ body: object }>), (value) => {
          const sent = { ...value, body: { ...value.body, ...future } };
          assert.deepEqual(parseValue(schema, sent), sent);
        }),
        { numRuns: 20 },
      );
    });
  }
});

describe("the parser of messages", () => {
  it("makes a value or one coded error of any text", () => {
    const nearly = arbitraryOf(ToRelayFromViewer).chain((message) =>
      fc
        .tuple(fc.constant(JSON.stringify(message)), fc.nat(), fc.string({ maxLength: 3 }))
        .map(([text, at, more]) => text.slice(0, at % text.length) + more + text.slice((at % text.length) + 1)),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), nearly), (text) => {
        onlyCoded(() => parseMessage(ToRelayFromViewer, text));
      }),
      { numRuns: 2_000 },
    );
  });

  it("makes a value or one coded error of any bytes, and stays usable behind broken UTF-8", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        onlyCoded(() => parseMessage(ToRelayFromViewer, bytes));
        assert.deepEqual(parseMessage(ToRelay, toUtf8('{"type":"heartbeat"}')), { type: "heartbeat" });
      }),
      { numRuns: 1_000 },
    );
  });

  const hostile: readonly [string, string][] = [
    ["deeply nested lists", "[".repeat(400_000)],
    ["deeply nested lists that end", `${"[".repeat(400_000)}${"]".repeat(400_000)}`],
    [
      "deep nesting in a field that is passed on",
      `{"type":"reply","re":"cmd_${"0".repeat(32)}","result":${"[".repeat(400_000)}${"]".repeat(400_000)}}`,
    ],
    ["a prototype as a field", '{"__proto__":{"type":"heartbeat"},"type":"heartbeat"}'],
    ["a constructor as its type", '{"type":"constructor"}'],
    ["a type that is no text", '{"type":{"toString":1}}'],
    ["a long name of a wrong field", `{"type":"hello","runs":[],"${"a".repeat(500_000)}":1}`],
    ["a number beyond all", '{"type":"run.ack","acks":[{"seq":1e999}]}'],
    ["null", "null"],
    ["nothing", ""],
  ];
  for (const [name, text] of hostile) {
    it(`takes ${name} calmly, and says little`, () => {
      for (const union of Object.values(unions)) {
        const error = onlyCoded(() => parseMessage(union, text));
        if (error) assert.ok(error.message.length < 2_000, `an error of ${error.message.length} characters`);
      }
      assert.equal(({} as Record<string, unknown>).type, undefined);
    });
  }

  it("cuts what a hostile name would put into an error", () => {
    const env = { [`${"a".repeat(500_000)}-`]: "1" };
    const error = onlyCoded(() => parseValue(Prompt.shape.body, { text: "hello", env }));
    assert.ok(error && error.message.length < 2_000);
  });

  it("refuses what is over the cap before it reads it", () => {
    const text = " ".repeat(maxControlBytes + 1);
    assert.equal(onlyCoded(() => parseMessage(ToRelay, text))?.code, "frame_too_large");
    assert.equal(onlyCoded(() => parseMessage(ToRelay, toUtf8(text)))?.code, "frame_too_large");
  });

  it("names the field that is wrong", () => {
    const error = onlyCoded(() => parseMessage(ToRelay, '{"type":"run.lost","runId":"prm_1"}'));
    assert.match(error?.message ?? "", /runId: expected an id of a run/);
  });
});

function roundTrips(schema: z.ZodType, union: z.ZodType): void {
  fc.assert(
    fc.property(arbitraryOf(schema), (value) => {
      const text = JSON.stringify(value);
      if (text === undefined) return;
      const expected: unknown = JSON.parse(text);
      for (const form of [text, toUtf8(text)]) {
        assert.deepEqual(parseMessage(schema, form), expected);
        assert.deepEqual(parseMessage(union, form), expected);
      }
    }),
    { numRuns: 30 },
  );
}

function onlyCoded(parse: () => unknown): BatonError | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    assert.ok(
      error instanceof BatonError && ["frame_too_large", "message_malformed"].includes(error.code),
      String(error),
    );
    return error;
  }
}
