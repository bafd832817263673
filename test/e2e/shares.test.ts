import assert from "node:assert/strict";
import http, { type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type WebSocket, WebSocketServer } from "ws";
import type { PreviewId } from "#protocol/ids";
import { browserPath, launchBrowser } from "#test/support/browser";
import { distFolder } from "#test/support/dist";
import { type JumpingClock, jumpingClock } from "#test/support/jumping-clock";
import { invitePerson, type Person } from "#test/support/people";
import { skipBecause } from "#test/support/skip";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { axe, stickingOut } from "#test/ui/checks";

const hourMs = 60 * 60 * 1000;
const markup = `<!doctype html><link rel="icon" href="data:,"><title>Bakery</title><h1>Fresh bread</h1><p></p><script>
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/hot");
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => { document.querySelector("h1").textContent = data; };
  socket.onclose = () => { document.querySelector("h1").textContent = "cut off"; };
  document.querySelector("p").textContent = "came from " + (document.referrer || "nowhere");
</script>`;

describe("links to a preview, in real browsers of a member and of guests", function () {
  this.timeout(60_000);
  let clock: JumpingClock;
  let system: System;
  let browser: Browser;
  let dashboard: Page;
  let server: http.Server;
  let preview: { readonly id: PreviewId; readonly label: string };
  let seen: IncomingMessage[] = [];
  const sockets = new Set<WebSocket>();
  const streams = new Set<http.ServerResponse>();

  const picture = (page: Page, name: string) =>
    page.screenshot({ path: join(distFolder, "pictures", "e2e", `share-${name}.png`) });
  const origin = () => `http://${preview.label}.localhost:${system.relay.port}`;
  const shares = async () => (await system.owner.client.call("listShares", { params: { id: preview.id } })).shares;
  const make = async (audience: "public" | { role: "viewer" | "prompter" } = "public", by: Person = system.owner) =>
    by.client.call("makeShare", { params: { id: preview.id }, body: { audience, expiresInMs: hourMs } });
  const revoke = (id: string) => system.owner.client.call("revokeShare", { params: { id } });
  const guest = async (): Promise<Page> => (await browser.newContext()).newPage();
  const enter = async (page: Page, url: string) => {
    await page.goto(url);
    await page.getByRole("button", { name: "Show the page" }).click();
    await page.getByText("heard hello").waitFor();
  };
  const signedIn = async (person: Person): Promise<BrowserContext> => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const { url } = (await person.request("POST", "/api/links")) as { url: string };
    await page.goto(url);
    await page.locator(".app").waitFor();
    await page.close();
    return context;
  };
  /** A stream that the page of a guest reads, until it ends. */
  const beginStream = (page: Page) =>
    page.evaluate(async () => {
      const reader = (await fetch("/stream")).body?.getReader();
      await reader?.read();
      const ended = async () => {
        for (;;) if ((await reader?.read().catch(() => ({ done: true })))?.done) return "ended";
      };
      (window as unknown as { streamEnds: Promise<string> }).streamEnds = ended();
    });
  const streamEnds = (page: Page) =>
    page.evaluate(() => (window as unknown as { streamEnds: Promise<string> }).streamEnds);

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    server = http.createServer((request, response) => {
      seen.push(request);
      if (request.url === "/stream") {
        streams.add(response);
        response.on("close", () => streams.delete(response));
        return void response.write("begun ");
      }
      if (request.url === "/headers") return void response.end(JSON.stringify(request.headers));
      response.setHeader("Content-Type", "text/html");
      response.setHeader("Set-Cookie", ["__Host-baton-guest=mine; Path=/; Secure", "session=1; Path=/"]);
      response.end(markup);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    new WebSocketServer({ server, path: "/hot" }).on("connection", (socket, request) => {
      seen.push(request);
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("message", (data) => socket.send(`heard ${data}`));
    });
    clock = jumpingClock();
    system = await startSystem({ previewPorts: [port], relayNodeArgs: clock.nodeArgs });
    const runnerId = (await system.runners[0]?.runnerId()) ?? "";
    preview = await system.owner.client.call("openPreview", { body: { runnerId, port, name: "Bakery" } });
    browser = await launchBrowser();
    const context = await signedIn(system.owner);
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: system.relay.url });
    dashboard = await context.newPage();
    await dashboard.goto(`${system.relay.url}/previews/${preview.id}`);
    await dashboard.frameLocator("iframe").getByText("heard hello").waitFor();
  });
  after(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    await system?.stop();
    clock?.remove();
  });
  beforeEach(() => {
    seen = [];
  });
  afterEach("nothing is left over", async () => {
    for (const context of browser.contexts()) if (context !== dashboard.context()) await context.close();
    const { previews } = await system.owner.client.call("listPreviews");
    if (previews.length > 0) for (const { id } of await shares()) await revoke(id);
    assert.doesNotMatch(system.relay.output(), /"level":(50|60)/);
  });

  it("are made, shown once and counted in a dialog of the dashboard", async () => {
    await dashboard.getByRole("button", { name: "Share it" }).click();
    await dashboard.getByRole("dialog").getByLabel("Note").fill("For the client");
    await picture(dashboard, "dialog-empty");
    await dashboard.getByRole("button", { name: "Make the link" }).click();
    await dashboard.getByText("It opens on this computer alone").waitFor();
    await dashboard.getByRole("button", { name: "Copy link to the preview" }).click();
    const url = await dashboard.evaluate(() => navigator.clipboard.readText());
    assert.match(url, new RegExp(`^${origin().replaceAll(".", "\\.")}/\\.baton/share#`));
    await picture(dashboard, "dialog-light");
    assert.deepEqual(await axe(dashboard, "dialog"), []);
    await enter(await guest(), url);
    await dashboard.getByText("Anyone with the link · 1 view").waitFor();
    await dashboard.getByRole("button", { name: "Close" }).click();
    await dashboard.getByRole("button", { name: "Switch the theme" }).click();
    await dashboard.getByRole("button", { name: "Share it" }).click();
    await dashboard.getByText("For the client").waitFor();
    assert.equal(await dashboard.getByText(url).count(), 0);
    await dashboard.getByLabel("Who").selectOption({ label: "Members who may prompt" });
    await dashboard.getByLabel("For", { exact: true }).selectOption({ label: "1 day" });
    await dashboard.getByRole("button", { name: "Make the link" }).click();
    await dashboard.getByRole("listitem").nth(1).waitFor();
    await picture(dashboard, "dialog-dark");
    assert.deepEqual(await axe(dashboard, "dialog"), []);
    await dashboard.setViewportSize({ width: 390, height: 844 });
    await dashboard.getByRole("button", { name: "Make the link" }).click();
    await dashboard.getByRole("listitem").nth(2).waitFor();
    await dashboard.getByLabel("Link to the preview", { exact: true }).waitFor();
    await picture(dashboard, "dialog-phone");
    assert.deepEqual(await stickingOut(dashboard), []);
    await dashboard.getByRole("listitem").nth(2).scrollIntoViewIfNeeded();
    await picture(dashboard, "dialog-phone-list");
    await dashboard.getByRole("button", { name: "Revoke this link" }).first().click();
    await until("it is gone", async () => (await shares()).length === 2 || undefined);
    await dashboard.getByRole("button", { name: "Close" }).click();
    await dashboard.setViewportSize({ width: 1280, height: 720 });
    await dashboard.getByRole("button", { name: "Switch the theme" }).click();
  });

  it("say first whose machine it is, and show the page when a guest asks for it", async () => {
    const { url } = await make();
    const page = await guest();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(url);
    const sentence = page.getByText(
      /shares a page that runs on .*, until .*\. What you type there goes to that machine\./,
    );
    await sentence.waitFor();
    const [runner] = (await system.owner.client.call("listRunners")).runners;
    assert.ok(
      (await sentence.innerText()).startsWith(`${system.owner.name} shares a page that runs on ${runner?.body.name}`),
    );
    await picture(page, "first-light");
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "first-dark");
    await page.setViewportSize({ width: 390, height: 844 });
    await picture(page, "first-phone");
    assert.deepEqual(await axe(page, "body"), []);
    assert.deepEqual(seen, [], "the page's server has heard of nobody yet");
    assert.equal((await shares())[0]?.views, 0);
    await page.getByRole("button", { name: "Show the page" }).click();
    await page.getByText("heard hello").waitFor();
    assert.equal((await shares())[0]?.views, 1);
    assert.deepEqual(problems, []);
  });

  it("leave no secret behind, and tell the page's server nothing", async () => {
    const { url } = await make();
    const secret = new URL(url).hash.slice(1).split(".")[1] ?? "none";
    const page = await guest();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(JSON.stringify([request.url().split("#")[0], request.headers()])));
    await enter(page, url);
    await page.getByText("came from nowhere").waitFor();
    assert.equal(page.url(), `${origin()}/`);
    await page.goBack().catch(() => undefined);
    assert.ok(!page.url().includes(secret));
    await page.goto(`${origin()}/`);
    await page.getByText("heard hello").waitFor();
    const headers = await page.evaluate(async () => (await fetch("/headers")).json());
    assert.equal(headers.cookie, "session=1");
    const heard = JSON.stringify(seen.map(({ url, headers }) => [url, headers]));
    assert.doesNotMatch(heard, /baton|shr_|127\.0\.0\.1|x-forwarded/i);
    for (const text of [heard, asked.join("\n"), system.relay.output()]) assert.ok(!text.includes(secret));
    const cookies = await page.context().cookies(origin());
    const own = cookies.find(({ name }) => name === "__Host-baton-guest");
    assert.ok(own?.httpOnly && own.secure && own.sameSite === "Lax", JSON.stringify(cookies));
    assert.ok(Math.abs(own.expires - (Date.now() + hourMs) / 1000) < 60, "the cookie ends with the link");
    assert.notEqual(own.value, "mine");
  });

  it("count each browser once", async () => {
    const { url } = await make();
    const first = await guest();
    await enter(first, url);
    await first.goto("about:blank");
    await first.goto(url);
    await first.getByText("heard hello").waitFor();
    assert.equal((await shares())[0]?.views, 1, "who is in goes on at once");
    await enter(await guest(), url);
    assert.equal((await shares())[0]?.views, 2);
    const member = await dashboard.context().newPage();
    await member.goto((await system.owner.client.call("enterPreview", { params: { id: preview.id } })).url);
    await member.getByText("heard hello").waitFor();
    await member.goto(url);
    await member.getByText("heard hello").waitFor();
    await member.close();
    assert.equal((await shares())[0]?.views, 2, "a member who was let in needs no link");
  });

  it("end at once when they are revoked, with streams and sockets of their guests and nobody else's", async () => {
    const [ended, kept] = [await make(), await make()];
    const [page, other] = [await guest(), await guest()];
    await enter(page, ended.url);
    await enter(other, kept.url);
    for (const one of [page, other]) await beginStream(one);
    assert.equal(streams.size, 2);
    await revoke(ended.share.id);
    const at = performance.now();
    await page.getByText("cut off").waitFor();
    assert.equal(await streamEnds(page), "ended");
    assert.ok(performance.now() - at < 2_000);
    await until("its server knows", async () => streams.size === 1 || undefined);
    await page.reload();
    await page.getByRole("heading", { name: "This link lets nobody in" }).waitFor();
    await picture(page, "over-light");
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "over-dark");
    await page.setViewportSize({ width: 390, height: 844 });
    await picture(page, "over-phone");
    assert.deepEqual(await axe(page, "body"), []);
    assert.deepEqual(await stickingOut(page), []);
    await page.goto("about:blank");
    await page.goto(ended.url);
    await page.getByRole("heading", { name: "This link lets nobody in" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Show the page" }).isVisible(), false);
    assert.equal(await other.getByText("cut off").count(), 0);
    for (const stream of streams) stream.end();
    assert.equal(await streamEnds(other), "ended");
  });

  it("go on where they were when the relay was killed", async () => {
    const { url } = await make();
    const page = await guest();
    await enter(page, url);
    await system.relay.kill();
    await system.relay.start();
    const isHere = async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners.some(({ state, reconnecting }) => state === "online" && !reconnecting) || undefined;
    };
    await until("the runner is here", isHere);
    await page.goto(url);
    await page.getByText("heard hello").waitFor();
    assert.equal((await shares())[0]?.views, 1);
  });

  it("for members lead in who has the role, and tell others which it is", async () => {
    const [paul, vera] = [
      await invitePerson(system.owner, "prompter", "Paul"),
      await invitePerson(system.owner, "viewer", "Vera"),
    ];
    const { url, share } = await make({ role: "prompter" });
    const own = await (await signedIn(paul)).newPage();
    await own.goto(url);
    await own.getByText("heard hello").waitFor();
    assert.equal(own.url(), `${origin()}/`);
    await own.goto(url);
    await own.getByText("heard hello").waitFor();
    assert.equal((await shares())[0]?.views, 1);
    const refused = await (await signedIn(vera)).newPage();
    await refused.goto(url);
    await refused.getByText("This needs the role “prompter”; yours is “viewer”.").waitFor();
    await picture(refused, "members-refused");
    const stranger = await guest();
    await stranger.goto(url);
    await stranger.getByText("for members of this team with the role “prompter” or more").waitFor();
    await picture(stranger, "members-stranger");
    await revoke(share.id);
    await own.getByText("cut off").waitFor();
    await stranger.reload();
    await stranger.getByText("The link was revoked, its time is over").waitFor();
  });

  it("end with whoever made them", async () => {
    const dora = await invitePerson(system.owner, "prompter", "Dora");
    const { url } = await make("public", dora);
    const page = await guest();
    await page.goto(url);
    await page.getByText(/^Dora shares a page that runs on .*, the machine of /).waitFor();
    await enter(page, url);
    await system.owner.request("DELETE", `/api/members/${dora.memberId}`);
    await page.getByText("cut off").waitFor();
    await page.goto(url);
    await page.reload();
    await page.getByRole("heading", { name: "This link lets nobody in" }).waitFor();
  });

  it("end when their time is over, and the grant of a member when its own is, with what is under way", async () => {
    const { url } = await make();
    const page = await guest();
    await enter(page, url);
    const member = await dashboard.context().newPage();
    const ticket = await system.owner.client.call("enterPreview", { params: { id: preview.id } });
    await member.goto(ticket.url);
    await member.getByText("heard hello").waitFor();
    for (const one of [page, member]) await beginStream(one);
    clock.jump(system.relay.pid(), hourMs);
    await page.getByText("cut off").waitFor();
    assert.equal(await streamEnds(page), "ended");
    assert.deepEqual(await shares(), []);
    await page.goto(url);
    await page.reload();
    await page.getByRole("heading", { name: "This link lets nobody in" }).waitFor();
    assert.equal(await member.getByText("cut off").count(), 0, "a member stays in for twelve hours");
    clock.jump(system.relay.pid(), 11 * hourMs);
    await member.getByText("cut off").waitFor();
    assert.equal(await streamEnds(member), "ended");
    await member.close();
  });

  it("end when the preview is closed", async () => {
    const { url } = await make();
    const page = await guest();
    await enter(page, url);
    await system.owner.client.call("closePreview", { params: { id: preview.id } });
    await page.getByText("cut off").waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "This preview was closed" }).waitFor();
    await page.goto("about:blank");
    await page.goto(url);
    await page.getByRole("heading", { name: "This preview was closed" }).waitFor();
  });
});
