import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RunnerId } from "#protocol/ids";
import { distFolder } from "#test/support/dist";
import { startEditor } from "#test/vscode/editor";
import { activityTab, answerInput, notification, runCommand, statusItem, terminalRows } from "#test/vscode/workbench";
import { finished, loginPrompt, working } from "./story";
import { startTeam } from "./team";

/**
 * Makes the README's picture of the extension in a real VS Code.
 * Ana's window is the runner; what Ben queued for it works in a terminal of that window.
 */
const folder = process.argv[2] ?? join("docs", "images");
const viewport = { width: 1520, height: 900 };
const terminalFromPx = 775;
const bellMs = 90_000;
const settings = {
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.panel.defaultLocation": "right",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "editor.minimap.enabled": false,
  // The folder has no packages, so that every name would be underlined.
  "typescript.validate.enable": false,
};

const vsix = join(distFolder, "picture-baton.vsix");
execFileSync(process.execPath, ["scripts/package.mjs", "--out", vsix], { stdio: ["ignore", "ignore", "inherit"] });
await using team = await startTeam(["web", "infra"]);
const { people, runnerIds } = team;
await using editor = await startEditor({ vsix, settings, env: team.env, deviceScaleFactor: 2 });
const { page } = editor;
await page.setViewportSize(viewport);
await editor.open(team.folderOf("api-server"), [
  ["openFile", editor.uri(`${team.folderOf("api-server")}/src/login.ts`)],
]);
await statusItem(page).waitFor();
await runCommand(page, "Baton: Connect to a Relay");
await answerInput(page, "Connect to a Relay", team.url);
const [, code = ""] =
  /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(await notification(page, /Approve the code/).innerText()) ?? [];
const runner = (await people.Ana.request("POST", `/api/pairings/${code}/approve`, {})) as { id: RunnerId };
await statusItem(page).filter({ hasText: "ready" }).waitFor();
await activityTab(page, "Baton").click();

for (const [name, place, text, agent] of working) {
  const target = { runnerId: runnerIds[place] as RunnerId };
  await people[name].client.call("queuePrompt", { body: { target, agent, access: "full", body: { text } } });
}
/** The terminal gets the wider half. */
async function widenPanel(): Promise<void> {
  const panel = page.locator(".part.panel");
  const box = await panel.boundingBox();
  if (!box) throw new Error("the editor shows no panel");
  // The sash lies in the gap beside it.
  await page.mouse.move(box.x - 3, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(terminalFromPx, box.y + box.height / 2, { steps: 8 });
  await page.mouse.up();
}
const ask = async (body: { readonly text: string }, mode: "once" | "interactive") => {
  await people.Ben.client.call("queuePrompt", {
    body: { target: { runnerId: runner.id }, agent: "claude", mode, body },
  });
  const title = body.text.split("\n", 1)[0] ?? "";
  await notification(page, new RegExp(title)).getByRole("button", { name: "Run", exact: true }).click();
};
for (const [, , text] of finished.slice(0, 2)) {
  await ask({ text }, "once");
  await page
    .locator(".monaco-list-row", { hasText: text })
    .filter({ hasText: /exit code 0|done/ })
    .first()
    .waitFor();
}
// The first run has opened it.
await widenPanel();
await ask({ text: loginPrompt }, "interactive");
await terminalRows(page).filter({ hasText: "Do you want to proceed?" }).waitFor({ timeout: bellMs });
await statusItem(page).filter({ hasText: "needs you" }).waitFor({ timeout: bellMs });
await runCommand(page, "Notifications: Clear All Notifications");
// Nothing is pointed at, so that no hint is shown.
await page.mouse.move(200, viewport.height - 200);
await page.locator(".workbench-hover-container").first().waitFor({ state: "hidden" });
mkdirSync(folder, { recursive: true });
await page.screenshot({ path: join(folder, "editor-dark.png") });
for (const { id, status } of (await people.Ana.client.call("listRuns", { query: { limit: 50 } })).runs) {
  if (status !== "ended") await people.Ana.client.call("cancelRun", { params: { id } });
}
