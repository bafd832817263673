import { changedEveryMs } from "#extension/caps";
import { createLocalRun, localMember, localRelayId, localRunner, memberOf } from "#extension/local/local-documents";
import { createLocalWatch, type LocalWatch } from "#extension/local/local-watch";
import type { Run, RunnerBody } from "#protocol/documents";
import { BatonError, type WireError } from "#protocol/errors";
import { type CommandId, newId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import type { KeeperRun } from "#protocol/keeper-link";
import { protocolVersion } from "#protocol/version";
import { ToRelayFromViewer, type ToViewer, type ViewerCommand } from "#protocol/viewer-link";
import type { FoundRun } from "#runner/core/find-run";
import { frameRunId, frameType } from "#runner/core/frames";
import type { KeeperEvent } from "#runner/core/keeper-connection";
import { readLog } from "#runner/core/read-log";
import { asPeerError } from "#sdk/connection";

/** Where a run of this machine is found, each time on a connection of its own to its keeper. */
export interface LocalSource {
  find(): Promise<FoundRun>;
  /** How the folder is called, for the view's header. */
  describe(): RunnerBody;
}

/** What a keeper tells of a run, in the words of a viewer link. Nothing of it leaves this machine. */
export interface LocalLink {
  /** @param data text of the viewer link, or an input frame */
  receive(data: string | Uint8Array): void;
  close(): void;
}

interface LinkDeps {
  readonly source: LocalSource;
  readonly send: (data: string | ArrayBuffer) => void;
  readonly closed: () => void;
  /** Told each form of the document. @returns its number, which grows */
  readonly numbered: (run: Run) => Run;
}

/** @throws BatonError `run_never_seen`, `keeper_unreachable` */
export async function openLocalLink({ source, send, closed, numbered }: LinkDeps): Promise<LocalLink> {
  const found = await source.find();
  const { keeper } = found;
  const log = await source.find().catch((error: unknown) => {
    keeper.close();
    throw error;
  });
  const runId = found.run.header.id;
  const local = createLocalRun(found.run.header);
  let run: KeeperRun = found.run;
  let ownEpoch: number | undefined;
  let pending: ReturnType<typeof setTimeout> | undefined;
  let isWelcome = false;
  let isClosed = false;

  const tell = (message: ToViewer) => send(JSON.stringify(message));
  const document = () => numbered(local.document(run));
  const lease = () => {
    const { leaseEpoch, holder } = run.lease;
    return { leaseEpoch, ...(holder && { holder }), yours: leaseEpoch === ownEpoch };
  };
  const changed = () => {
    if (!isWelcome || isClosed) return;
    pending ??= setTimeout(() => {
      pending = undefined;
      tell({ type: "changed", runs: [document()] });
    }, changedEveryMs);
  };
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(pending);
    keeper.close();
    log.keeper.close();
    closed();
  };

  const watch: LocalWatch = createLocalWatch({
    ...{ found, tell, lease },
    send: (bytes) => send(new Uint8Array(bytes).buffer),
  });
  const events: { readonly [T in KeeperEvent["type"]]?: (event: Extract<KeeperEvent, { type: T }>) => void } = {
    "run.changed"(event) {
      if (event.run.header.id !== runId) return;
      run = event.run;
      changed();
    },
    "lease.changed"({ leaseEpoch, holder }) {
      run = { ...run, lease: { leaseEpoch, ...(holder && { holder }) } };
      tell({ type: "lease.changed", runId, ...lease() });
    },
    error: ({ error }) => tell({ type: "error", runId, error }),
  };
  keeper.listen({
    event(event) {
      if ("runId" in event && event.runId !== runId) return;
      (events[event.type] as ((event: KeeperEvent) => void) | undefined)?.(event);
    },
    frame: (bytes) => watch.frame(bytes),
    closed: close,
  });
  const reading = readLog(log, {
    records(records) {
      local.take(records, Date.now());
      changed();
    },
    closed: close,
  });
  reading.catch(close);

  const refuse = (thrown: unknown, re?: CommandId) => {
    const { code, params } = asPeerError(thrown);
    tell({ type: "error", runId, ...(re !== undefined && { re }), error: { code, params } as WireError });
  };
  const commands: { readonly [T in ViewerCommand["type"]]: (command: Extract<ViewerCommand, { type: T }>) => unknown } =
    {
      hello() {
        isWelcome = true;
        const { header } = run;
        tell({
          ...{ type: "welcome", version: protocolVersion, relayId: localRelayId, connection: newId("connection") },
          ...{ member: localMember, now: Date.now(), members: [localMember, ...memberOf(header)], prompts: [] },
          ...{ runners: [localRunner(header, source.describe(), Date.now())], runs: [document()] },
        });
      },
      ping: ({ id }) => tell({ type: "reply", re: id }),
      "run.watch": (command) => watch.watch(command),
      "run.unwatch": () => watch.unwatch(),
      "run.credit": ({ bytes }) => keeper.notify({ type: "credit", runId, bytes }),
      async "lease.take"({ id }) {
        try {
          const { leaseEpoch } = await keeper.request("lease.take", { runId, by: { kind: "local" } });
          ownEpoch = leaseEpoch;
          run = { ...run, lease: { leaseEpoch, holder: { kind: "local" } } };
          tell({ type: "reply", re: id, result: { leaseEpoch } });
          tell({ type: "lease.changed", runId, ...lease() });
        } catch (error) {
          refuse(error, id);
        }
      },
      "lease.release": ({ leaseEpoch }) => keeper.notify({ type: "lease.release", runId, leaseEpoch }),
      "run.resize": ({ leaseEpoch, size }) =>
        keeper.notify({ type: "resize", runId, leaseEpoch, size, by: { kind: "local" } }),
    };

  return {
    receive(data) {
      if (isClosed) return;
      if (typeof data !== "string") {
        if (frameType(data) === "input" && frameRunId(data) === runId) keeper.sendFrame(data);
        return;
      }
      const obey = async () => {
        const command = parseMessage(ToRelayFromViewer, data) as ViewerCommand;
        if ("runId" in command && command.runId !== runId) throw new BatonError("not_found", { what: "run" });
        await (commands[command.type] as (command: ViewerCommand) => unknown)(command);
      };
      obey().catch(refuse);
    },
    close,
  };
}
