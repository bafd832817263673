import type { Page } from "playwright-core";
import type { FixtureRequest } from "./fixture/page";

/** One screen in one state: how to get there, and what shows that it is there. */
export interface Screen {
  readonly name: string;
  readonly path?: string;
  readonly request?: FixtureRequest;
  /** A selector that is visible when the screen is ready. */
  readonly ready: string;
  /** Steps behind the loading. */
  readonly steps?: (page: Page, isPhone: boolean) => Promise<void>;
  /** What axe looks at, where something lies over the rest; default: everything. */
  readonly within?: string;
  /** Only where there is room for a list beside it. */
  readonly wideOnly?: boolean;
}

const openRun = async (page: Page, title: string) => {
  await page.locator(".row", { hasText: title }).first().click();
  await page.locator(".run-header").waitFor();
};
const terminalReady = async (page: Page) => {
  await page.locator(".xterm-rows").waitFor();
  await page.waitForFunction(() => (document.querySelector(".xterm-rows")?.textContent ?? "").trim().length > 10);
};
const flaky = async (page: Page) => {
  await openRun(page, "Fix the flaky login test");
  await terminalReady(page);
};

/** In the page: a run that is a build, in the middle of it. */
const buildSteps = () => {
  const run = window.baton?.world.runs.find(({ body }) => body.title === "Fix the flaky login test");
  if (!run) throw new Error("the run is not there");
  const at = run.startedAt ?? run.createdAt;
  const step = (name: string, state: string, params: object, from: number, to?: number) => ({
    ...{ step: name, state, params, startedAt: at + from },
    ...(to !== undefined && { endedAt: at + to }),
  });
  const steps = [
    step("scaffold", "done", { files: 14 }, 100, 640),
    step("set-up", "done", { command: "npm install" }, 640, 9_200),
    step("agent", "started", {}, 9_200),
    step("plan", "started", { done: 2, total: 5, now: "Writing the opening hours" }, 12_000),
    step("files", "started", { written: 6 }, 15_000),
  ] as NonNullable<typeof run.steps>;
  window.baton?.relay.change({ runs: [{ ...run, rev: run.rev + 1, steps }] });
};

