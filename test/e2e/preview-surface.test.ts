import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { BrowserContext, FrameLocator, Page } from "playwright-core";
import { maxPictureBytes } from "#protocol/caps";
import type { PreviewId } from "#protocol/ids";
import { browserPath, launchBrowser } from "#test/support/browser";
import { distFolder } from "#test/support/dist";
import { visitPreview } from "#test/support/preview-visit";
import { skipBecause } from "#test/support/skip";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { axe, stickingOut } from "#test/ui/checks";

/** Beside the page in the frame, which is somebody else's. */
const checkPage = async (page: Page) => {
  const within = (await page.locator("dialog[open]").count()) > 0 ? "dialog[open]" : ".preview-tools";
  assert.deepEqual([...(await axe(page, within)), ...(await stickingOut(page))], []);
};
/** A page as a dev server answers it, with an icon of its own, so that no browser asks for one. */
const html = (body: string, head = "") =>
  `<!doctype html><html><head><link rel="icon" href="data:,"><title>Bakery</title>${head}</head><body>${body}</body></html>`;
const frameHeaders = { "sec-fetch-dest": "iframe", "sec-fetch-mode": "navigate", "sec-fetch-site": "cross-site" };

describe("the surface around a preview's page, in a real browser", function () {
  this.timeout(60_000);
  let system: System;
  let context: BrowserContext;
  let page: Page;
  let server: http.Server;
  let port: number;
  let opened: { readonly id: PreviewId; readonly label: string };
  const asked: IncomingMessage[] = [];
  let finish = () => {};

  const show =
    (body: string, headers: http.OutgoingHttpHeaders = {}, head = "") =>
    (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { "Content-Type": "text/html", ...headers }).end(html(body, head));
    };
  const pages: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    "/": show('<h1>Fresh bread</h1><a href="/about">About</a> <a href="https://example.com/">Elsewhere</a>'),
    "/about": show(
      "<h1>About us</h1><button onclick=\"history.pushState(null, '', '/about/team?who=all#top')\">Team</button>",
    ),
    "/broken": show(
      `<h1>Broken</h1><img src="/missing.png"><script>
        console.error("Could not find %s in %o", "the oven", { shelf: 3 });
        console.error("twice"); console.error("twice");
        Promise.reject(new Error("no flour"));
        undefinedFunction("\`\`\` end of the fence");
      </script>`,
    ),
    "/strict": show("<h1>Strict</h1>", { "Content-Security-Policy": "script-src 'none'" }),
    "/nonce": show(
      "<h1>Nonce</h1><script nonce='abc'>console.error('by nonce')</script><script>document.title = 'weaker'</script>",
      { "Content-Security-Policy": "script-src 'nonce-abc'" },
    ),
    "/compressed": (_request, response) => {
      response.writeHead(200, { "Content-Type": "text/html", "Content-Encoding": "gzip" });
      response.end(gzipSync(html("<h1>Compressed</h1>")));
    },
    "/empty": (_request, response) => response.writeHead(200, { "Content-Type": "text/html" }).end(),
    "/slow": (_request, response) => {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.write("<!doctype html><html><he");
      finish = () => response.end("ad></head><h1>Whole</h1>");
    },
    "/flood": show(
      `<h1>Flood</h1><script>
        for (let i = 0; i < 3000; i++) console.error("error " + i + "x".repeat(3000));
        setInterval(() => history.replaceState(null, "", "/flood?" + performance.now()), 1);
      </script>`,
    ),
    "/forged": show(
      `<h1>Forged</h1><script>
        const say = (message) => parent.postMessage(message, "*");
        addEventListener("message", ({ data, ports: [port] }) => {
          if (!port) return;
          document.title = "has a port";
          for (const message of [
            { type: "place", path: "javascript:alert(1)", title: "", canGoBack: true, canGoForward: true },
            { type: "place", path: "//evil.example/", title: 7, canGoBack: true, canGoForward: true },
            { type: "errors", count: -1, errors: [] },
            { type: "errors", count: 1, errors: [{ text: "x".repeat(1e6), times: 1 }] },
            { type: "picture", id: 1, bytes: new Uint8Array(10) },
            null, "text", { type: "place", path: "/forged", title: "<b>bold</b>", canGoBack: false, canGoForward: false },
            { type: "errors", count: 1, errors: [{ text: "<img src=x onerror=alert(1)>", times: 1 }] },
          ]) port.postMessage(message);
        });
        say({ type: "baton.here" });
        for (let i = 0; i < 1000; i++) say({ type: "baton.hello" });
      </script>`,
      // Its own word alone is heard, and not that of the script.
      { "Cache-Control": "no-transform" },
    ),
    "/picture": show(
      "<h1 style='color: #0a0'>Picture</h1><div style='height: 100px; background: rgb(200, 30, 30)'></div>",
    ),
  };

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    server = http.createServer((request, response) => {
      asked.push(request);
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const answer = pages[pathname.startsWith("/about/") ? "/about" : pathname];
      if (answer) answer(request, response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
    system = await startSystem({ previewPorts: [port] });
    const runnerId = (await system.runners[0]?.runnerId()) ?? "";
    opened = await system.owner.client.call("openPreview", { body: { runnerId, port, name: "Bakery" } });
    context = await (await launchBrowser()).newContext();
    page = await context.newPage();
    const { url } = (await system.owner.request("POST", "/api/links")) as { url: string };
    await page.goto(url);
    await page.locator(".side").getByText("Bakery").click();
    await shown("Fresh bread");
  });
  after(async () => {
    await context?.browser()?.close();
    server?.closeAllConnections();
    server?.close();
    await system?.stop();
  });

  const frame = (): FrameLocator => page.frameLocator("iframe");
  const shown = (heading: string) => frame().getByRole("heading", { name: heading }).waitFor();
  const address = () => page.getByLabel("Address");
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const errors = () => page.getByRole("button", { name: /on this page/ });
  const told = (path: string) =>
    until(`the address is ${path}`, async () => (await address().inputValue()) === path || undefined);
  const silent = async () => (await address().getAttribute("placeholder"))?.includes("does not say") || undefined;
  const go = async (path: string, heading: string) => {
    await address().fill(path);
    await address().press("Enter");
    await shown(heading);
  };
  const outputOf = async (runId: string) => {
    const { owner } = system;
    const headers = { authorization: `Bearer ${owner.token}` };
    const text = await (await fetch(owner.client.url("readLog", { params: { id: runId } }), { headers })).text();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of the terminal.
    return text.replace(/\x1b\[[0-9;]*m|\r/g, "");
  };
  const picture = (name: string) =>
    page.screenshot({ path: join(distFolder, "pictures", "e2e", `surface-${name}.png`) });

  it("says where the page is, and goes where somebody types", async () => {
    await told("/");
    await frame().getByRole("link", { name: "About" }).click();
    await shown("About us");
    await told("/about");
    await frame().getByRole("button", { name: "Team" }).click();
    await told("/about/team?who=all#top");
    await go(`http://localhost:${port}/about`, "About us");
    await told("/about");
    await go("picture", "Picture");
    await told("/picture");
  });

  it("refuses what is no place of this preview, with a sentence", async () => {
    for (const typed of [
      "https://example.com/",
      "//example.com",
      "javascript:alert(1)",
      `http://localhost:${port + 1}/`,
    ]) {
      await address().fill(typed);
      await address().press("Enter");
      await page.getByRole("alert").filter({ hasText: "Only pages of this preview" }).waitFor();
    }
    await address().press("Escape");
    await told("/picture");
    await page.getByRole("alert").waitFor({ state: "detached" });
  });

  it("goes back and forward within the frame, and never out of it", async () => {
    const url = page.url();
    await go("/about", "About us");
    await button("Back").click();
    await shown("Picture");
    await told("/picture");
    await button("Forward").click();
    await shown("About us");
    await until("there is nothing further", async () => (await button("Forward").isDisabled()) || undefined);
    for (let before = "/about"; before !== "/"; before = await address().inputValue()) {
      await button("Back").click();
      await until("the page is another one", async () => (await address().inputValue()) !== before || undefined);
    }
    await until("there is nothing before it", async () => (await button("Back").isDisabled()) || undefined);
    assert.equal(page.url(), url);
    await told("/");
  });

  it("loads the page again where it is", async () => {
    await go("/about", "About us");
    asked.length = 0;
    await button("Load it again").click();
    await until("it was asked for again", async () => asked.some((request) => request.url === "/about") || undefined);
    await shown("About us");
    await told("/about");
  });

  it("shows it as wide as it is asked to, and no wider than it is", async () => {
    const width = () =>
      frame()
        .locator("body")
        .evaluate(() => innerWidth);
    for (const wanted of ["390", "768", "1024"]) {
      await page.getByLabel("Width").selectOption(wanted);
      await until(`it is ${wanted} wide`, async () => (await width()) === Number(wanted) || undefined);
    }
    await picture("1024");
    await page.getByLabel("Width").selectOption("390");
    const [box, stage] = await Promise.all([
      page.locator("iframe").boundingBox(),
      page.locator(".preview-stage").boundingBox(),
    ]);
    assert.ok(box && stage);
    assert.ok(Math.abs(box.x + box.width / 2 - (stage.x + stage.width / 2)) <= 1, "it stands in the middle");
    await picture("390");
    await page.getByLabel("Width").selectOption("");
  });

  it("keeps the page as it is when the window becomes narrow, and wide again", async () => {
    await frame()
      .getByRole("heading", { name: "About us" })
      .evaluate((heading) => heading.append(", as we were"));
    const sections = page.getByRole("navigation", { name: "Sections" });
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 720 });
      await sections.waitFor({ state: width === 390 ? "visible" : "detached" });
      assert.equal(await frame().getByRole("heading").innerText(), "About us, as we were");
    }
  });

  it("opens it in a tab of its own, which gets no script", async () => {
    const [tab] = await Promise.all([context.waitForEvent("page"), button("Open it in a tab of its own").click()]);
    await tab.getByRole("heading", { name: "Fresh bread" }).waitFor();
    assert.equal(await tab.evaluate(() => document.scripts.length), 0);
    await tab.close();
  });

  it("counts the errors of the page, and makes a prompt of them", async () => {
    await go("/broken", "Broken");
    await until("all are counted", async () => (await errors().textContent())?.includes("6") || undefined);
    await picture("errors-count");
    await errors().click();
    const list = page.locator(".page-errors");
    await list.getByText('Could not find the oven in {"shelf":3}').waitFor();
    for (const text of ["no flour", "undefinedFunction is not defined", "/missing.png"]) {
      await list.getByText(text).waitFor();
    }
    await list.locator("li").filter({ hasText: "twice" }).getByText("2×").waitFor();
    await checkPage(page);
    await picture("errors");
    await page.getByRole("button", { name: "Fix these" }).click();
    const text = await page.getByRole("dialog").getByLabel("Prompt").inputValue();
    assert.match(text, /^Fix these errors of the page "\/broken", which the server at port \d+ serves\./);
    assert.match(text, /\n```text\n/);
    assert.match(text, /Could not find the oven/);
    assert.ok(text.includes(`http://localhost:${port}/broken:`), "its files are named as its server knows them");
    await checkPage(page);
    await picture("fix");
    await page.getByRole("dialog").getByRole("button", { name: "Queue", exact: true }).click();
    await page.getByText(/Queued for/).waitFor();
    const { prompts } = await system.owner.client.call("listPrompts", { query: {} });
    const all = [...prompts, ...(await system.owner.client.call("listPrompts", { query: { state: "ended" } })).prompts];
    assert.deepEqual(
      all.map(({ body, target }) => [body.text, target]),
      [[text.trim(), { runnerId: await system.runners[0]?.runnerId() }]],
    );
  });

  it("forgets the errors with the page", async () => {
    await go("/about", "About us");
    await errors().waitFor({ state: "detached" });
  });

  it("leaves a page alone whose policy lets no script in", async () => {
    await go("/strict", "Strict");
    await until("it says nothing", silent);
    assert.equal(await address().inputValue(), "");
    assert.equal(await frame().locator("script").count(), 0);
    assert.equal(await button("Ask about a picture of this page").isDisabled(), true);
    await button("Back").click();
    await shown("About us");
    await told("/about");
  });

  it("uses the nonce of a page's policy, and makes that no weaker", async () => {
    await go("/nonce", "Nonce");
    await told("/nonce");
    // The page's own console says that its policy has kept one of its scripts out; that is no call of the page's.
    await until("the error is counted", async () => (await errors().textContent())?.includes("1") || undefined);
    assert.equal(
      await frame()
        .locator("html")
        .evaluate(() => document.title),
      "Bakery",
    );
  });

  it("shows what is compressed, and what is empty, as it is", async () => {
    await go("/compressed", "Compressed");
    assert.equal(await frame().locator("script").count(), 0);
    const visit = await visitPreview(system.owner, opened.id);
    const empty = await visit.get("/empty", frameHeaders);
    assert.deepEqual([empty.status, empty.text], [200, ""]);
    const whole = await visit.get("/about", { ...frameHeaders, "if-none-match": '"old"', "accept-encoding": "br" });
    assert.match(whole.text, /<head><script src="\/\.baton\/page\.js\?[\w-]{12}"><\/script><link/);
    assert.equal(whole.headers.vary, "Sec-Fetch-Dest");
    const last = asked.at(-1);
    assert.deepEqual([last?.headers["accept-encoding"], last?.headers["if-none-match"]], ["identity", undefined]);
    const { "sec-fetch-dest": _, ...other } = frameHeaders;
    for (const headers of [
      other,
      { ...frameHeaders, range: "bytes=0-9" },
      { ...frameHeaders, "sec-fetch-dest": "empty" },
    ]) {
      assert.doesNotMatch((await visit.get("/about", headers)).text, /baton/, JSON.stringify(headers));
    }
    const head = await visit.open("/about", { method: "HEAD", headers: frameHeaders });
    assert.equal(head.statusCode, 200);
    head.resume();
  });

  it("holds nothing of a page back that has not ended", async () => {
    const visit = await visitPreview(system.owner, opened.id);
    const response = await visit.open("/slow", { headers: frameHeaders });
    let text = "";
    response.setEncoding("utf8").on("data", (piece) => {
      text += piece;
    });
    await until("its beginning is here", async () => text === "<!doctype html><html>" || undefined);
    finish();
    await once(response, "end");
    assert.match(text, /^<!doctype html><html><head><script src=[^>]*><\/script><\/head><h1>Whole<\/h1>$/);
  });

  it("stays calm where a page floods it", async () => {
    await go("/flood", "Flood");
    await until("they are counted", async () => (await errors().textContent()) === "999+" || undefined);
    await errors().click();
    await page.getByText("2950 more are counted").waitFor();
    assert.equal(await page.locator(".page-errors li").count(), 50);
    await page.getByRole("button", { name: "Fix these" }).click();
    const prompt = page.getByRole("dialog").getByLabel("Prompt");
    assert.ok((await prompt.inputValue()).length < 13_000);
    await prompt.fill("");
    await page.getByRole("button", { name: "Close" }).click();
    await go("/about", "About us");
    await told("/about");
  });

  it("believes a page no more than it may say", async () => {
    await go("/forged", "Forged");
    await told("/forged");
    await until("its error is there", async () => (await errors().textContent()) === "1" || undefined);
    assert.equal(await button("Back").isDisabled(), true);
    await errors().click();
    await page.locator(".page-errors").getByText("<img src=x onerror=alert(1)>").waitFor();
    assert.equal(await page.locator(".page-errors img").count(), 0);
    await page.getByRole("button", { name: "Close" }).first().click();
    await go("/about", "About us");
  });

  it("attaches a picture of the page to a prompt, and the runner's agent finds it", async () => {
    await go("/picture", "Picture");
    await told("/picture");
    await button("Ask about a picture of this page").click();
    const dialog = page.getByRole("dialog");
    const chip = dialog.getByRole("list", { name: "Attached" }).getByRole("listitem");
    await chip.waitFor();
    const src = (await chip.locator("img").getAttribute("src")) ?? "";
    const bytes = Buffer.from(src.split(",")[1] ?? "", "base64");
    assert.ok(bytes.length > 500 && bytes.length <= maxPictureBytes, `${bytes.length} bytes`);
    const pixel = await chip.locator("img").evaluate(async (element) => {
      const image = element as HTMLImageElement;
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const drawing = canvas.getContext("2d");
      drawing?.drawImage(image, 0, 0);
      return [...(drawing?.getImageData(canvas.width / 2, 120, 1, 1).data ?? [])];
    });
    assert.deepEqual(pixel, [200, 30, 30, 255]);
    await checkPage(page);
    await dialog.getByLabel("Agent").selectOption({ label: "Echo" });
    await dialog.getByLabel("Prompt", { exact: true }).fill("Make it blue");
    await picture("picture");
    await dialog.getByRole("button", { name: "Queue", exact: true }).click();
    const run = await until("it has run", async () => {
      const { prompts } = await system.owner.client.call("listPrompts", { query: { state: "ended" } });
      const runId = prompts.find(({ body }) => body.text === "Make it blue")?.runId;
      return runId && system.owner.client.call("readRun", { params: { id: runId } });
    });
    const [, file = ""] = /^Attached: (.*-page\.png)$/m.exec(await outputOf(run.id)) ?? [];
    const hash = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");
    assert.equal(hash(readFileSync(file)), hash(bytes));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(run.body.prompt, "Make it blue");
  });

  it("takes an attached picture away again", async () => {
    await button("Ask about a picture of this page").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: /^Remove page/ }).click();
    await dialog.getByRole("list", { name: "Attached" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Close" }).click();
  });

  it("shows pages as they are where somebody has chosen that, for everybody", async () => {
    await button("More").click();
    await page.getByRole("menuitem", { name: "Show pages without Baton's script" }).click();
    await shown("Fresh bread");
    await until("it says nothing", silent);
    assert.equal(await frame().locator("script").count(), 0);
    await button("More").click();
    await page.getByRole("menuitem", { name: "Show pages with Baton's script" }).click();
    await told("/");
  });

  it("says that the runner is away, and shows the page again by itself when it is back", async () => {
    await system.runners[0]?.kill("SIGKILL");
    await page.getByText("is away. The page answers again").waitFor();
    await button("Load it again").click();
    await shown("The runner is away");
    await picture("away");
    await system.runners[0]?.start();
    await shown("Fresh bread");
    await page.getByText("is away. The page answers again").waitFor({ state: "detached" });
    await told("/");
  });

  it("shows the page again by itself when its server is back", async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await button("Load it again").click();
    await shown("Nothing answers there");
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    await shown("Fresh bread");
    await told("/");
  });

  it("is there on a phone, in the dark and in the light", async () => {
    await checkPage(page);
    await picture("light");
    await page.getByRole("button", { name: "Switch the theme" }).click();
    await picture("dark");
    await page.setViewportSize({ width: 390, height: 844 });
    await shown("Fresh bread");
    await go("/broken", "Broken");
    await errors().waitFor();
    await checkPage(page);
    await picture("phone");
    await errors().click();
    await picture("phone-errors");
    await page.getByRole("button", { name: "Fix these" }).click();
    await checkPage(page);
    await picture("phone-fix");
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Open it in a tab of its own" }).waitFor();
    await picture("phone-more");
  });
});
