import { type Browser, chromium } from "playwright-core";
import { findBrowser } from "../../scripts/browser.mjs";

const calm = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The Chromium of this machine, or undefined; `BATON_CHROMIUM` outranks the search. */
export const browserPath = (): Promise<string | undefined> => findBrowser();

/**
 * Starts a Chromium without a window.
 * @throws Error when this machine has none
 */
export async function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  const executablePath = await browserPath();
  if (!executablePath) throw new Error("there is no Chromium here; BATON_CHROMIUM can name one");
  return chromium.launch({ executablePath, args: [...calm, ...args] });
}
