import assert from "node:assert/strict";
import { relayAddress } from "#extension/connect/relay-address";

const cases: [string, string | undefined][] = [
  ["https://baton.example.com", "https://baton.example.com"],
  ["  https://baton.example.com/pair?code=ABCD-EFGH ", "https://baton.example.com"],
  ["baton.example.com:8443", "https://baton.example.com:8443"],
  ["localhost:4000", "http://localhost:4000"],
  ["127.0.0.1:4000/", "http://127.0.0.1:4000"],
  ["localhost.example.com", "https://localhost.example.com"],
  ["", undefined],
  ["ftp://example.com", undefined],
  ["http://", undefined],
  ["two words", undefined],
];

describe("the address of a relay, as it is typed", () => {
  for (const [typed, origin] of cases) {
    it(`“${typed}” is ${origin ?? "refused"}`, () => assert.equal(relayAddress(typed), origin));
  }
});
