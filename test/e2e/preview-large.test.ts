import assert from "node:assert/strict";
import { carryDown, carryUp, type LargeServer, largeServer, visitPort } from "#test/support/large-bodies";
import type { PreviewVisit } from "#test/support/preview-visit";
import { type System, startSystem } from "#test/support/system";

const MiB = 1024 * 1024;
const bodyBytes = 256 * MiB;
/** What was needed once, such as the code of HTTP/2 and the young generation of a heap, is there behind so much. */
const warmUpBytes = 64 * MiB;
/** Most of it is when a collection happens to come. The bench carries 1 GB, and allows half of it. */
const grownBytes = 32 * MiB;

describe("a large body through a preview", function () {
  this.timeout(120_000);
  let server: LargeServer;
  let system: System;
  let visit: PreviewVisit;

  before(async () => {
    server = await largeServer();
    system = await startSystem({ previewPorts: [server.port] });
    visit = await visitPort(system, server.port);
  });
  after(async () => {
    await system?.stop();
    server?.[Symbol.dispose]();
  });

  for (const [name, carry] of [
    ["down", carryDown],
    ["up", carryUp],
  ] as const) {
    it(`goes ${name} unchanged, and stays in no memory on its way`, async () => {
      await carry(system, visit, warmUpBytes);
      const { grown, sent, came } = await carry(system, visit, bodyBytes);
      assert.equal(came, sent);
      for (const part of ["relay", "runner"] as const) {
        assert.ok(grown[part] <= grownBytes, `the ${part} has grown by ${(grown[part] / MiB).toFixed(1)} MB`);
      }
    });
  }
});
