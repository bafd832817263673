import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContext, errors, type Locator, type Page } from "playwright-core";
import type { Access, RunMode } from "#protocol/documents";
import { RunId } from "#protocol/ids";
import { distFolder } from "#test/support/dist";

/** The dashboard in a real browser, in the words of a person who uses it. */
export interface Dashboard {
  readonly page: Page;
  /** Opens a one-time link and waits for the first screen behind it. */
  signIn(link: string): Promise<void>;
  /** Fills the composer, queues, and waits until the run that came of it is shown. */
  queue(text: string, choices: ComposerChoices): Promise<RunId>;
  /** Fills the composer and presses Enter. */
  compose(text: string, choices?: Partial<ComposerChoices>): Promise<void>;
  /** The composer below the open run. */
  followUp(text: string): Promise<void>;
  /** Opens a run or a prompt by its row in the list. */
  open(title: string): Promise<void>;
  row(title: string): Locator;
  /** The run that is open. */
  runId(): RunId;
  /** What the terminal shows now, line by line. */
  screen(): Promise<string>;
  /** Waits until the terminal shows this. @throws Error with the screen, after `timeoutMs` */
  shows(what: RegExp | string, timeoutMs?: number): Promise<void>;
  /** All of the terminal, scrollback too, as “Copy the terminal's text” gives it. */
  copiedText(): Promise<string>;
  takeKeyboard(): Promise<void>;
  /** Key by key into the terminal, as a person types: some TUIs take a burst for a paste. */
  type(text: string): Promise<void>;
  press(key: string): Promise<void>;
  /** Waits until the open run's pill says this. */
  runIs(state: string, timeoutMs?: number): Promise<void>;
  /** A value of the open run's details. */
  detail(name: string): Promise<string>;
  /** Waits until the page has a live connection. */
  live(timeoutMs?: number): Promise<void>;
  /** Keeps a picture of the page for people to look at. */
  picture(name: string): Promise<void>;
  /** The words on the terminal's screen that stand out least from what is behind them, as a contrast (WCAG 2.2). */
  palestWords(): Promise<{ text: string; contrast: number }>;
  /** What the page complained of since the last call: script errors and refused content. */
  complaints(): string[];
}

export interface ComposerChoices {
  /** As the composer calls it. */
  readonly agent: string;
  readonly mode?: RunMode;
  readonly access?: Access;
}

const patienceMs = 15_000;
const keyDelayMs = 10;

