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
  /** Nothing of the run lives any more: what it said last is taken, and then nothing. */
  last(): void;
}

interface RunFactsDeps {
  readonly runId: RunId;
  /** The run's own. */
  readonly folder: string;
  readonly command: Pick<SpawnCommand, "watchesPorts" | "tellsSteps">;
  readonly log: OwnLog;
  record: Recorder["record"];
  changed(): void;
}

export function createRunFacts({ runId, folder, command, log, record, changed }: RunFactsDeps): RunFacts {
  let ports: PortWatch | undefined;
  let project: Payload<"project"> | undefined;
  const steps: StepFile | undefined = command.tellsSteps
    ? createStepFile(runFiles(folder).steps, {
        step: (step) => record("step", step),
        project(found) {
          // The nearest one comes first.
          project ??= found;
          record("project", found);
          changed();
        },
        refused: (reason) => log.error("what a run says of its steps cannot be read", { runId, reason }),
      })
    : undefined;

  return {
    started(pid) {
      if (!command.watchesPorts) return;
      let isUp = false;
      record("step", { step: "server", state: "started", params: {} });
      ports = createPortWatch({
        pid,
        changed(port) {
          record("port", port);
          if (port.state === "ready" && !isUp) {
            isUp = true;
            record("step", { step: "server", state: "done", params: { port: port.port } });
          }
          changed();
        },
        silent: () => record("notice", { level: "warning", code: "server_silent", params: {} }),
        failed: (error) => log.error("the ports of a run cannot be looked at", { runId, error: String(error) }),
      });
    },
    output: (bytes) => ports?.output(bytes),
    ports: () => ports?.all() ?? [],
    project: () => project,
    last() {
      ports?.stop();
      ports = undefined;
      steps?.last();
    },
  };
}
