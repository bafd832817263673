import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { agentEnvironment } from "#test/agents/environment";
import { startScriptedModel } from "#test/agents/scripted-model";
import { endKeepers } from "#test/support/keepers";
import { invitePerson, type Person, signIn } from "#test/support/people";
import { runProcess } from "#test/support/processes";
import { startRelayProcess } from "#test/support/relay";
import { makeJoinToken, startRunner, type TestRunner } from "#test/support/runner";
import { tempFolder } from "#test/support/temp";
import { installAgents } from "../agents/install.mjs";
import { cacheFolder } from "../support/pinned-packages.mjs";
import { loginFiles, stories, webFiles } from "./story";

export type Name = "Ana" | "Ben" | "Chi";
export type Place = "api-server" | "web" | "infra";

/** Three people with a runner each, on one relay, and agents that work offline. */
export interface Team extends AsyncDisposable {
  readonly url: string;
  readonly people: Readonly<Record<Name, Person>>;
  /** Where somebody works. */
  readonly folderOf: (place: Place) => string;
  /** Of everything that starts agents here. */
  readonly env: NodeJS.ProcessEnv;
  readonly runnerIds: Readonly<Record<Place, string>>;
}

type ClaudeTheme = "dark-ansi" | "dark" | "light";
const filesOf: Readonly<Record<Place, Readonly<Record<string, string>>>> = {
  "api-server": loginFiles,
  web: webFiles,
  infra: { "README.md": "# infra\n" },
};
const owners: Readonly<Record<Place, Name>> = { "api-server": "Ana", web: "Ben", infra: "Chi" };
/** Between two pieces of an answer. */
const pieceDelayMs = 4;

/**
 * @param places where a headless runner works; an editor may be the runner of another one
 * @param claudeTheme the usual one is in the colours of the terminal, whichever they are
 * @throws Error when the agent CLIs cannot be installed
 */
export async function startTeam(
  places: readonly Place[] = ["api-server", "web", "infra"],
  claudeTheme: ClaudeTheme = "dark-ansi",
): Promise<Team> {
  const { binDir } = await installAgents();
  const temp = tempFolder("pic");
  const homes = join(cacheFolder(), "test-homes");
  mkdirSync(homes, { recursive: true });
  const home = realpathSync(mkdtempSync(join(homes, "home-")));
  writeFileSync(join(home, ".profile"), `export PATH="${[binDir, dirname(process.execPath), "$PATH"].join(":")}"\n`);
  const work = tempFolder("team");
  const folderOf = (place: string) => work.at(place);
  const model = await startScriptedModel({ delayMs: pieceDelayMs, stories: stories(folderOf) });
  const relay = await startRelayProcess({ dataFolder: temp.at("relay"), env: { BATON_HOME: temp.at("home") } });
  const ana = await signIn(relay.url, relay.link ?? "", "Ana");
  const people = {
    Ana: ana,
    Ben: await invitePerson(ana, "owner", "Ben"),
    Chi: await invitePerson(ana, "owner", "Chi"),
  };

  const runners: TestRunner[] = [];
  const runnerIds: Record<string, string> = {};
  let env: NodeJS.ProcessEnv = {};
  for (const place of ["api-server", "web", "infra"] as const) {
    const folder = folderOf(place);
    env = environment({ home, modelUrl: model.url, cwd: folder }, claudeTheme);
    await makeRepository(folder, filesOf[place]);
    if (!places.includes(place)) continue;
    const joinToken = await makeJoinToken(people[owners[place]]);
    const options = { home: temp.at("home"), folder, relayUrl: relay.url, joinToken, env };
    const runner = await startRunner(options);
    runners.push(runner);
    runnerIds[place] = runner.runnerId;
  }
  return {
    url: relay.url,
    folderOf,
    env: { ...env, BATON_HOME: temp.at("home") },
    people,
    runnerIds: runnerIds as Record<Place, string>,
    async [Symbol.asyncDispose]() {
      await Promise.all(runners.map((runner) => runner.stop()));
      await relay.stop();
      await endKeepers(temp.at("home"));
      await model.close();
      temp.remove();
      work.remove();
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The agents' homes, in which each folder is trusted and Claude Code rings when it has a question. */
function environment(place: Parameters<typeof agentEnvironment>[1], theme: ClaudeTheme): NodeJS.ProcessEnv {
  const settings = join(place.home, ".claude.json");
  const projects = projectsIn(settings);
  const { env } = agentEnvironment("claude", place);
  const written = JSON.parse(readFileSync(settings, "utf8"));
  Object.assign(written, {
    preferredNotifChannel: "terminal_bell",
    theme,
    projects: { ...projects, ...written.projects },
  });
  writeFileSync(settings, JSON.stringify(written));
  return { ...env, ...agentEnvironment("codex", place).env, SHELL: "/bin/bash" };
}

function projectsIn(settings: string): object {
  try {
    return JSON.parse(readFileSync(settings, "utf8")).projects ?? {};
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

async function makeRepository(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const git = (...args: string[]) =>
    runProcess(["git", "-C", folder, "-c", "user.name=Ana", "-c", "user.email=ana@example.com", ...args]);
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", ".");
  await git("commit", "--quiet", "--message=Sign in by name");
}
