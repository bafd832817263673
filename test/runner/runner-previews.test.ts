import assert from "node:assert/strict";
import type { Preview } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { tunnelGraceMs } from "#runner/core/caps";
import type { PortRules, RunnerHost } from "#runner/core/host";
import type { LinkSession } from "#runner/core/link-session";
import { createRunnerPreviews } from "#runner/core/previews";
import { createPublicPreviews } from "#runner/core/public-previews";
import { type ScriptedHost, scriptedClock, scriptedHost } from "#test/support/scripted-host";
import { until } from "#test/support/until";

const port = 5173;
const by = { kind: "member" as const, name: "Ana" };

describe("what a runner shows", () => {
  const previewAt = (at: number): Preview => ({
    ...{ v: 1, rev: 1, id: newId("preview"), label: "label", runnerId: newId("runner"), openedAt: 0 },
    body: { name: "Shop", port: at },
  });
  /** A link to a relay that answers everything. @param previewHosts whether it has host names for previews */
  const link = (previewHosts: "loopback" | "none" = "loopback") =>
    ({ request: async () => "ticket", welcome: { previewHosts } }) as unknown as LinkSession;

  /** A runner with one port that its local user has allowed, and what it has had to say of tunnels. */
  function runnerWith(script: Partial<RunnerHost> = {}) {
    const allowed = new Set([port]);
    const asked: number[] = [];
    const wanted: number[][] = [];
    const served: Parameters<PortRules["serve"]>[0][] = [];
    const local = { isTrusted: true, says: false };
    const clock = scriptedClock();
    const host: ScriptedHost = scriptedHost({
      clock,
      trusted: () => local.isTrusted,
      ports: {
        isAllowed: (one) => allowed.has(one),
        async ask(one) {
          asked.push(one);
          return local.says;
        },
        async serve(tunnel) {
          served.push(tunnel);
          await new Promise((resolve) => tunnel.signal.addEventListener("abort", resolve));
        },
      },
      ...script,
    });
    const tunnels = {
      want: (ports: ReadonlySet<number>) => void wanted.push([...ports]),
      stateOf: () => ({ state: "starting" as const }),
      reconcile() {},
      stop() {},
    };
    const publicPreviews = createPublicPreviews(host, tunnels, (one) => allowed.has(one));
    const previews = createRunnerPreviews({
      ...{ host, relayUrl: "http://127.0.0.1:1", publicPreviews, changed() {}, isServers: () => false },
    });
    return { ...{ host, clock, local, allowed, asked, wanted, served, previews } };
  }
  const cloudflare: Partial<RunnerHost> = {
    tunnels: {
      via: () => "auto",
      isAgreed: () => true,
      async prepare() {},
      command: () => Promise.reject(new Error("nobody starts one here")),
      touch() {},
    },
  };

  it("to who asks is what its local user has allowed, or allows now", async () => {
    const { previews, local, asked } = runnerWith();
    await previews.asked(port, by);
    assert.deepEqual(asked, []);
    await assert.rejects(previews.asked(3000, by), { code: "preview_refused" });
    local.says = true;
    await previews.asked(3000, by);
    assert.deepEqual(asked, [3000, 3000]);
  });

  it("is nothing where the folder is not trusted, or the runner is paused, and nobody is asked", async () => {
    const { previews, local, host, asked } = runnerWith();
    host.setPolicy("paused");
    await assert.rejects(previews.asked(3000, by), { code: "runner_paused" });
    host.setPolicy("auto");
    local.isTrusted = false;
    await assert.rejects(previews.asked(port, by), { code: "workspace_untrusted" });
    assert.deepEqual(asked, []);
  });

  it("through its tunnel is what is open, as long as it is allowed and the folder is trusted", async () => {
    const { previews, local, allowed, served } = runnerWith();
    previews.online(link());
    previews.shown([previewAt(port), previewAt(3000)]);
    // Allowed, and nothing that the relay shows.
    allowed.add(8080);
    const tunnel = await until("the tunnel is made", async () => served[0]);
    assert.deepEqual([tunnel.isOpen(port), tunnel.isOpen(3000), tunnel.isOpen(8080)], [true, false, false]);
    local.isTrusted = false;
    assert.equal(tunnel.isOpen(port), false);
    local.isTrusted = true;
    allowed.clear();
    assert.equal(tunnel.isOpen(port), false);
    previews.shown([]);
    assert.equal(tunnel.signal.aborted, true);
  });

  it("at public addresses outlasts a link that is down for a moment, and nothing longer", () => {
    const { previews, clock, wanted } = runnerWith(cloudflare);
    previews.online(link("none"));
    previews.shown([previewAt(port)]);
    assert.deepEqual(wanted, [[port]]);
    previews.offline();
    clock.advance(tunnelGraceMs - 1);
    previews.online(link("none"));
    previews.shown([previewAt(port)]);
    assert.deepEqual(wanted.at(-1), [port]);
    previews.offline();
    clock.advance(tunnelGraceMs);
    assert.deepEqual(wanted.at(-1), []);
  });

  it("at public addresses is nothing that the relay shows by names of its own", () => {
    const { previews, wanted } = runnerWith(cloudflare);
    previews.online(link());
    previews.shown([previewAt(port)]);
    previews.shown([]);
    assert.deepEqual(wanted.flat(), []);
  });
});
