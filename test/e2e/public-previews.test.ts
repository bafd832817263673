import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { WebSocketServer } from "ws";
import type { Preview } from "#protocol/documents";
import { browserPath, launchBrowser } from "#test/support/browser";
import { type CloudflaredDouble, type DoubleTunnel, installDouble } from "#test/support/cloudflared/double";
import { distFolder } from "#test/support/dist";
import { freePort } from "#test/support/ports";
import { isAlive, processGone } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { type System, startSystem } from "#test/support/system";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

/** Listens where a file says, so that its line is the same always. */
const program = `
  const fs = require("node:fs");
  const wait = setInterval(() => {
    if (!fs.existsSync("port")) return;
    clearInterval(wait);
    require("node:http").createServer((_request, response) => response.end("served")).listen(Number(fs.readFileSync("port")), "127.0.0.1");
  }, 20);`;
const serverLine = "node server.cjs";

const markup = `<!doctype html><title>Bakery</title><h1>Fresh bread</h1>`;

describe("a preview at a public address, where the relay has no host names for previews", function () {
  this.timeout(90_000);
  const bin = tempFolder("bt-cf");
  let double: CloudflaredDouble;
  let system: System;
  let page: Page;
  let server: http.Server;
  let port: number;
  let runnerId: string;
  const seen: http.IncomingHttpHeaders[] = [];

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    server = http.createServer((request, response) => {
      seen.push(request.headers);
      response.setHeader("Content-Type", "text/html").end(markup);
    });
    new WebSocketServer({ server });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    ({ port } = server.address() as AddressInfo);
    double = installDouble(bin.at("bin"));
    system = await startSystem({
      relayHost: "127.0.0.2",
      previewPorts: [port],
      shellLines: [serverLine],
      config: { previewVia: "both", cloudflared: double.binary },
    });
    runnerId = (await system.runners[0]?.runnerId()) ?? "";
    page = await (await (await launchBrowser()).newContext()).newPage();
  });
  after(async () => {
    await page?.context().browser()?.close();
    server?.closeAllConnections();
    server?.close();
    const left = (await system?.stop()) ?? [];
    bin.remove();
    assert.deepEqual(
      left.filter((line) => /cloudflared(?!-tunnel)/.test(line)),
      [],
      "nothing public is left behind",
    );
  });

  const previews = async () => (await system.owner.client.call("listPreviews")).previews;
  const address = (id: string, before?: string): Promise<string> =>
    until("it has a public address", async () => {
      const body = (await previews()).find((one) => one.id === id)?.body;
      return body?.publicUrl !== before ? body?.publicUrl : undefined;
    });
  const open = () => system.owner.client.call("openPreview", { body: { runnerId, port, name: "Bakery" } });
  /** What the browser would reach at Cloudflare is on loopback here. */
  const lead = (tunnel: DoubleTunnel) =>
    page.context().route(`${tunnel.url}/**`, async (route) => {
      const url = new URL(route.request().url());
      await route.fulfill({ response: await route.fetch({ url: `http://127.0.0.1:${tunnel.port}${url.pathname}` }) });
    });
  let shown: Preview;
  let tunnel: DoubleTunnel;

  it("is made when the port is shown, and its page opens from the dashboard", async () => {
    shown = await open();
    const url = await address(shown.id);
    tunnel = await double.tunnel();
    assert.equal(url, tunnel.url);
    await lead(tunnel);
    const { url: link } = (await system.owner.request("POST", "/api/links")) as { url: string };
    await page.goto(link);
    await page.locator(".side").getByText("Bakery").click();
    await page.getByText("Anyone who has the address sees this page").waitFor();
    const picture = (name: string) =>
      page.screenshot({ path: join(distFolder, "pictures", "e2e", `public-preview-${name}.png`) });
    await picture("light");
    await page.setViewportSize({ width: 390, height: 844 });
    await picture("phone");
    const [outside] = await Promise.all([
      page.context().waitForEvent("page"),
      page.getByRole("button", { name: "Open it", exact: true }).click(),
    ]);
    await outside.getByRole("heading", { name: "Fresh bread" }).waitFor();
    assert.equal(outside.url(), `${tunnel.url}/`);
    assert.equal(seen.at(-1)?.host, `localhost:${port}`, "a dev server needs no configuration");
    await outside.close();
  });

  it("is a run of its own that only the local user sees", async () => {
    const { runs } = await system.owner.client.call("listRuns", { query: {} });
    assert.deepEqual(runs, []);
  });

  it("keeps its address when the runner is started again, as by a reload of the window", async () => {
    await system.runners[0]?.kill("SIGKILL");
    await system.runners[0]?.start();
    await until("the runner is back", async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners.some((one) => one.id === runnerId && one.state === "online") || undefined;
    });
    assert.equal(await address(shown.id), tunnel.url);
    assert.ok(isAlive(tunnel.pid));
    assert.equal(double.attempts(), 1);
  });

  it("has the next address where cloudflared has died", async () => {
    process.kill(tunnel.pid, "SIGKILL");
    const url = await address(shown.id, tunnel.url);
    const next = await double.tunnel([tunnel]);
    assert.equal(url, next.url);
    assert.equal(double.attempts(), 2, "the runner that was started again has not made one of its own");
    tunnel = next;
  });

  it("ends with the preview, at once", async () => {
    await system.owner.client.call("closePreview", { params: { id: shown.id } });
    await processGone(tunnel.pid);
    assert.deepEqual(await previews(), []);
  });

  it("stands in the log of the dev server that it leads to, and ends with it", async () => {
    const free = await freePort();
    writeFileSync(join(system.runners[0]?.folder ?? "", "server.cjs"), program);
    const prompt = await system.owner.client.call("queuePrompt", {
      body: {
        target: { runnerId },
        agent: "dev-server",
        mode: "interactive",
        access: "full",
        body: { text: serverLine, server: {} },
      },
    });
    writeFileSync(join(system.runners[0]?.folder ?? "", "port"), String(free));
    const run = await until("its port has an address", async () => {
      const { runId } = await system.owner.client.call("readPrompt", { params: { id: prompt.id } });
      const found =
        runId && (await system.owner.client.call("readRun", { params: { id: runId } }).catch(() => undefined));
      return found?.ports?.some(({ url }) => url !== undefined) ? found : undefined;
    });
    const [running] = double.tunnels();
    assert.deepEqual(
      run.ports?.map(({ port: at, state, url }) => ({ at, state, url })),
      [{ at: free, state: "ready", url: running?.url }],
    );
    await system.end(run.id);
    await processGone(running?.pid ?? 0);
  });

  it("is made for nobody before the local user has agreed", async () => {
    const others = installDouble(bin.at("others"));
    await using other = await startSystem({
      relayHost: "127.0.0.2",
      previewPorts: [port],
      config: { cloudflared: others.binary },
    });
    const body = { runnerId: (await other.runners[0]?.runnerId()) ?? "", port };
    await assert.rejects(other.owner.client.call("openPreview", { body }), { code: "preview_not_public" });
    assert.equal(others.attempts(), 0);
  });

  it("says why there is none", async () => {
    double.behave({ modes: ["rate-limited"] });
    const preview = await open();
    const problem = await until(
      "the problem is told",
      async () => (await previews()).find(({ id }) => id === preview.id)?.body.publicProblem,
    );
    assert.equal(problem.code, "tunnel_rate_limited");
    await page.goto(`${system.relay.url}/previews/${preview.id}`);
    await page.getByText("429 Too Many Requests").first().waitFor();
    await system.owner.client.call("closePreview", { params: { id: preview.id } });
  });
});