export const screens: readonly Screen[] = [
  { name: "start", ready: ".row" },
  { name: "new", path: "/new", ready: ".composer-box" },
  {
    name: "new-options",
    path: "/new",
    ready: ".composer-box",
    steps: async (page) => {
      await page.getByRole("button", { name: "Folder and environment" }).click();
      await page.getByLabel("Folder", { exact: true }).fill("packages/api");
    },
  },
  { name: "empty", request: { world: "empty" }, ready: ".empty" },
  { name: "first-runner", path: "/new", request: { world: "empty" }, ready: ".secret" },
  { name: "loading", request: { trouble: { silent: true } }, ready: ".skeleton" },
  { name: "signed-out", request: { trouble: { signedOut: true } }, ready: ".ways" },
  { name: "invited", path: "/#invite=secret", request: { trouble: { signedOut: true } }, ready: ".card form" },
  { name: "unreachable", request: { trouble: { unreachable: true } }, ready: ".error-box" },
  { name: "terminal", ready: ".row", steps: flaky },
  {
    name: "keyboard",
    ready: ".row",
    steps: async (page) => {
      await flaky(page);
      await page.getByRole("button", { name: "Take the keyboard" }).click();
      await page.getByText("You have the keyboard").waitFor();
    },
  },
  {
    name: "snapshot",
    request: { trouble: { snapshotSeq: 31 } },
    ready: ".row",
    steps: async (page) => {
      await flaky(page);
      await page.getByText("Load everything").waitFor();
    },
  },
  {
    name: "search-in-terminal",
    ready: ".row",
    steps: async (page) => {
      await flaky(page);
      await page.getByRole("button", { name: "Search in the terminal" }).click();
      await page.getByPlaceholder("Search in the terminal").fill("login");
      await page.keyboard.press("Enter");
    },
  },
  {
    name: "details",
    ready: ".row",
    steps: async (page) => {
      await openRun(page, "Fix the flaky login test");
      await page.getByRole("tab", { name: "Details" }).click();
      await page.locator(".facts").waitFor();
    },
  },
  {
    name: "menu",
    within: ".menu-list",
    ready: ".row",
    steps: async (page) => {
      await flaky(page);
      await page.getByRole("button", { name: "More" }).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "ended",
    ready: ".row",
    steps: async (page) => {
      await openRun(page, "Upgrade to Node 26");
      await terminalReady(page);
    },
  },
  {
    name: "ended-by-signal",
    ready: ".row",
    steps: async (page) => {
      await openRun(page, "Watch the tests");
      await page.getByRole("tab", { name: "Details" }).click();
      await page.locator(".facts").waitFor();
    },
  },
  {
    name: "away",
    ready: ".row",
    steps: async (page) => {
      await openRun(page, "Plan the bucket migration");
      await terminalReady(page);
    },
  },
  {
    name: "watching-only",
    request: { role: "viewer" },
    ready: ".row",
    steps: flaky,
  },
  {
    name: "queued",
    ready: ".row",
    steps: async (page) => {
      await page.locator(".row", { hasText: "Migrate the date helpers" }).click();
      await page.getByRole("button", { name: "Earlier" }).waitFor();
    },
  },
  {
    name: "queued-edit",
    ready: ".row",
    steps: async (page) => {
      await page.locator(".row", { hasText: "Then update the changelog" }).click();
      await page.getByRole("button", { name: "Edit" }).click();
      await page.locator("textarea.editor").waitFor();
    },
  },
  {
    name: "waiting",
    ready: ".row",
    steps: async (page) => {
      await page.locator(".row", { hasText: "Translate the help pages" }).click();
      await page.getByText("it cannot be answered from here").waitFor();
    },
  },
  {
    name: "new-for-away",
    path: "/new",
    ready: ".composer-box",
    steps: async (page) => {
      await page.getByLabel("Runner", { exact: true }).selectOption({ label: "infra (away)" });
      await page.getByText("Queued until infra is back").waitFor();
    },
  },
  {
    name: "cancel",
    within: "dialog",
    ready: ".row",
    steps: async (page) => {
      await openRun(page, "Bakery landing page");
      await page.locator("h1").click();
      await page.keyboard.press("x");
      await page.getByText("Keep it").waitFor();
    },
  },
  {
    name: "unknown",
    ready: ".row",
    steps: async (page) => {
      await page.locator(".row", { hasText: "Rotate the staging certificates" }).click();
      await page.getByRole("button", { name: "Start again" }).waitFor();
    },
  },
  {
    name: "unknown-of-another",
    request: { role: "prompter" },
    ready: ".row",
    steps: async (page) => {
      await page.locator(".row", { hasText: "Rotate the staging certificates" }).click();
      await page.getByText("Its author or an approver").waitFor();
    },
  },
  {
    name: "declined",
    ready: ".row",
    steps: async (page) => {
      await page.locator(".row", { hasText: "Deploy the landing page" }).click();
      await page.locator(".prompt-page .error-text").waitFor();
    },
  },
  { name: "start-as-viewer", path: "/new", request: { role: "viewer" }, ready: ".start h1" },
  {
    name: "revoked",
    ready: ".row",
    steps: async (page) => {
      await page.evaluate(() => window.baton?.relay.signOut({ code: "session_expired", params: {} }));
      await page.getByText("Your session has ended").waitFor();
    },
  },
  {
    name: "reconnecting",
    request: { trouble: { cutMs: 1_200 } },
    ready: ".row",
    steps: async (page) => {
      await flaky(page);
      await page
        .getByText(/^Reconnecting…$|^Offline\./)
        .first()
        .waitFor();
    },
  },
  {
    name: "offline",
    path: "/new",
    ready: ".composer-box",
    steps: async (page, isPhone) => {
      await page.evaluate(() => {
        window.baton?.relay.cut();
        window.dispatchEvent(new Event("offline"));
      });
      await page.getByText(/^Offline/).waitFor();
      await page.getByLabel("Prompt", { exact: true }).fill("Write the migration guide");
      await page.keyboard.press("Enter");
      if (isPhone) await page.getByRole("button", { name: "Runs", exact: true }).click();
      await page.getByText("waiting for connection").waitFor();
    },
  },
  {
    name: "denied",
    request: { trouble: { denied: { code: "protocol_version_unsupported", params: { theirs: 3, ours: 1 } } } },
    ready: ".connection:not([hidden])",
  },
  {
    name: "error",
    path: "/runs/run_0190a0000000700080000000000000ff",
    ready: ".error-box",
  },
  {
    name: "refused",
    path: "/new",
    request: {
      trouble: { errors: { queuePrompt: { code: "no_such_agent", params: { runner: "web", agent: "codex" } } } },
    },
    ready: ".composer-box",
    steps: async (page, isPhone) => {
      await page.getByLabel("Prompt", { exact: true }).fill("Write the migration guide");
      await page.keyboard.press("Enter");
      if (isPhone) await page.getByRole("button", { name: "Runs", exact: true }).click();
      await page.getByText("has no agent").first().waitFor();
    },
  },
  {
    name: "long-text",
    request: { world: "long" },
    ready: ".row",
    steps: async (page) => {
      await openRun(page, "Refactor the authentication");
      await terminalReady(page);
    },
  },
  { name: "long-list", request: { world: "long" }, ready: ".row" },
  {
    name: "many",
    request: { world: "many" },
    ready: ".row",
    steps: async (page) => {
      await page.locator(".list").evaluate((list) => list.scrollTo(0, 3_000));
      await page.waitForFunction(() => document.querySelectorAll(".row").length > 5);
    },
  },
  { name: "runners", path: "/runners", ready: ".runner" },
  {
    name: "runner-edit",
    path: "/runners",
    ready: ".runner",
    steps: async (page) => {
      await page.getByRole("button", { name: "Edit" }).first().click();
      await page.getByLabel("Labels").waitFor();
    },
  },
  { name: "build", path: "/build", ready: ".template-card" },
  {
    name: "build-form",
    path: "/build",
    ready: ".template-card",
    steps: async (page) => {
      await page.getByRole("button", { name: /React/ }).click();
      await page.getByLabel("What shall it become?").fill("A landing page for a bakery, with opening hours and a map.");
    },
  },
  {
    name: "build-steps",
    ready: ".row",
    steps: async (page) => {
      await page.evaluate(buildSteps);
      await openRun(page, "Fix the flaky login test");
      await page.locator(".steps").waitFor();
    },
  },
  {
    name: "runner-projects",
    path: "/runners",
    ready: ".projects",
    steps: async (page) => page.locator(".projects").scrollIntoViewIfNeeded(),
  },
  {
    name: "runner-start",
    path: "/runners",
    ready: ".projects",
    steps: async (page) => {
      await page.getByRole("button", { name: "Start orders" }).click();
      await page.getByRole("dialog").getByLabel("Command").waitFor();
    },
  },
  {
    name: "runner-revoke",
    path: "/runners",
    ready: ".runner",
    steps: async (page) => {
      await page.getByRole("button", { name: "Revoke" }).first().click();
      await page.getByText("Keep it").waitFor();
    },
  },
  {
    name: "team",
    path: "/team",
    ready: ".audit li",
    steps: async (page) => {
      await page.getByRole("button", { name: "Make an invitation link" }).click();
      await page.getByRole("img", { name: "QR code of the invitation link" }).waitFor();
    },
  },
  { name: "team-as-viewer", path: "/team", request: { role: "viewer" }, ready: ".table li" },
  { name: "settings", path: "/settings", ready: ".block" },
  { name: "pair", path: "/pair?code=WDJB-MJHT", ready: ".facts" },
  { name: "pair-editor", path: "/pair?code=DTRB-MJHT", ready: ".facts" },
  { name: "sign-in-editor", path: "/sign-in?code=WDJB-MJHT", ready: ".facts" },
  { name: "pair-replaces", path: "/pair?code=RPLC-MJHT", ready: ".ask[role=alert]" },
  { name: "pair-wrong-code", path: "/pair?code=XXXX-XXXX", ready: ".error-box" },
  {
    name: "palette",
    ready: ".row",
    steps: async (page) => {
      await page.keyboard.press("Control+k");
      await page.locator(".palette-list [role=option]").first().waitFor();
    },
    wideOnly: true,
  },
  {
    name: "keys",
    ready: ".row",
    steps: async (page) => {
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await page.locator(".keys").waitFor();
    },
    wideOnly: true,
  },
  { name: "needs-you", path: "/needs-you", ready: ".row" },
];
