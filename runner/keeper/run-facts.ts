import type { RunTunnel } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import type { SpawnCommand } from "#protocol/keeper-link";
import type { Payload } from "#protocol/payloads";
import type { OwnLog } from "#runner/keeper/own-log";
import { runFiles } from "#runner/keeper/paths";
import { createPortWatch, type PortState, type PortWatch } from "#runner/keeper/port-watch";
import type { Recorder } from "#runner/keeper/recorder";
import { createStepFile, type StepFile } from "#runner/keeper/step-file";

/** What becomes known of a run beside what it prints: the ports it opens, and how far it says it is. */
export interface RunFacts {
  started(pid: number): void;
  output(bytes: Uint8Array): void;
  /** Those that are open. */
  ports(): PortState[];
  project(): Payload<"project"> | undefined;
  tunnel(): RunTunnel | undefined;
  /** Another run keeps a port at a public address, or no longer. */
  reached(port: number, url: string | undefined): void;
  /** The newest. */
  step(): Payload<"step"> | undefined;
  /** Nothing of the run lives any more: what it said last is taken, and then nothing. */
  last(): void;
}

interface RunFactsDeps {
  readonly runId: RunId;
  /** The run's own. */
  readonly folder: string;
  readonly command: Pick<SpawnCommand, "watchesPorts" | "tellsSteps">;
  readonly log: OwnLog;
  /** Whether what it says of a tunnel counts. */
  readonly isTunnel: boolean;
  record: Recorder["record"];
  changed(): void;
  /** The run keeps a port at a public address, or no longer. */
  tunnelled(port: number, url: string | undefined): void;
}

export function createRunFacts({
  runId,
  folder,
  command,
  log,
  isTunnel,
  record,
  changed,
  tunnelled,
}: RunFactsDeps): RunFacts {
  let ports: PortWatch | undefined;
  let project: Payload<"project"> | undefined;
  let tunnel: RunTunnel | undefined;
  const urls = new Map<number, string>();
  const withUrl = (one: PortState): PortState => {
    const url = urls.get(one.port);
    return url === undefined ? one : { ...one, url };
  };
  let newest: Payload<"step"> | undefined;
  const tell = (step: Payload<"step">) => {
    newest = step;
    record("step", step);
    changed();
  };
  const steps: StepFile | undefined = command.tellsSteps
    ? createStepFile(runFiles(folder).steps, {
        step: tell,
        project(found) {
          // The nearest one comes first.
          project ??= found;
          record("project", found);
          changed();
        },
        tunnel(found) {
          if (!isTunnel) return;
          const before = urlOf(tunnel);
          tunnel = found;
          if (urlOf(found) !== before) tunnelled(found.port, urlOf(found));
          changed();
        },
        refused: (reason) => log.error("what a run says of its steps cannot be read", { runId, reason }),
      })
    : undefined;

  return {
    started(pid) {
      if (!command.watchesPorts) return;
      let isUp = false;
      tell({ step: "server", state: "started", params: {} });
      ports = createPortWatch({
        pid,
        changed(port) {
          record("port", withUrl(port));
          if (port.state === "ready" && !isUp) {
            isUp = true;
            tell({ step: "server", state: "done", params: { port: port.port } });
          }
          changed();
        },
        silent: () => record("step", { step: "server", state: "started", params: { isSilent: true } }),
        failed: (error) => log.error("the ports of a run cannot be looked at", { runId, error: String(error) }),
      });
    },
    output: (bytes) => ports?.output(bytes),
    ports: () => (ports?.all() ?? []).map(withUrl),
    project: () => project,
    tunnel: () => tunnel,
    reached(port, url) {
      if (url === urls.get(port)) return;
      if (url === undefined) urls.delete(port);
      else urls.set(port, url);
      const known = ports?.all().find((one) => one.port === port);
      if (!known) return;
      record("port", withUrl(known));
      changed();
    },
    step: () => newest,
    last() {
      ports?.stop();
      ports = undefined;
      steps?.last();
      if (tunnel && urlOf(tunnel) !== undefined) tunnelled(tunnel.port, undefined);
    },
  };
}

const urlOf = (tunnel: RunTunnel | undefined): string | undefined =>
  tunnel?.state === "ready" ? tunnel.url : undefined;
