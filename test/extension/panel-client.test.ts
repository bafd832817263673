import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Account, Accounts } from "#extension/accounts/account";
import { createPanelBridge } from "#extension/panel/panel-bridge";
import { panelClient } from "#extension/panel/panel-client";
import { BatonError } from "#protocol/errors";
import { newId } from "#protocol/ids";
import type { ToPanel } from "#protocol/panel-link";
import { relayClient } from "#runner/node/relay-client";

/** A relay that takes no token, and takes its time to say so. */
describe("a panel whose relay takes its token no more", () => {
  let relay: http.Server;
  let url: string;
  let signedIn: Account | undefined;
  const refused: Account[] = [];
  const happened = new EventEmitter();
  let answer: () => void = () => assert.fail("nobody has asked yet");
  before(async () => {
    relay = http.createServer((_request, response) => {
      answer = () => {
        response.writeHead(401, { "content-type": "application/json" });
        response.end(JSON.stringify(new BatonError("not_signed_in").toJSON()));
      };
      happened.emit("asked");
    });
    relay.listen(0, "127.0.0.1");
    await once(relay, "listening");
    url = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
  });
  after(() => {
    relay.closeAllConnections();
    relay.close();
  });
  beforeEach(() => {
    signedIn = account();
    refused.length = 0;
  });

  const account = (): Account => ({
    ...{ v: 1, relay: url, relayId: newId("relay"), team: "Bakery", memberId: newId("member"), name: "Ana" },
    ...{ token: `baton_${newId("token")}`, tokenId: newId("token"), expiresAt: 1, runnerIds: [] },
  });
  const accounts: Pick<Accounts, "of" | "refused"> = {
    of: () => signedIn,
    refused: async (account) => void refused.push(account),
  };
  const clients = {
    async of(at: string) {
      if (!signedIn) throw new BatonError("not_signed_in");
      return relayClient(at, signedIn.token);
    },
  };
  /** The page asks who is signed in, and is told what the relay says. */
  const ask = () => {
    const bridge = createPanelBridge({
      client: () => panelClient({ accounts, clients, fail: (error) => assert.fail(String(error)) }, url),
      post: (message) => void happened.emit("posted", message),
    });
    const told = once(happened, "posted") as Promise<[ToPanel]>;
    const asked = once(happened, "asked");
    bridge.receive({ type: "call", id: 1, name: "readSession", request: {} });
    return { asked, told: told.then(([message]) => message.type === "refusal" && message.error.code) };
  };

  it("has that account signed out", async () => {
    const { asked, told } = ask();
    await asked;
    answer();
    assert.equal(await told, "not_signed_in");
    assert.deepEqual(refused, [signedIn]);
  });

  it("has nobody signed out who has signed in before the answer came", async () => {
    const before = signedIn;
    const { asked, told } = ask();
    await asked;
    signedIn = account();
    answer();
    assert.equal(await told, "not_signed_in");
    assert.deepEqual(refused, [before]);
  });

  it("has nobody signed out where nobody was signed in", async () => {
    signedIn = undefined;
    assert.equal(await ask().told, "not_signed_in");
    assert.deepEqual(refused, []);
  });
});
