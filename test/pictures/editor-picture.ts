import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { Access, RunMode } from "#protocol/documents";
import type { RunnerId } from "#protocol/ids";
import { distFolder } from "#test/support/dist";
import { connectAndSignIn } from "#test/vscode/connect";
import { startEditor } from "#test/vscode/editor";
import { activityTab, choose, notification, runCommand, statusItem, terminalRows } from "#test/vscode/workbench";
import { bakery, finished, loginPrompt, working } from "./story";
import { type Name, startTeam } from "./team";

const folder = process.argv[2] ?? join("docs", "images");
const viewport = { width: 1440, height: 900 };
const sideBarToPx = 352;
const terminalFromPx = 862;
const runsToPx = 330;
const bellMs = 90_000;
const startMs = 60_000;
const themes = { dark: "Default Dark Modern", light: "Default Light Modern" } as const;
type Theme = keyof typeof themes;
const settings = {
  "workbench.panel.defaultLocation": "right",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "terminal.integrated.fontSize": 12,
  "editor.minimap.enabled": false,
  "remote.autoForwardPorts": false,
  // The folder has no packages, so that every name would be underlined.
  "typescript.validate.enable": false,
};

const vsix = join(distFolder, "picture-baton.vsix");
execFileSync(process.execPath, ["scripts/package.mjs", "--out", vsix], { stdio: ["ignore", "ignore", "inherit"] });
mkdirSync(folder, { recursive: true });
await takePicture("dark");
await takePicture("light");

/**
 * A picture of the extension in a real VS Code. Ana's window is a runner: what Ben queued for it works in a terminal of
 * that window. Beside it a panel shows what Ben's own runner works on.
 */
async function takePicture(theme: Theme): Promise<void> {
  await using team = await startTeam(["web", "infra"], theme);
  const { people, runnerIds } = team;
  await using editor = await startEditor({
    vsix,
    settings: { ...settings, "workbench.colorTheme": themes[theme] },
    env: team.env,
    deviceScaleFactor: 2,
  });
  const { page } = editor;
  const queue = (by: Name, target: RunnerId, text: string, wish: Wish) =>
    people[by].client.call("queuePrompt", { body: { target: { runnerId: target }, ...wish, body: { text } } });

  for (const [by, place, text, agent] of working) {
    const mode = text === bakery ? "interactive" : "once";
    await queue(by, runnerIds[place] as RunnerId, text, { agent, mode, access: mode === "once" ? "full" : "edit" });
  }
  await page.setViewportSize(viewport);
  const file = editor.uri(`${team.folderOf("api-server")}/src/login.ts`);
  await editor.open(team.folderOf("api-server"), [["openFile", file]]);
  await statusItem(page).waitFor({ timeout: startMs });
  const runnerId = (await connectAndSignIn({ relay: { url: team.url }, owner: people.Ana }, page)) as RunnerId;
  await statusItem(page).filter({ hasText: "ready" }).waitFor();
  await activityTab(page, "Baton").click();
  const ask = async (text: string, mode: RunMode) => {
    await queue("Ben", runnerId, text, { agent: "claude", mode });
    const title = text.split("\n", 1)[0] ?? "";
    await notification(page, new RegExp(title)).getByRole("button", { name: "Run", exact: true }).click();
  };
  for (const [, , text] of finished.slice(0, 2)) {
    await ask(text, "once");
    await page
      .locator(".monaco-list-row", { hasText: text })
      .filter({ hasText: /exit code 0|done/ })
      .first()
      .waitFor();
  }
  // Before the run begins: what an agent has printed is not drawn again when its terminal gets narrower.
  await arrange(page);
  await runCommand(page, "Terminal: Kill All Terminals");
  await ask(loginPrompt, "interactive");
  await terminalRows(page).waitFor();

  await runCommand(page, "Baton: Open Run Panel");
  await choose(page, "Open the panel of which run?", bakery);
  const panel = page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  await panel.getByRole("button", { name: "Take the keyboard" }).click();
  await panel.getByRole("button", { name: "Fit to my window" }).click();
  await panel.getByRole("button", { name: "Give back" }).click();
  await panel.locator(".xterm-rows", { hasText: "Do you want to proceed?" }).waitFor({ timeout: bellMs });
  await terminalRows(page).filter({ hasText: "Do you want to proceed?" }).waitFor({ timeout: bellMs });
  await statusItem(page).filter({ hasText: "needs you" }).waitFor({ timeout: bellMs });

  await runCommand(page, "Notifications: Clear All Notifications");
  // Nothing is pointed at, so that no hint is shown.
  await page.mouse.move(200, viewport.height - 80);
  await page.locator(".workbench-hover-container").first().waitFor({ state: "hidden" });
  await page.screenshot({ path: join(folder, `editor-${theme}.png`) });
  for (const { id, status } of (await people.Ana.client.call("listRuns", { query: { limit: 50 } })).runs) {
    if (status !== "ended") await people.Ana.client.call("cancelRun", { params: { id } });
  }
}

interface Wish {
  readonly agent: string;
  readonly mode: RunMode;
  readonly access?: Access;
}

/** The terminal at the right gets the wider half, the team as much room as it needs. Sashes lie beside the parts. */
async function arrange(page: Page): Promise<void> {
  const boxOf = async (selector: string) => {
    const box = await page.locator(selector).first().boundingBox();
    if (!box) throw new Error(`the editor shows no ${selector}`);
    return box;
  };
  const drag = async (from: readonly [number, number], to: readonly [number, number]) => {
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 8 });
    await page.mouse.up();
  };
  const middle = viewport.height / 2;
  const sideBar = await boxOf(".part.sidebar");
  await drag([sideBar.x + sideBar.width + 2, middle], [sideBarToPx, middle]);
  await drag([(await boxOf(".part.panel")).x - 3, middle], [terminalFromPx, middle]);
  await drag([sideBarToPx / 2, (await boxOf('.pane-header[aria-label^="Team"]')).y - 1], [sideBarToPx / 2, runsToPx]);
}
