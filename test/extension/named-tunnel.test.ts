import assert from "node:assert/strict";
import type { SecretStorage } from "vscode";
import { createNamedTunnels, hostnameOf, tokenOf } from "#extension/cloudflare/named-tunnel";

const token = Buffer.from('{"a":"account","t":"tunnel","s":"secret"}').toString("base64");

describe("the user's own Cloudflare tunnel", () => {
  it("is told by the token, or by the command that Cloudflare's dashboard shows", () => {
    assert.equal(tokenOf(token), token);
    assert.equal(tokenOf(`  sudo cloudflared service install ${token}\n`), token);
    for (const text of [
      "",
      "hello",
      "d5ee487b-1b70-4839-97f3-a5ba8960e430",
      `${token}---`,
      "MTIz",
      `${token} and more`,
    ]) {
      assert.equal(tokenOf(text), undefined, text);
    }
  });

  it("is at a name, without anything else of an address", () => {
    assert.equal(hostnameOf(" https://Preview.example.com/ "), "preview.example.com");
    for (const text of ["", "localhost", "preview.example.com/path", "a b.example.com", "-x.example.com", "x:1"]) {
      assert.equal(hostnameOf(text), undefined, text);
    }
  });

  it("is kept in the secret storage, and what cannot be read there is no tunnel", async () => {
    const kept = new Map<string, string>();
    const secrets = {
      get: async (key: string) => kept.get(key),
      store: async (key: string, value: string) => void kept.set(key, value),
      delete: async (key: string) => void kept.delete(key),
    } as unknown as SecretStorage;
    const tunnels = createNamedTunnels(secrets);
    assert.equal(await tunnels.read(), undefined);
    await tunnels.write({ hostname: "preview.example.com", token });
    assert.deepEqual(await tunnels.read(), { hostname: "preview.example.com", token });
    const [key = ""] = kept.keys();
    kept.set(key, '{"v":1,"hostname":');
    assert.equal(await tunnels.read(), undefined);
    await tunnels.remove();
    assert.equal(kept.size, 0);
  });
});
