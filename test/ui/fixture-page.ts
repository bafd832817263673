import type { Browser, BrowserContext, Page } from "playwright-core";
import type { FixtureRequest } from "./fixture/page";

export type Look = "dark" | "light" | "phone";
export const looks: readonly Look[] = ["dark", "light", "phone"];

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained about, content security policy included. */
  readonly complaints: string[];
}

/** Opens the dashboard on the fixture, in one of the three looks. */
export async function openFixture(
  browser: Browser,
  baseUrl: string,
  options: { readonly path?: string; readonly look?: Look; readonly request?: FixtureRequest; readonly zoom?: number },
): Promise<OpenPage> {
  const { path = "/", look = "dark", request = {} } = options;
  const phone = look === "phone";
  const zoom = options.zoom ?? 1;
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width: Math.round(1280 / zoom), height: Math.round(860 / zoom) },
    deviceScaleFactor: phone ? 2 : zoom,
    colorScheme: look === "light" ? "light" : "dark",
    hasTouch: phone,
    reducedMotion: "reduce",
    locale: "en-GB",
  });
  await context.addInitScript((wanted) => {
    window.batonFixture = wanted;
  }, request);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(baseUrl + path);
  return { page, context, complaints };
}
