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
 * Writes to the file that the keeper reads. Where there is none, as below an older keeper, nothing is told.
 * @param file its path, by `BATON_STEP_FILE`
 */
export function createStepTeller(file: string | undefined): StepTeller {
  const tell = (line: object) => {
    if (file) appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
  return {
    step: (step) => tell({ step }),
    project: (project) => tell({ project }),
    tunnel: (tunnel) => tell({ tunnel }),
  };
}
