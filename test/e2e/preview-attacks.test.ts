import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext, FrameLocator, Page } from "playwright-core";
import { browserPath, launchBrowser } from "#test/support/browser";
import { skipBecause } from "#test/support/skip";
import { type System, startSystem } from "#test/support/system";

/**
 * One browser in which somebody is signed in at the relay and has a preview open. Pages of somebody else attack the
 * preview, and the preview attacks the dashboard.
 */
describe("pages that attack a preview, and a preview that attacks", function () {
  this.timeout(60_000);
  let system: System;
  let context: BrowserContext;
  let dashboard: Page;
  let preview: Page;
  let origin: string;
  let dashboardUrl: string;
  const servers: http.Server[] = [];
  const reached: string[] = [];

  const serve = async (answer: http.RequestListener): Promise<number> => {
    const server = http.createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  /** The relay's own page on the way in, “Opening the preview …”, has a heading with that word, too. */
  const shown = (place: Page | FrameLocator) => place.getByRole("heading", { name: "Preview", exact: true }).waitFor();
  const attacker = async (path = "/"): Promise<Page> => {
    const port = await serve((_request, response) => {
      response.setHeader("Content-Type", "text/html");
      response.end(`<!doctype html><iframe src="${origin}${path}"></iframe>`);
    });
    const page = await context.newPage();
    await page.goto(`http://evil.localhost:${port}/`);
    return page;
  };

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    const port = await serve((request, response) => {
      reached.push(`${request.method} ${request.url}`);
      if (request.url?.endsWith("/sw.js")) {
        response.setHeader("Content-Type", "text/javascript");
        response.setHeader("Service-Worker-Allowed", "/");
        response.end("self.addEventListener('fetch', (event) => event.respondWith(new Response('taken over')));");
        return;
      }
      response.setHeader("Content-Type", "text/html");
      // Without an icon of its own, the browser asks for one at a moment of its choice.
      response.end('<!doctype html><link rel="icon" href="data:,"><h1>Preview</h1>');
    });
    system = await startSystem({ previewPorts: [port] });
    const runnerId = (await system.runners[0]?.runnerId()) ?? "";
    const { id, label } = await system.owner.client.call("openPreview", { body: { runnerId, port, name: "Trap" } });
    origin = `http://${label}.localhost:${system.relay.port}`;
    // Under this name, not by its number, so that it is as near to the preview as it can be.
    dashboardUrl = `http://localhost:${system.relay.port}`;
    context = await (await launchBrowser()).newContext();
    dashboard = await context.newPage();
    const { url } = (await system.owner.request("POST", "/api/links")) as { url: string };
    await dashboard.goto(url.replace("127.0.0.1", "localhost"));
    await dashboard.locator(".side").getByText("Trap").waitFor();
    preview = await context.newPage();
    await preview.goto((await system.owner.client.call("enterPreview", { params: { id } })).url);
    await shown(preview);
  });
  after(async () => {
    await context?.browser()?.close();
    for (const server of servers) server.close();
    await system?.stop();
  });
  beforeEach(() => {
    reached.length = 0;
  });
  afterEach("the person is still signed in, and nothing was done in their name", async () => {
    await dashboard.goto(dashboardUrl);
    await dashboard.locator(".side").getByText("Trap").waitFor();
    assert.deepEqual((await system.owner.client.call("listPrompts", { query: {} })).prompts, []);
  });

  it("another page's requests do not come through, whatever they are", async () => {
    const page = await attacker();
    const outcomes = await page.evaluate(async (target) => {
      const attempt = (options: RequestInit) =>
        fetch(`${target}/taken`, options).then(
          ({ type, status }) => `${type} ${status}`,
          () => "failed",
        );
      return [
        await attempt({ credentials: "include", mode: "no-cors" }),
        await attempt({ credentials: "include" }),
        await attempt({ credentials: "include", mode: "no-cors", method: "POST", body: "x" }),
      ];
    }, origin);
    assert.deepEqual(outcomes, ["opaque 0", "failed", "opaque 0"]);
    assert.deepEqual(reached, [], "the page's server has seen none of them");
    await page.close();
  });

  it("another page opens no socket", async () => {
    const page = await attacker();
    const outcome = await page.evaluate(
      (target) =>
        new Promise((resolve) => {
          const socket = new WebSocket(`${target.replace("http", "ws")}/hot`);
          socket.onopen = () => resolve("open");
          socket.onerror = () => resolve("refused");
        }),
      origin,
    );
    assert.equal(outcome, "refused");
    assert.deepEqual(reached, []);
    await page.close();
  });

  it("another page frames nothing of it", async () => {
    const page = await attacker("/framed");
    const frame = page.frames()[1];
    assert.ok(frame);
    await frame.waitForLoadState().catch(() => undefined);
    assert.doesNotMatch(await frame.content(), /Preview<\/h1>/);
    assert.deepEqual(reached, []);
    await page.close();
  });

  it("a name that was pointed here is refused", async () => {
    const [at, host] = [new URL(origin), `${new URL(origin).hostname}.evil.example`];
    const status = await new Promise((resolve) => {
      http.get({ hostname: "127.0.0.1", port: at.port, headers: { host } }, ({ statusCode }) => resolve(statusCode));
    });
    assert.equal(status, 421);
  });

  it("the preview reads nothing of the dashboard, and changes nothing there", async () => {
    const outcomes = await preview.evaluate(async (target) => {
      const attempt = (path: string, options: RequestInit) =>
        fetch(target + path, { credentials: "include", ...options }).then(
          ({ type }) => type,
          () => "failed",
        );
      return [
        await attempt("/api/runs", {}),
        await attempt("/api/links", { method: "POST" }),
        await attempt("/api/links", { method: "POST", mode: "no-cors" }),
        await attempt("/api/session", { method: "DELETE", mode: "cors" }),
      ];
    }, dashboardUrl);
    assert.deepEqual(outcomes, ["failed", "failed", "failed", "failed"]);
  });

  it("the preview sees no cookie of the relay, and sets none for it", async () => {
    assert.equal(await preview.evaluate(() => document.cookie), "");
    const before = (await context.cookies(dashboardUrl)).map(({ name, value }) => `${name}=${value}`).sort();
    await preview.evaluate(
      (names) => {
        // biome-ignore lint/suspicious/noDocumentCookie: that is the attack.
        for (const name of names) document.cookie = `${name}=tossed; domain=localhost; path=/`;
        // biome-ignore lint/suspicious/noDocumentCookie: that is the attack.
        document.cookie = "__Host-baton-preview=tossed; path=/; secure";
      },
      before.map((cookie) => cookie.split("=", 1)[0]),
    );
    const after = (await context.cookies(dashboardUrl)).map(({ name, value }) => `${name}=${value}`).sort();
    assert.deepEqual(after, before);
    await preview.reload();
    await shown(preview);
  });

  it("the preview's frame does not lead the dashboard away", async () => {
    await dashboard.locator(".side").getByText("Trap").click();
    await shown(dashboard.frameLocator("iframe"));
    const frame = dashboard.frames().find((one) => one.url().startsWith(origin));
    assert.ok(frame);
    const outcome = await frame.evaluate(() => {
      try {
        if (window.top) window.top.location.href = "about:blank";
        return "led away";
      } catch {
        return "refused";
      }
    });
    assert.equal(outcome, "refused");
    assert.ok(dashboard.url().startsWith(`${dashboardUrl}/previews/`));
  });

  it("the preview's service worker rules over its own origin alone", async () => {
    const isWider = await preview.evaluate(async () => {
      const wider = await navigator.serviceWorker.register("/deep/sw.js", { scope: "/" }).catch(() => undefined);
      await navigator.serviceWorker.register("/sw.js", { scope: "/" });
      await navigator.serviceWorker.ready;
      return wider !== undefined;
    });
    assert.equal(isWider, false, "a worker rules over what is below it, whatever its server allows");
    await preview.goto(`${origin}/any`);
    await preview.getByText("taken over").waitFor();
    await dashboard.goto(dashboardUrl);
    assert.equal(await dashboard.getByText("taken over").count(), 0);
  });
});
