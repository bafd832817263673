import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { newId } from "#protocol/ids";
import type { Admission } from "#relay/domain/preview-grants";
import { createUnderWay } from "#relay/previews/under-way";
import { until } from "#test/support/until";

describe("what is under way to a dev server", () => {
  let server: http.Server;
  let isLetIn = true;
  const underWay = createUnderWay(() => isLetIn);
  const admission = { memberId: newId("member") } as Admission;

  before(async () => {
    server = http.createServer(({ url }, response) => {
      if (url === "/begun") response.write("begun");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  after(() => {
    server?.closeAllConnections();
    server?.close();
  });
  beforeEach(() => {
    isLetIn = true;
  });
  const ask = (path: string, withinMs: number) => {
    const asked = http.get({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", path });
    let error: Error | undefined;
    asked.on("error", (one) => {
      error = one;
    });
    const ended = new Promise<Error | undefined>((resolve) => asked.once("close", () => resolve(error)));
    underWay.add(asked, { runnerId: newId("runner"), admission, withinMs });
    return { asked, ended };
  };

  it("ends by an error of the relay's own when no answer comes in time, so that nobody asks again", async () => {
    const { asked, ended } = ask("/silent", 50);
    await until("it is ended", async () => {
      underWay.endWhatIsOver();
      return asked.destroyed || undefined;
    });
    assert.equal(((await ended) as { code?: string } | undefined)?.code, "timeout");
  });

  it("may be silent for as long as it likes once it has begun to answer, until somebody is let in no more", async () => {
    const { asked, ended } = ask("/begun", 50);
    const [answer] = (await once(asked, "response")) as [http.IncomingMessage];
    answer.on("error", () => undefined).resume();
    const from = performance.now();
    await until("its time is over", async () => performance.now() - from > 100 || undefined);
    underWay.endWhatIsOver();
    assert.equal(asked.destroyed, false);
    isLetIn = false;
    underWay.endWhatIsOver();
    assert.equal(((await ended) as { code?: string } | undefined)?.code, "preview_needs_entry");
  });
});
