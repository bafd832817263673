import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { agentEnvironment, testedAgents } from "#test/agents/environment";
import { type ScriptedModel, startScriptedModel } from "#test/agents/scripted-model";
import { artifact } from "#test/support/dist";
import { endKeepers } from "#test/support/keepers";
import { runProcess } from "#test/support/processes";
import { startRelayProcess, type TestRelay } from "#test/support/relay";
import { startRunner, type TestRunner } from "#test/support/runner";
import { processesIn } from "#test/support/system";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";
import { installAgents } from "../agents/install.mjs";
import { cacheFolder } from "../support/pinned-packages.mjs";

/** A machine of a person who has the agent CLIs on PATH, and a relay that nobody has signed in to yet. */
export interface AgentStack {
  readonly model: ScriptedModel;
  /** The relay that runs now. */
  readonly relay: () => TestRelay;
  /** Kills the relay as if its machine had gone. */
  readonly killRelay: () => Promise<void>;
  /** Starts it again on the same port and data. */
  readonly startRelay: () => Promise<void>;
  /** Pairs and starts the runner. */
  readonly startRunner: () => Promise<TestRunner>;
  /** Where the agents work. */
  readonly folder: string;
  /** Ends everything. @returns what had not ended by itself */
  readonly stop: () => Promise<number[]>;
}

/** Between two pieces of an answer: slow enough for a relay to be killed and started while the model speaks. */
const pieceDelayMs = 12;

/** @throws Error when the agent CLIs cannot be installed */
export async function startAgentStack(): Promise<AgentStack> {
  const { binDir } = await installAgents();
  const temp = tempFolder("e2e");
  const [model, first] = await Promise.all([startScriptedModel({ delayMs: pieceDelayMs }), startRelay(temp)]);
  const folder = temp.at("playground");
  mkdirSync(folder);
  const home = agentHome(binDir);
  const place = { home, modelUrl: model.url, cwd: folder };
  const env = Object.assign({}, ...testedAgents.map((agent) => agentEnvironment(agent, place).env));

  let relay = first;
  let runner: TestRunner | undefined;
  return {
    model,
    folder,
    relay: () => relay,
    killRelay: () => relay.kill9(),
    async startRelay() {
      relay = await startRelay(temp, Number(new URL(relay.url).port));
    },
    async startRunner() {
      const token = await runProcess([process.execPath, artifact("relay"), "join-token", "--data", temp.at("relay")]);
      runner = await startRunner({
        home: temp.at("home"),
        folder,
        relayUrl: relay.url,
        joinToken: token.stdout.trim(),
        env: { ...env, SHELL: "/bin/bash" },
      });
      return runner;
    },
    async stop() {
      await runner?.stop();
      await relay.stop();
      await endKeepers(temp.at("home"));
      await model.close();
      const left = await processesLeft(temp.path);
      for (const pid of left) process.kill(pid, "SIGKILL");
      temp.remove();
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
      return left;
    },
  };
}

const startRelay = (temp: TempFolder, port = 0): Promise<TestRelay> =>
  startRelayProcess({ dataFolder: temp.at("relay"), port, env: { BATON_HOME: temp.at("home") } });

/** A home whose login shell has the agents on its PATH. Not below the folder for temporary files, see `AgentPlace`. */
export function agentHome(binDir: string): string {
  const homes = join(cacheFolder(), "test-homes");
  mkdirSync(homes, { recursive: true });
  const home = realpathSync(mkdtempSync(join(homes, "home-")));
  const path = [binDir, dirname(process.execPath), "$PATH"].join(":");
  writeFileSync(join(home, ".profile"), `export PATH="${path}"\n`);
  return home;
}

async function processesLeft(folder: string): Promise<number[]> {
  let left: number[] = [];
  const gone = until(
    "every process has ended",
    async () => {
      left = processesIn(folder);
      return left.length === 0 ? [] : undefined;
    },
    5_000,
  );
  return gone.catch(() => left);
}
