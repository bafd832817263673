import assert from "node:assert/strict";
import { isLoopbackHost } from "#protocol/loopback";

describe("this computer's own names", () => {
  it("are those which nobody else reaches", () => {
    for (const host of ["localhost", "LOCALHOST", "run-1.localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]"]) {
      assert.ok(isLoopbackHost(host), host);
    }
  });

  it("are no others, however they look", () => {
    for (const host of [
      ...["", ".localhost", "localhost.example.com", "127.example.com", "127.0.0.1.example.com", "1127.0.0.1"],
      ...["127.1", "0.0.0.0", "192.168.0.1", "::", "[::2]", "[::1", "example.com"],
    ]) {
      assert.ok(!isLoopbackHost(host), host);
    }
  });
});
