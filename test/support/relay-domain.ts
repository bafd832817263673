import type { Member, Runner } from "#protocol/documents";
import { newId, type RunnerId } from "#protocol/ids";
import type { ToRunner } from "#protocol/runner-link";
import { createDomain, type Domain } from "#relay/domain/domain";
import type { Disk } from "#relay/store/embedded/disk";
import { openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { newRunnerIdentity, testReport } from "#test/support/runner-client";
import { tempFolder } from "#test/support/temp";

/** The relay's domain over a real store, without sockets: time stands still until it is told to go on. */
export interface TestDomain extends AsyncDisposable {
  readonly domain: Domain;
  readonly owner: Member;
  now: number;
  /** What was sent to runners and not looked at yet. */
  readonly sent: { runnerId: RunnerId; message: ToRunner }[];
  /** Lets time go on second by second, as the process's timer does. */
  readonly pass: (ms: number) => Promise<void>;
  readonly addMember: (name: string, role: Member["role"]) => Promise<Member>;
  readonly addRunner: (change?: Partial<Runner>) => Promise<RunnerId>;
  readonly connect: (runnerId: RunnerId) => void;
  readonly disconnect: (runnerId: RunnerId) => void;
  readonly isConnected: (runnerId: RunnerId) => boolean;
  /** Settles when what was decided in this turn has been sent. */
  readonly settled: () => Promise<void>;
  /** Closes the store and begins again with what is on the disk. */
  readonly restart: () => Promise<void>;
}

export async function startDomain(options: { io?: Disk; keepMs?: number } = {}): Promise<TestDomain> {
  const temp = tempFolder("domain");
  const relayId = newId("relay");
  const key = new Uint8Array(32).fill(7);
  const connected = new Set<RunnerId>();
  const sent: TestDomain["sent"] = [];
  const failures: unknown[] = [];
  const state = { now: Date.now() };
  const clock = () => state.now;

  const open = async () => {
    const { io, keepMs } = options;
    const store = await openEmbeddedStore({ dataFolder: temp.path, clock, ...(io && { io }) });
    const domain = await createDomain({
      relayId,
      key,
      store,
      clock,
      ...(keepMs !== undefined && { keepMs }),
      port: {
        isConnected: (runnerId) => connected.has(runnerId),
        send(runnerId, message) {
          if (connected.has(runnerId)) sent.push({ runnerId, message });
          return connected.has(runnerId);
        },
        request: () => Promise.reject(new Error("nobody answers here")),
        close: (runnerId) => connected.delete(runnerId),
        resend: () => undefined,
      },
      onError: (error) => failures.push(error),
    });
    return { store, domain };
  };
  let { store, domain } = await open();
  const owner = domain.members.make("Olga", "owner");
  await domain.context.ledger.commit([{ collection: "members", put: owner }]);
  const settled = async () => {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    if (failures.length > 0) throw failures[0];
  };

  return {
    get domain() {
      return domain;
    },
    owner,
    get now() {
      return state.now;
    },
    set now(value) {
      state.now = value;
    },
    sent,
    settled,
    async pass(ms) {
      const stepMs = Math.max(1_000, Math.ceil(ms / 50));
      for (let left = ms; left > 0; left -= stepMs) {
        state.now += Math.min(left, stepMs);
        for (const runnerId of connected) domain.runners.heard(runnerId);
        await domain.tick();
      }
      await settled();
    },
    async addMember(name, role) {
      const member = domain.members.make(name, role);
      await domain.context.ledger.commit([{ collection: "members", put: member }]);
      return member;
    },
    async addRunner(change = {}) {
      const { runnerId, publicKey, body } = await newRunnerIdentity();
      const device = domain.members.makeDevice(owner.id, "runner", "desk", [publicKey]);
      await domain.context.ledger.commit(domain.runners.pair({ id: runnerId, device, body, labels: ["any"] }));
      await domain.runners.change(runnerId, change);
      return runnerId;
    },
    connect(runnerId) {
      connected.add(runnerId);
      domain.runners.connected(runnerId, domain.runners.need(runnerId).body, testReport({ checkedAt: state.now }));
      domain.dispatch.wake();
    },
    disconnect(runnerId) {
      connected.delete(runnerId);
      domain.runners.disconnected(runnerId);
      domain.dispatch.disconnected(runnerId);
    },
    isConnected: (runnerId) => connected.has(runnerId),
    async restart() {
      await settled();
      await domain.runs.flush();
      await store.close();
      connected.clear();
      sent.length = 0;
      ({ store, domain } = await open());
    },
    async [Symbol.asyncDispose]() {
      await settled().finally(() => store.close());
      temp.remove();
    },
  };
}
