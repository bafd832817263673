import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";

const axePath = createRequire(join(process.cwd(), "package.json")).resolve("axe-core/axe.min.js");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

interface AxeWindow {
  readonly axe: {
    run(
      context: unknown,
      options: unknown,
    ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
  };
}

/** What axe has to say about a part of the page. */
export async function axe(page: Page, within: string): Promise<string[]> {
  await page.evaluate(await readFile(axePath, "utf8"));
  return await page.evaluate(
    async ({ values, within }) => {
      // What a program draws in its terminal has the program's colours.
      const { violations } = await (window as unknown as AxeWindow).axe.run(
        { include: [[within]], exclude: [[".xterm-rows"], [".xterm-helpers"]] },
        { runOnly: { type: "tag", values } },
      );
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.split("\n")[1] ?? ""}`),
      );
    },
    { values: tags, within },
  );
}

/** Whether something makes the page itself scroll sideways. */
export async function stickingOut(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    const scrolls = (element: Element) => element.closest(".terminal-frame, .xterm, .sr-only, .skip-link") !== null;
    return [...document.querySelectorAll("body *")]
      .filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 0 && box.height > 0 && box.right > wide + 1 && !scrolls(element);
      })
      .map((element) => element.outerHTML.slice(0, 160));
  });
}
