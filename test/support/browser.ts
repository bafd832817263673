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

/**
 * What every page of a test would pay for and nobody sees: two pages that draw the address bar's suggestions, and a
 * process that is kept warm for a site that no test goes to. They are more than a third of what a short test costs.
 */
const unseen = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess"];

/** What Playwright switches off. Chromium takes the last list alone, so a list of our own repeats it. */
const offInPlaywright = [
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "LensOverlay",
  "MediaRouter",
  "PaintHolding",
  "ThirdPartyStoragePartitioning",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "TcpPortRandomizationWin",
  "OptimizationHints",
  "NetworkTimeServiceQuerying",
  "AimEnabled",
  "PreconnectToSearch",
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
  const off = `--disable-features=${[...offInPlaywright, ...unseen].join(",")}`;
  return chromium.launch({ executablePath, args: [...calm, off, ...args] });
}
