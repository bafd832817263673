import type { Memento, Pseudoterminal, WorkspaceFolder } from "vscode";
import { createPairedRunner, type PairedRunner, targetOf } from "#extension/connect/paired-runner";
import type { Pairing, PairingStore } from "#extension/connect/pairing-store";
import { createDisposables, type Disposable, toDisposable } from "#extension/disposables";
import type { EditorHost } from "#extension/host";
import { watchProjects } from "#extension/previews/watch-projects";
import { newRunVisibility, restartsServers } from "#extension/settings";
import { askAboutClosed } from "#extension/terminals/closed-terminal";
import { createRunTerminals } from "#extension/terminals/run-terminals";
import { type AgentInfo, devServerAgent, type Preview, type Project, type RunnerBody } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { RunId, RunnerId } from "#protocol/ids";
import { type FoundRun, findRun } from "#runner/core/find-run";
import { builtInProfiles } from "#runner/core/profiles";
import { sharedWith } from "#runner/core/sharing";
import type { HandStart } from "#runner/core/start-by-hand";
import type { RunnerStatus, RunView } from "#runner/core/status";
import type { KnownProjects } from "#runner/node/projects/known-projects";

/** One workspace folder of this window as a runner: connected to a relay, or for local runs only. */
export interface EditorFolder extends Disposable {
  readonly uri: string;
  readonly name: string;
  readonly runnerId: RunnerId;
  describe(): RunnerBody;
  status(): RunnerStatus;
  pairing(): Pairing | undefined;
  connect(pairing: Pairing): Promise<void>;
  disconnect(): Promise<void>;
  /** Dials again, also after the relay has ended the link. */
  reconnect(): void;
  check(): Promise<void>;
  /** @returns whether a keeper still holds the run */
  showRun(runId: RunId): boolean;
  cancelRun(runId: RunId): Promise<void>;
  /** A run on a connection of its own to its keeper. @throws BatonError `run_never_seen`, `keeper_unreachable` */
  findRun(runId: RunId): Promise<FoundRun>;
  /**
   * Makes a local run a team run of a relay.
   * @param confirmed the pairing that the person has agreed to
   * @throws BatonError `share_changed` where the folder is connected to something else by now
   */
  shareRun(runId: RunId, confirmed: Pairing): Promise<void>;
  /** The agents that this folder's user has, installed or not. */
  agents(): Promise<AgentInfo[]>;
  /** Starts a run by hand. @throws BatonError what `startByHand` throws */
  startRun(wish: NewRun): Promise<RunId>;
  /** What can be run here. */
  readonly projects: KnownProjects;
  /** Starts the server of a project as a run by hand. @throws BatonError what `startByHand` throws */
  startServer(project: Project, wish: { readonly command: string; readonly port?: number }): Promise<RunId>;
  /** Ends a dev server and starts it again, as it was. @throws BatonError what `startByHand` throws */
  restartServer(server: RunView): Promise<RunId>;
  /** Shows a port of this computer to the team. @throws BatonError `relay_needed`, `too_many` */
  showPort(port: number, name?: string): Promise<Preview>;
  /** @throws BatonError `relay_needed`, `not_found` */
  closePreview(preview: Preview): Promise<void>;
  /** The terminal of a run that begins when the editor opens it. */
  startTerminal(wish: Omit<NewRun, "runId" | "size">): Pseudoterminal;
}

/** A run that is started by hand, by whoever sits here. */
export type NewRun = Omit<HandStart, "memberId">;

interface FolderDeps {
  readonly folder: WorkspaceFolder;
  /** @param pairing the pairing as of now, whose key proves this device */
  readonly host: (pairing: () => Pairing | undefined) => Promise<EditorHost>;
  readonly pairings: PairingStore;
  /** Of this workspace. */
  readonly memory: Memento;
  readonly changed: () => void;
  readonly fail: (error: unknown) => void;
}

export async function openFolder({
  folder,
  host: makeHost,
  pairings,
  memory,
  changed,
  fail,
}: FolderDeps): Promise<EditorFolder> {
  let kept: Pairing | undefined;
  let paired: PairedRunner | undefined;
  const host = await makeHost(() => paired?.pairing() ?? kept);
  const disposables = createDisposables();
  disposables.add(host);
  try {
    kept = await pairings.read(host.runnerId);
  } catch (error) {
    // It is tried again, with a host of its own.
    disposables.dispose();
    throw error;
  }
  const runner = disposables.add(createPairedRunner({ host, pairings, pairing: kept, changed, fail }));
  paired = runner;
  const terminals = disposables.add(
    createRunTerminals({
      host,
      memory,
      iconOf,
      closedAtWork: (run) => void askAboutClosed(run, terminals).catch(fail),
    }),
  );
  disposables.add(toDisposable(host.projects.onChange(changed)));
  disposables.add(
    // Nobody looks because of a file where nobody has looked before.
    watchProjects(folder, () => host.projects.known() && void host.projects.now(true)),
  );
  const startRun = async (wish: NewRun): Promise<RunId> => {
    const memberId = runner.pairing()?.memberId;
    const run = await runner.now().start({ ...wish, ...(memberId !== undefined && { memberId }) });
    return run.header.id;
  };

  return {
    uri: folder.uri.toString(),
    name: folder.name,
    runnerId: host.runnerId,
    describe: host.describe,
    status: () => runner.now().status(),
    pairing: runner.pairing,
    connect: runner.connect,
    disconnect: runner.disconnect,
    reconnect: runner.reconnect,
    check: () => runner.now().check(),
    showRun: terminals.show,
    cancelRun: terminals.cancel,
    findRun: (runId) => findRun(host, runId),
    async shareRun(runId, confirmed) {
      const { relay, relayId } = confirmed;
      const now = runner.pairing();
      // A dialog stays open for as long as it likes, and another window's relay is not what was agreed to.
      if (now?.relay !== relay || now.relayId !== relayId) throw new BatonError("share_changed", { relay });
      await terminals.share(runId, sharedWith(targetOf(now)));
    },
    agents: async () => (await host.inspect()).agents,
    startRun,
    projects: host.projects,
    startServer: ({ folder: below, name }, { command, port }) =>
      startRun({
        ...{ agent: devServerAgent, mode: "interactive", access: "full", text: command, name, folder: below },
        server: { restarts: restartsServers(), ...(port !== undefined && { port }) },
        visibility: runner.pairing() ? newRunVisibility() : "local",
      }),
    restartServer({ runId, run: { header } }) {
      const { agent, mode, access, threadId, visibility, body, server } = header;
      return startRun({
        ...{ agent, mode, access, threadId, visibility, text: body.prompt ?? body.command, name: body.title },
        folder: body.cwd,
        server: { restarts: false, ...server, replaces: runId },
      });
    },
    async showPort(port, name) {
      await host.ports.allow(port);
      return runner.now().previews.show({ port, ...(name !== undefined && { name }) });
    },
    async closePreview({ id, body }) {
      // First what is decided here: from then on nothing of the port is shown, whatever becomes of the relay.
      await host.ports.forget(body.port);
      await runner.now().previews.close(id);
    },
    startTerminal: (wish) =>
      terminals.adopt(wish.name, (runId, size) => startRun({ ...wish, runId, ...(size && { size }) })),
    dispose: () => disposables.dispose(),
  };
}

const iconOf = (agent: string): string => builtInProfiles.find((profile) => profile.id === agent)?.icon ?? "terminal";
