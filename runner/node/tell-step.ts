import { appendFileSync } from "node:fs";
import type { Project, Step, TunnelState } from "#protocol/documents";

/** What the program of a run says for the run's log, of itself. */
export interface StepTeller {
  step(step: Step): void;
  project(project: Project): void;
  /** How the tunnel that it keeps is. */
  tunnel(tunnel: TunnelState & { readonly port: number }): void;
}

/**
 * Writes to the file that the keeper reads. Where there is none, as below an older keeper, nothing is told, and where it
 * cannot be written the work goes on: the terminal says so, once.
 * @param file its path, by `BATON_STEP_FILE`
 */
export function createStepTeller(file: string | undefined): StepTeller {
  let isBroken = false;
  const tell = (line: object) => {
    if (!file || isBroken) return;
    try {
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    } catch (error) {
      isBroken = true;
      process.stderr.write(`Baton: the steps of this run cannot be told any more (${String(error)}).\r\n`);
    }
  };
  return {
    step: (step) => tell({ step }),
    project: (project) => tell({ project }),
    tunnel: (tunnel) => tell({ tunnel }),
  };
}
