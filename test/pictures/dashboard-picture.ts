import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Access, RunMode } from "#protocol/documents";
import type { RunId, RunnerId } from "#protocol/ids";
import { launchBrowser } from "#test/support/browser";
import { openDashboard } from "#test/support/dashboard";
import { until } from "#test/support/until";
import { finished, followUp, loginPrompt, waiting, working } from "./story";
import { type Name, type Place, startTeam } from "./team";

/**
 * Makes the README's pictures of the dashboard from the running product: Claude Code works in its terminal, several
 * people's prompts run, wait and are over, and one run needs somebody.
 */
const folder = process.argv[2] ?? join("docs", "images");
const viewport = { width: 1280, height: 800 };
const questionMs = 60_000;
const bellMs = 90_000;

await using team = await startTeam();
const { people, runnerIds } = team;

interface Wish {
  readonly agent?: string;
  readonly mode?: RunMode;
  readonly access?: Access;
  readonly afterRunId?: RunId;
}

const queue = (name: Name, place: Place, text: string, { agent = "claude", ...wish }: Wish = {}) =>
  people[name].client.call("queuePrompt", {
    body: { target: { runnerId: runnerIds[place] as RunnerId }, agent, ...wish, body: { text } },
  });
const runOf = (promptId: string, isThere: (status: string) => boolean) =>
  until(
    "the prompt has its run",
    async () => {
      const { runs } = await people.Ana.client.call("listRuns", { query: { limit: 50 } });
      const run = runs.find((each) => each.promptId === promptId);
      return run && isThere(run.status) ? run.id : undefined;
    },
    questionMs,
  );

for (const [name, place, text] of finished) {
  await runOf((await queue(name, place, text)).id, (status) => status === "ended");
}
for (const [name, place, text, agent] of working) {
  await runOf((await queue(name, place, text, { agent, access: "full" })).id, (status) => status === "running");
}
await queue(...waiting);
const main = await queue("Ana", "api-server", loginPrompt, { mode: "interactive" });
const runId = await runOf(main.id, (status) => status !== "starting");
await queue("Ana", "api-server", followUp, { afterRunId: runId });
for (const name of ["Ana", "Chi"] as const) {
  const viewer = await people[name].viewer();
  viewer.send({ type: "run.watch", runId, creditBytes: 1_000_000 });
}

const browser = await launchBrowser();
const context = await browser.newContext({ viewport, deviceScaleFactor: 2, locale: "en-GB", colorScheme: "dark" });
const dashboard = await openDashboard(context, team.url);
await dashboard.signIn(((await people.Ben.request("POST", "/api/links")) as { url: string }).url);
await dashboard.page.goto(`${team.url}/runs/${runId}`);
await dashboard.takeKeyboard();
await dashboard.page.getByRole("button", { name: "Fit to my window" }).click();
await dashboard.page.getByRole("button", { name: "Give back" }).click();
await dashboard.shows("Do you want to proceed?", questionMs);
await dashboard.runIs("needs you", bellMs);
mkdirSync(folder, { recursive: true });
for (const colorScheme of ["dark", "light"] as const) {
  await dashboard.page.emulateMedia({ colorScheme });
  await dashboard.page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, colorScheme);
  await dashboard.page.mouse.move(640, 4);
  await dashboard.page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
  await dashboard.page.screenshot({ path: join(folder, `dashboard-${colorScheme}.png`) });
}
await browser.close();
for (const { id, status } of (await people.Ana.client.call("listRuns", { query: { limit: 50 } })).runs) {
  if (status !== "ended") await people.Ana.client.call("cancelRun", { params: { id } });
}
