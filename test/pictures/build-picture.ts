import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RunnerId } from "#protocol/ids";
import { launchBrowser } from "#test/support/browser";
import { openDashboard } from "#test/support/dashboard";
import { until } from "#test/support/until";
import { landingFolder, landingPrompt } from "./story";
import { startTeam } from "./team";

/** Makes the README's pictures of a build: what an agent made of a template, with its steps, and the page in its tab. */
const folder = process.argv[2] ?? join("docs", "images");
const looks = {
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  light: { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
} as const;
const buildMs = 90_000;

await using team = await startTeam(["web"]);
const { Ana, Ben } = team.people;
const { id } = await Ana.client.call("queuePrompt", {
  body: {
    target: { runnerId: team.runnerIds.web as RunnerId },
    agent: "claude",
    access: "edit",
    body: {
      text: landingPrompt,
      folder: landingFolder,
      build: {
        template: { kind: "built-in", id: "static-site" },
        name: "Static site",
        variables: { "project-title": "Crumb & Crust" },
        start: true,
      },
    },
  },
});
await until(
  "its page is shown",
  async () => {
    const { previews } = await Ana.client.call("listPreviews");
    return previews.find(({ body }) => body.name === landingFolder);
  },
  buildMs,
);
const { runId } = await Ana.client.call("readPrompt", { params: { id } });

// The scale of a context does not reach the page of another origin in a frame.
const browser = await launchBrowser(["--force-device-scale-factor=2"]);
mkdirSync(folder, { recursive: true });
for (const [look, { viewport, colorScheme }] of Object.entries(looks)) {
  const context = await browser.newContext({ viewport, deviceScaleFactor: 2, locale: "en-GB", colorScheme });
  const dashboard = await openDashboard(context, team.url);
  await dashboard.signIn(((await Ben.request("POST", "/api/links")) as { url: string }).url);
  await dashboard.page.goto(`${team.url}/runs/${runId}/preview`);
  await dashboard.page.frameLocator("iframe").getByText("Tuesday to Saturday").waitFor();
  await dashboard.page.mouse.move(640, 4);
  await dashboard.page.screenshot({ path: join(folder, `build-${look}.png`) });
  await context.close();
}
await browser.close();
for (const { id: open, status } of (await Ana.client.call("listRuns", { query: { limit: 50 } })).runs) {
  if (status !== "ended") await Ana.client.call("cancelRun", { params: { id: open } });
}
