import type { Prompt, Runner } from "#protocol/documents";
import { BatonError, errorText } from "#protocol/errors";
import type { PromptId, RunId } from "#protocol/ids";
import { plainText } from "#protocol/plain-text";
import { defaultAccess } from "#runner/node/cli/default-access";
import { exitCodes } from "#runner/node/cli/failure";
import { createRunVoice, followRun, type RunVoice } from "#runner/node/cli/follow-output";
import { openRelayTerminal } from "#runner/node/cli/relay-terminal";
import type { RunFlags } from "#runner/node/cli/run-command";
import type { Surroundings } from "#runner/node/cli/surroundings";
import { loadIdentity } from "#runner/node/identity";
import { reaching } from "#runner/node/reaching";
import { relayClient } from "#runner/node/relay-client";
import type { Client } from "#sdk/client";
import { type Connection, createConnection } from "#sdk/connection";

interface Wish {
  readonly relayUrl: string;
  readonly token: string;
  readonly text: string;
}

/** Queues a prompt on the relay and follows its run, wherever it runs. */
export async function runOnRelay(here: Surroundings, wish: Wish, flags: RunFlags): Promise<number> {
  const client = relayClient(wish.relayUrl, wish.token);
  const { runners } = await reaching(wish.relayUrl, client.call("listRunners"));
  const open = runners.filter(({ state }) => state !== "revoked");
  const runner = flags.label ? undefined : findRunner(open, here, wish, flags);
  const target = runner ? { runnerId: runner.id } : { label: flags.label ?? "" };
  const agents = (runner ? [runner] : open.filter(({ labels }) => labels.includes(flags.label ?? ""))).flatMap(
    ({ report }) => report?.agents.find(({ id }) => id === flags.agent) ?? [],
  );
  const prompt = await client.call("queuePrompt", {
    body: {
      target,
      agent: flags.agent,
      mode: flags.mode,
      access: flags.access ?? defaultAccess(agents[0]?.modes[flags.mode]),
      body: { text: wish.text, ...(flags.folder !== undefined && { folder: flags.folder }) },
    },
  });
  const voice = createRunVoice(flags.json);
  voice.prompt({ event: "queued", promptId: prompt.id });
  const isUnnamed = runner && !flags.runner && runner.id !== loadIdentity(here.dirs).runnerIdOf(here.folder);
  if (isUnnamed)
    tell(`this folder is no runner, so it goes to “${runner.body.name}” on ${runner.body.host}, the only one`);
  if (runner && runner.state !== "online")
    tell(`“${runner.body.name}” is ${runner.state}; the prompt waits in the queue`);
  if (!flags.follow) {
    if (!flags.json) process.stdout.write(`${prompt.id}\n`);
    return exitCodes.success;
  }
  const connection = createConnection({ client });
  connection.start();
  try {
    const runId = await startedRun(client, connection, prompt.id, runner?.body.name ?? "a runner", voice);
    if (runId === undefined) return exitCodes.failure;
    voice.prompt({ event: "started", promptId: prompt.id, runId });
    const open = () => openRelayTerminal(client, connection, runId, true, voice.sink);
    return await followRun(runId, open, flags.mode === "interactive", voice);
  } finally {
    connection.stop();
  }
}

/** By id or name; without either the runner of this folder, else the only one that there is. */
function findRunner(open: readonly Runner[], here: Surroundings, wish: Wish, flags: RunFlags): Runner {
  const own = flags.runner ? undefined : loadIdentity(here.dirs).runnerIdOf(here.folder);
  const found = open.filter((one) => one.id === (own ?? flags.runner) || one.body.name === flags.runner);
  const [runner, another] = found;
  if (runner && !another) return runner;
  const [only] = open;
  if (own && only && open.length === 1) return only;
  const names = open.map(({ body }) => body.name).join(", ") || "none";
  const problem = another
    ? `several runners are called “${flags.runner}”; give the id`
    : flags.runner
      ? `there is no runner “${flags.runner}”; there are: ${names}`
      : `this folder is no runner of ${wish.relayUrl}; name one: ${names}`;
  throw new BatonError("request_invalid", { field: "--runner", reason: problem });
}

/** Waits until the prompt is a run; says why, where it never becomes one. Ctrl-C takes it out of the queue. */
function startedRun(
  client: Client,
  connection: Connection,
  promptId: PromptId,
  runnerName: string,
  voice: RunVoice,
): Promise<RunId | undefined> {
  return new Promise((resolve, reject) => {
    let lastState = "";
    const finish = (runId: RunId | undefined) => {
      stopListening();
      stopWatching();
      process.off("SIGINT", onInterrupt);
      resolve(runId);
    };
    const look = (prompt: Prompt | undefined) => {
      if (!prompt || prompt.id !== promptId) return;
      if (prompt.runId) return finish(prompt.runId);
      if (prompt.state !== lastState) voice.prompt({ event: "prompt", promptId, state: prompt.state });
      if (prompt.state === "waiting" && lastState !== "waiting") {
        tell(`waiting for the person at ${runnerName} to allow it; Ctrl-C takes it back`);
      }
      lastState = prompt.state;
      if (!hopeless.has(prompt.state)) return;
      const reason = prompt.reason ? `: ${plainText(errorText(prompt.reason))}` : "";
      tell(`the prompt was ${prompt.state}${reason}`);
      finish(undefined);
    };
    // What ended while nobody looked is not among the open prompts of a welcome.
    const ask = () => void client.call("readPrompt", { params: { id: promptId } }).then(look, reject);
    const stopListening = connection.listen({
      message: (message) => {
        if (message.type === "welcome") ask();
        if (message.type === "changed") for (const prompt of message.prompts ?? []) look(prompt);
      },
    });
    const stopWatching = connection.state.subscribe(() => {
      const { phase, error } = connection.state.get();
      if (phase === "denied" && error) reject(error);
    });
    const onInterrupt = () => void client.call("cancelPrompt", { params: { id: promptId } }).then(look, reject);
    process.on("SIGINT", onInterrupt);
    ask();
  });
}

/** For the person, beside what a program reads on stdout. */
const tell = (text: string) => void process.stderr.write(`baton: ${plainText(text)}\n`);

const hopeless = new Set<string>(["failed", "cancelled", "declined", "expired", "timed-out", "lost", "done"]);
