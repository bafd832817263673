import type { FrameLocator, Locator, Page } from "playwright-core";
import { until } from "#test/support/until";

/** How a person's hands find things in the workbench. */

/**
 * Runs a command of the palette. Commands of extensions appear only after the workbench has read them, so the palette is
 * opened again until it knows the title.
 */
export async function runCommand(page: Page, title: string, timeoutMs = 60_000): Promise<void> {
  const row = page
    .locator(".quick-input-widget .monaco-list-row")
    .filter({ has: page.locator(".label-name, .monaco-icon-label", { hasText: title }) })
    .first();
  for (const limit = Date.now() + timeoutMs; ; ) {
    await page.keyboard.press("F1");
    const input = page.locator(".quick-input-widget input").first();
    try {
      await input.waitFor({ state: "visible", timeout: 3_000 });
      await input.fill(`>${title}`);
      await row.waitFor({ timeout: 5_000 });
      break;
    } catch (error) {
      if (Date.now() > limit) throw error;
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

/**
 * Takes an item of a context menu with the keyboard: a menu does not hear the mouse in its first 100 ms, and a second
 * click would fall on what lies behind a menu that has just gone.
 */
export async function chooseInMenu(page: Page, on: Locator, label: string): Promise<void> {
  await on.click({ button: "right" });
  const item = page.locator(".monaco-menu .action-item").filter({ hasText: label });
  await item.hover();
  await item.and(page.locator(".focused")).waitFor();
  await page.keyboard.press("Enter");
  await item.waitFor({ state: "detached" });
}

/**
 * Waits until the workbench of the browser has written down what it would show after a reload: it does so every few
 * seconds, where the one of the desktop does it as it closes.
 * @param texts what has to stand in it
 */
export async function workbenchSaved(page: Page, ...texts: readonly string[]): Promise<void> {
  await until(`the workbench has saved ${texts.join(", ")}`, async () => {
    const saved = await page.evaluate(async () => {
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      let all = "";
      for (const { name = "" } of await indexedDB.databases()) {
        const database = await done(indexedDB.open(name));
        for (const store of database.objectStoreNames) {
          all += (await done(database.transaction(store).objectStore(store).getAll())).join("\n");
        }
        database.close();
      }
      return all;
    });
    return texts.every((text) => saved.includes(text)) || undefined;
  });
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

/** The page of the panel that is in front: the editor puts it into a frame within a frame. */
export const panelPage = (page: Page): FrameLocator =>
  page
    .locator("iframe.webview.ready")
    .filter({ visible: true })
    .contentFrame()
    .frameLocator("iframe#active-frame")
    .first();
