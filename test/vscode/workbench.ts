import type { Locator, Page } from "playwright-core";

/** How a person's hands find things in the workbench. */

/**
 * Runs a command of the palette. Commands of extensions appear only after the workbench has read them, so the palette is
 * opened again until it knows the title.
 */
export async function runCommand(page: Page, title: string, timeoutMs = 30_000): Promise<void> {
  const row = page
    .locator(".quick-input-widget .monaco-list-row")
    .filter({ has: page.locator(".label-name, .monaco-icon-label", { hasText: title }) })
    .first();
  for (const until = Date.now() + timeoutMs; ; ) {
    await page.keyboard.press("F1");
    const input = page.locator(".quick-input-widget input").first();
    try {
      await input.waitFor({ state: "visible", timeout: 3_000 });
      await input.fill(`>${title}`);
      await row.waitFor({ timeout: 2_000 });
      break;
    } catch (error) {
      if (Date.now() > until) throw error;
      await page.keyboard.press("Escape");
    }
  }
  await row.click();
}

/** Types into the input box that a command has opened, and accepts it. */
export async function answerInput(page: Page, title: string, text: string): Promise<void> {
  await page.locator(".quick-input-widget .quick-input-title", { hasText: title }).waitFor();
  await page.locator(".quick-input-widget input").first().fill(text);
  await page.keyboard.press("Enter");
}

/** Takes a row of the list that a command has opened. @param title of the list; empty for one that has none */
export async function choose(page: Page, title: string, label: string): Promise<void> {
  if (title) await page.locator(".quick-input-widget .quick-input-title", { hasText: title }).waitFor();
  await page.locator(".quick-input-widget .monaco-list-row").filter({ hasText: label }).first().click();
}

export const statusItem = (page: Page): Locator => page.locator('.statusbar-item[id="baton.baton.status"]');

export const notification = (page: Page, text: string | RegExp): Locator =>
  page.locator(".notification-toast, .notifications-center .notification-list-item").filter({ hasText: text }).first();

/** What the status bar says for a moment. */
export const passing = (page: Page, text: string): Locator =>
  page.locator(".statusbar-item").filter({ hasText: text }).first();

export const activityTab = (page: Page, name: string): Locator =>
  page.locator(".part.activitybar").getByRole("tab", { name, exact: true });

export const terminalRows = (page: Page): Locator => page.locator(".terminal-wrapper.active .xterm-rows");

export async function typeInTerminal(page: Page, text: string): Promise<void> {
  await page.locator(".terminal-wrapper.active .xterm-helper-textarea").focus();
  await page.keyboard.type(text);
}