/** Opens a page in a browser profile, which may copy and paste. */
export async function openDashboard(context: BrowserContext, baseUrl: string): Promise<Dashboard> {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: baseUrl });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) complaints.push(message.text());
  });

  const screen = () =>
    page.evaluate(() =>
      [...document.querySelectorAll(".xterm-rows > div")]
        .map((line) => (line.textContent ?? "").replaceAll("\u00a0", " ").trimEnd())
        .join("\n")
        .trimEnd(),
    );

  const shows: Dashboard["shows"] = async (what, timeoutMs = patienceMs) => {
    const pattern = typeof what === "string" ? escaped(what) : what.source;
    try {
      await page.waitForFunction(
        (source) =>
          new RegExp(source).test(
            [...document.querySelectorAll(".xterm-rows > div")]
              .map((line) => (line.textContent ?? "").replaceAll("\u00a0", " ").trimEnd())
              .join("\n"),
          ),
        pattern,
        { timeout: timeoutMs, polling: 50 },
      );
    } catch (error) {
      if (!(error instanceof errors.TimeoutError)) throw error;
      throw new Error(`the terminal does not show ${what} within ${timeoutMs} ms:\n${await screen()}`);
    }
  };

  const compose: Dashboard["compose"] = async (text, { agent, mode, access } = {}) => {
    const newPrompt = page.getByRole("button", { name: "New prompt", exact: true });
    if (await newPrompt.isVisible()) await newPrompt.click();
    else await page.getByRole("navigation", { name: "Sections" }).getByRole("button", { name: "New" }).click();
    await page.getByRole("heading", { name: "What should be done?" }).waitFor();
    if (agent) await choose("Agent", agent);
    if (mode) await choose("Mode", modes[mode]);
    if (access) await choose("Access", accesses[access]);
    await page.getByLabel("Prompt", { exact: true }).fill(text);
    await page.keyboard.press("Enter");
  };

  /** A choice of one is shown as a word. */
  const choose = async (label: string, option: string) => {
    const list = page.getByLabel(label, { exact: true });
    const word = page.locator(`.chip.word[title="${label}"]`, { hasText: option });
    await list.or(word).first().waitFor();
    if ((await word.count()) === 0) await list.selectOption({ label: option });
  };

  const runId = () => RunId.parse(new URL(page.url()).pathname.split("/")[2]);

  return {
    page,
    screen,
    shows,
    compose,
    runId,
    async signIn(link) {
      await page.goto(link);
      await page.locator(".app").waitFor();
    },
    async queue(text, choices) {
      await compose(text, choices);
      await page.waitForURL(/\/runs\/run_/);
      await page.locator(".run-header").waitFor();
      return runId();
    },
    async followUp(text) {
      await page.getByLabel("Prompt", { exact: true }).fill(text);
      await page.keyboard.press("Enter");
    },
    row: (title) => page.locator(".row", { hasText: title }).first(),
    async open(title) {
      await page.locator(".row", { hasText: title }).first().click();
    },
    async copiedText() {
      await page.evaluate(() => navigator.clipboard.writeText(""));
      await page.getByRole("button", { name: "More" }).click();
      await page.getByRole("menuitem", { name: "Copy the terminal's text" }).click();
      await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== "");
      return page.evaluate(() => navigator.clipboard.readText());
    },
    async takeKeyboard() {
      await page.getByRole("button", { name: "Take the keyboard" }).click();
      await page.getByText("You have the keyboard").waitFor();
    },
    async type(text) {
      await page.locator(".xterm-helper-textarea").focus();
      await page.keyboard.type(text, { delay: keyDelayMs });
    },
    async press(key) {
      await page.locator(".xterm-helper-textarea").focus();
      await page.keyboard.press(key);
    },
    async runIs(state, timeoutMs = patienceMs) {
      const pill = page.locator(".run-header .pill");
      try {
        await pill.getByRole("status").filter({ hasText: state }).waitFor({ timeout: timeoutMs });
      } catch (error) {
        if (!(error instanceof errors.TimeoutError)) throw error;
        throw new Error(`the run is not “${state}” but “${await pill.textContent()}”:\n${await screen()}`);
      }
    },
    async detail(name) {
      await page.getByRole("tab", { name: "Details" }).click();
      const value = await page
        .locator(".facts > div")
        .filter({ has: page.getByText(name, { exact: true }) })
        .locator("dd")
        .first()
        .innerText();
      await page.getByRole("tab", { name: "Terminal" }).click();
      return value.trim();
    },
    async live(timeoutMs = patienceMs) {
      await page.locator('.connection[data-phase="live"]').waitFor({ state: "attached", timeout: timeoutMs });
    },
    async picture(name) {
      const folder = join(distFolder, "pictures", "e2e");
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name}.png`) });
    },
    palestWords: () => page.evaluate(findPalestWords),
    complaints: () => complaints.splice(0),
  };
}

const modes: Record<RunMode, string> = { once: "Once", interactive: "Interactive" };
const accesses: Record<Access, string> = { read: "Read only", edit: "May edit", full: "Full access" };

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Runs in the page. */
function findPalestWords(): { text: string; contrast: number } {
  type Colour = readonly [number, number, number, number];
  const parse = (text: string): Colour => {
    const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a]: Colour, [R, G, B]: Colour): Colour => [
    r * a + R * (1 - a),
    g * a + G * (1 - a),
    b * a + B * (1 - a),
    1,
  ];
  const luminance = (colour: Colour) => {
    const [r = 0, g = 0, b = 0] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behindAll = parse(getComputedStyle(document.querySelector(".terminal") ?? document.body).backgroundColor);
  let palest = { text: "", contrast: Number.POSITIVE_INFINITY };
  for (const span of document.querySelectorAll(".xterm-rows span")) {
    const text = span.textContent ?? "";
    if (!/[\p{L}\p{N}]/u.test(text)) continue;
    const style = getComputedStyle(span);
    const behind = over(parse(style.backgroundColor), behindAll);
    const [low = 0, high = 0] = [luminance(over(parse(style.color), behind)), luminance(behind)].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < palest.contrast) palest = { text, contrast };
  }
  return palest;
}
