import type { StoryStep } from "#test/agents/model/script";

/** What the team on the README's picture works on. */
export const loginPrompt = [
  "Fix the flaky login test",
  "",
  "login.spec.ts fails about one run in five on CI. Find the race, fix it, and run the suite twenty times.",
].join("\n");

export const landingPrompt = "A landing page for a bakery, with its opening hours";
export const landingFolder = "bakery";

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
  [landingPrompt]: [
    { text: "I'll look at what the template brings.", call: read(`${folderOf("web")}/${landingFolder}/index.html`) },
    { text: "And at its styles.", call: read(`${folderOf("web")}/${landingFolder}/styles.css`) },
    {
      text: "The hours come first, because that is what people look for.",
      call: write(`${folderOf("web")}/${landingFolder}/index.html`, landingPage),
    },
    {
      text: "Then the colours: flour and crust.",
      call: write(`${folderOf("web")}/${landingFolder}/styles.css`, landingStyle),
    },
    { text: "The page is done. It shows the hours, and three breads of the day." },
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

const landingPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="stylesheet" href="styles.css" />
    <script type="module" src="main.js"></script>
    <title>Crumb &amp; Crust</title>
  </head>
  <body>
    <header>
      <p class="name">Crumb &amp; Crust</p>
      <h1>Bread, from four in the morning</h1>
      <p class="hours">Tuesday to Saturday, 6:00 to 13:00</p>
    </header>
    <main>
      <article><h2>Rye, three days old</h2><p>Dark, sour, and better on the second day.</p><b>€ 5.20</b></article>
      <article><h2>Flour and water</h2><p>A white loaf with a crust that sings.</p><b>€ 4.60</b></article>
      <article><h2>Buns with poppy</h2><p>Gone by eight, most days.</p><b>€ 0.90</b></article>
    </main>
    <footer><span id="year"></span></footer>
  </body>
</html>
`;
const landingStyle = `:root {
  --flour: light-dark(#faf6ee, #221a14);
  --crust: light-dark(#8a4b1f, #e8b483);
  --ink: light-dark(#33251a, #f3e9dc);
}
body { margin: 0 auto; max-width: 800px; padding: 40px 32px; background: var(--flour); color: var(--ink);
  font: 16px/1.5 Georgia, "DejaVu Serif", serif; }
.name { margin: 0; color: var(--crust); font-style: italic; }
h1 { margin: 8px 0; font-size: 38px; line-height: 1.1; }
.hours { display: inline-block; margin: 12px 0 28px; padding: 8px 16px; border-radius: 20px;
  background: var(--crust); color: var(--flour); font-weight: 600; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 16px; }
article { padding: 16px; border: 1px solid var(--crust); border-radius: 12px; }
h2 { margin: 0 0 8px; font-size: 18px; }
article p { margin: 0 0 12px; }
footer { display: none; }
`;

const write = (file: string, content: string) => ({ name: "Write", arguments: { file_path: file, content } });
const read = (file: string) => ({ name: "Read", arguments: { file_path: file } });
