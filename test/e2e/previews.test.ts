import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { type WebSocket, WebSocketServer } from "ws";
import type { PreviewId } from "#protocol/ids";
import { browserPath, launchBrowser } from "#test/support/browser";
import { distFolder } from "#test/support/dist";
import { skipBecause } from "#test/support/skip";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

const markup = `<!doctype html><title>Bakery</title><h1>Fresh bread</h1><script>
  document.cookie = "theirs=1";
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/hot");
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => { document.querySelector("h1").textContent = data; };
</script>`;

describe("a preview of a runner's port, in a real browser", function () {
  this.timeout(60_000);
  let system: System;
  let context: BrowserContext;
  let page: Page;
  let server: http.Server;
  let port: number;
  let opened: { readonly id: PreviewId; readonly label: string };
  let seen: IncomingMessage[] = [];
  const sockets = new Set<WebSocket>();

  const pages: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    "/hash": (request, response) => {
      const hash = createHash("sha256");
      request.on("data", (bytes) => hash.update(bytes));
      request.on("end", () => response.end(hash.digest("hex")));
    },
    "/slow": (_request, response) => void response.write("begun "),
    "/headers": (request, response) => response.end(JSON.stringify(request.headers)),
    "/away": (_request, response) => response.writeHead(302, { location: `http://localhost:${port}/headers` }).end(),
    "/": (_request, response) => {
      response.setHeader("Content-Type", "text/html");
      response.setHeader("X-Frame-Options", "SAMEORIGIN");
      response.setHeader("Service-Worker-Allowed", "/");
      response.setHeader("Set-Cookie", [
        "session=1; Domain=localhost; Path=/",
        "__Host-baton-preview=mine; Path=/; Secure",
      ]);
      response.end(markup);
    },
  };

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    server = http.createServer((request, response) => {
      seen.push(request);
      const answer = pages[new URL(request.url ?? "/", "http://localhost").pathname];
      if (answer) answer(request, response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
    new WebSocketServer({ server, path: "/hot" }).on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("message", (data) => socket.send(`heard ${data}`));
    });
    system = await startSystem({ previewPorts: [port] });
    const browser = await launchBrowser();
    context = await browser.newContext();
    page = await context.newPage();
    opened = await system.owner.client.call("openPreview", { body: { ...(await runner()), port, name: "Bakery" } });
  });
  after(async () => {
    await context?.browser()?.close();
    server?.closeAllConnections();
    server?.close();
    await system?.stop();
  });
  beforeEach(() => {
    seen = [];
  });

  const runner = async () => ({ runnerId: (await system.runners[0]?.runnerId()) ?? "" });
  const entry = async (id = opened.id) => (await system.owner.client.call("enterPreview", { params: { id } })).url;
  const origin = () => `http://${opened.label}.localhost:${system.relay.port}`;

  it("shows the page on an origin of its own, with its sockets", async () => {
    await page.goto(await entry());
    await page.getByText("heard hello").waitFor();
    assert.equal(page.url(), `${origin()}/`);
    const [first] = seen;
    assert.equal(first?.headers.host, `localhost:${port}`);
    assert.equal(first?.headers.cookie, undefined, "the page's server is shown no cookie of the relay's");
  });

  it("leaves nothing of the ticket behind, which is good once", async () => {
    const url = await entry();
    await page.goto(url);
    await page.getByText("heard hello").waitFor();
    await page.goBack().catch(() => undefined);
    assert.doesNotMatch(page.url(), /ticket/);
    const other = await (await context.browser()?.newContext())?.newPage();
    await other?.goto(url);
    await other?.getByRole("heading", { name: "You were not let in" }).waitFor();
    await other?.goto(`${origin()}/`);
    await other?.getByRole("heading", { name: "You were not let in yet" }).waitFor();
    await other?.context().close();
  });

  it("is to its server what a browser of that machine would be", async () => {
    const headers = await page.evaluate(async () => (await fetch("/headers", { method: "POST" })).json());
    assert.equal(headers.origin, `http://localhost:${port}`);
    assert.equal(headers.referer, `http://localhost:${port}/`);
    assert.deepEqual(headers.cookie.split("; ").sort(), ["session=1", "theirs=1"]);
    for (const name of ["x-forwarded-for", "baton-port", "via"]) assert.equal(headers[name], undefined, name);
  });

  it("keeps redirects on its own origin", async () => {
    const url = await page.evaluate(async () => (await fetch("/away")).url);
    assert.equal(url, `${origin()}/headers`);
  });

  it("brings what is sent up, whole", async () => {
    const text = randomBytes(3_000_000).toString("base64");
    const hash = await page.evaluate(async (body) => (await fetch("/hash", { method: "POST", body })).text(), text);
    assert.equal(hash, createHash("sha256").update(text).digest("hex"));
  });

  it("streams, and tells the server when nobody waits any more", async () => {
    await page.evaluate(async () => {
      const stop = new AbortController();
      const { body } = await fetch("/slow", { signal: stop.signal });
      await body?.getReader().read();
      stop.abort();
    });
    const [request] = seen;
    assert.ok(request);
    if (!request.socket.destroyed) await once(request.socket, "close");
  });

  it("stands in a page of the dashboard", async () => {
    const { url } = (await system.owner.request("POST", "/api/links")) as { url: string };
    await page.goto(url);
    await page.locator(".side").getByText("Bakery").click();
    await page.frameLocator("iframe").getByText("heard hello").waitFor();
    await page.getByLabel("Width").selectOption("390");
    const picture = (name: string) =>
      page.screenshot({ path: join(distFolder, "pictures", "e2e", `preview-${name}.png`) });
    await picture("light");
    await page.getByRole("button", { name: "Switch the theme" }).click();
    await picture("dark");
    await page.setViewportSize({ width: 390, height: 844 });
    await page.frameLocator("iframe").getByText("heard hello").waitFor();
    await picture("phone");
    await page.getByRole("button", { name: "Runners" }).click();
    await page.getByRole("button", { name: "Show a port" }).waitFor();
    await picture("phone-runners");
    await page.getByRole("button", { name: "Show a port" }).click();
    await picture("phone-ask");
    await page.getByRole("button", { name: "Leave it" }).click();
    await page.locator(".runner").getByText("Bakery").click();
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  it("is closed for everybody at once, with what was under way", async () => {
    await until("the page's sockets are there", async () => sockets.size > 0 || undefined);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Stop showing this port…" }).click();
    await page.getByRole("button", { name: "Stop showing it" }).click();
    await page.getByRole("heading", { name: "This preview is closed" }).waitFor();
    await until("its sockets are closed", async () => sockets.size === 0 || undefined);
    const outside = await context.newPage();
    await outside.goto(`${origin()}/`);
    await outside.getByRole("heading", { name: "This preview was closed" }).waitFor();
    await outside.close();
  });
});
