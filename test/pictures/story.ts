import type { StoryStep } from "#test/agents/model/script";

/** What the team on the README's picture works on. */
export const loginPrompt = [
  "Fix the flaky login test",
  "",
  "login.spec.ts fails about one run in five on CI. Find the race, fix it, and run the suite twenty times.",
].join("\n");

export const bakery = "Bakery page";
const buckets = "Bucket plan";

/** The files of the folder that the agent works in, by their path. */
export const loginFiles: Readonly<Record<string, string>> = {
  "src/login.ts": [
    "export async function login(page, user) {",
    '  await page.fill("#name", user.name);',
    '  await page.click("text=Sign in");',
    "  await delay(50);",
    "  return page.cookies();",
    "}",
    "",
  ].join("\n"),
  "package.json": '{ "name": "api-server", "scripts": { "test": "mocha" } }\n',
};

/** In whose place a server would need packages, the one of this folder only takes its time. */
export const webFiles: Readonly<Record<string, string>> = {
  "README.md": "# The bakery's pages\n",
  "package.json": '{ "name": "web", "scripts": { "dev": "sleep 600" } }\n',
};

/** What the scripted model says and does, by the beginning of the prompt. */
export const stories = (folderOf: (place: string) => string): Readonly<Record<string, readonly StoryStep[]>> => ({
  "Fix the flaky login test": [
    { text: "I'll look at how the test signs in.", call: read(`${folderOf("api-server")}/src/login.ts`) },
    {
      text: "It reads the cookie 50 ms after the click. Whenever /session takes longer, the cookie is not there yet. I'll wait for the answer instead of the clock.",
      call: {
        name: "Edit",
        arguments: {
          file_path: `${folderOf("api-server")}/src/login.ts`,
          old_string: "  await delay(50);",
          new_string: '  await page.waitForResponse(\n    (r) => r.url().endsWith("/session") && r.ok(),\n  );',
        },
      },
    },
    {
      text: "Now the suite, twenty times.",
      call: {
        name: "Bash",
        arguments: {
          command: "rm -rf dist && npm run build && npx mocha --repeat 20",
          description: "Clean the build and run the suite 20 times",
        },
      },
    },
  ],
  [bakery]: [
    {
      text: "A page with the opening hours on top, because that is what people look for. First the markup.",
      call: write(`${folderOf("web")}/index.html`, bakeryPage),
    },
    {
      text: "Then the colours: flour and crust.",
      call: write(`${folderOf("web")}/style.css`, bakeryStyle),
    },
    {
      text: "I'll start the dev server to see it while I work.",
      call: {
        name: "Bash",
        arguments: { command: "npm run dev", description: "Start the dev server" },
      },
    },
  ],
  [buckets]: [{ text: "I'll read what the buckets hold first.", shell: "sleep 600" }],
  "Add retry to the mail sender": [
    { text: "Sending is tried three times now, with a pause that doubles. The two new tests pass." },
  ],
  "Explain the cache": [
    { text: "An entry goes when its row changes: the trigger sends the key, and every server drops it." },
  ],
  "Release notes": [{ text: "The notes for 2.4 are in CHANGELOG.md." }],
});

/** What works beside it, and what is over, as [who, where, what]. */
export const finished = [
  ["Chi", "infra", "Release notes"],
  ["Ben", "api-server", "Explain the cache"],
  ["Ana", "web", "Add retry to the mail sender"],
] as const;
export const working = [
  ["Ben", "web", bakery, "claude"],
  ["Chi", "infra", buckets, "codex"],
] as const;
export const waiting = ["Ben", "infra", "Move dates to Temporal"] as const;
export const followUp = "Then update the changelog";

const bakeryPage = ["<h1>Bread, from four in the morning</h1>", '<p class="hours">Tue to Sat, 6 to 13</p>', ""].join(
  "\n",
);
const bakeryStyle = [
  ":root { --flour: #faf6ee; --crust: #8a4b1f; }",
  "body { color: var(--crust); }",
  ".hours { font-weight: 600; }",
  "",
].join("\n");

const write = (file: string, content: string) => ({ name: "Write", arguments: { file_path: file, content } });
const read = (file: string) => ({ name: "Read", arguments: { file_path: file } });
