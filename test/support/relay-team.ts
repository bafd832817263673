import type { Prompt, Run } from "#protocol/documents";
import { invitePerson, type Person, signIn } from "#test/support/people";
import { startRelayProcess, type TestRelay, type TestRelayOptions } from "#test/support/relay";
import {
  connectRunner,
  joinRelay,
  newRunnerIdentity,
  type RunnerClient,
  type RunnerClientOptions,
  type RunnerIdentity,
} from "#test/support/runner-client";

/** A relay with an owner, and what tests of it do again and again. */
export interface RelayTeam extends AsyncDisposable {
  readonly relay: TestRelay;
  readonly owner: Person;
  readonly invite: (role: "viewer" | "prompter" | "approver" | "owner", name: string) => Promise<Person>;
  /** Pairs a new runner by a join token, of the owner where nobody else is named. */
  readonly pair: (name?: string, labels?: readonly string[], by?: Person) => Promise<PairedRunner>;
  /** Queues a prompt for the agent `echo`. */
  readonly queue: (target: Prompt["target"], wish?: Record<string, unknown>, key?: string) => Promise<Prompt>;
  readonly prompt: (id: string) => Promise<Prompt>;
  readonly run: (id: string) => Promise<Run>;
  /** SIGKILL, and the same data folder and port once more. */
  readonly restart: (how?: "kill9" | "stop") => Promise<void>;
}

export interface PairedRunner {
  readonly identity: RunnerIdentity;
  readonly deviceId: string;
  readonly connect: (options?: Partial<RunnerClientOptions>) => Promise<RunnerClient>;
}

export async function startTeam(options: TestRelayOptions = {}): Promise<RelayTeam> {
  const env = { BATON_WRITES_PER_MINUTE: "100000", ...options.env };
  let relay = await startRelayProcess({ ...options, env });
  const owner = await signIn(relay.url, relay.link ?? "", "Olga");
  return {
    get relay() {
      return relay;
    },
    owner,
    invite: (role, name) => invitePerson(owner, role, name),
    async pair(name = "api-server", labels = [], by = owner) {
      const { secret } = (await by.request("POST", "/api/join-tokens", { labels })) as { secret: string };
      const identity = await newRunnerIdentity(name);
      const deviceId = await joinRelay(relay.url, secret, identity);
      return {
        identity,
        deviceId,
        connect: (more = {}) => connectRunner({ url: relay.url, identity, deviceId, ...more }),
      };
    },
    async queue(target, wish = {}, key) {
      const response = await fetch(`${relay.url}/api/prompts`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${owner.token}`,
          "content-type": "application/json",
          ...(key !== undefined && { "idempotency-key": key }),
        },
        body: JSON.stringify({ target, agent: "echo", body: { text: "say hello" }, ...wish }),
      });
      const answer = (await response.json()) as Prompt & { code?: string };
      if (!response.ok) throw new Error(String(answer.code));
      return answer;
    },
    prompt: (id) => owner.client.call("readPrompt", { params: { id } }),
    run: (id) => owner.client.call("readRun", { params: { id } }),
    async restart(how = "kill9") {
      const { dataFolder, url } = relay;
      await relay[how]();
      relay = await startRelayProcess({ ...options, dataFolder, port: Number(new URL(url).port), env });
    },
    [Symbol.asyncDispose]: async () => {
      await relay.stop();
    },
  };
}
