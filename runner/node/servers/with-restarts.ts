import { join } from "node:path";
import type { ResolvedCommand } from "#runner/core/host";

/**
 * The same command below a program that starts it again when it ends with an error (`restarting.ts`). That program is
 * in the run's own terminal, so a server comes back also while no editor is there.
 * @param built the folder of the built artifacts
 */
export function withRestarts(
  { built }: { readonly built?: string },
  { command, shown }: ResolvedCommand,
): ResolvedCommand {
  if (built === undefined) return { command, shown };
  return {
    shown,
    command: {
      ...command,
      argv: [process.execPath, join(built, "restarting.cjs"), ...command.argv],
      env: { ...command.env, ELECTRON_RUN_AS_NODE: "1" },
      tellsSteps: true,
    },
  };
}
