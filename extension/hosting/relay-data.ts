import { realpathSync } from "node:fs";
import { isAbsolute } from "node:path";
import { ifThere } from "#runner/keeper/files";
import { isInside } from "#runner/node/folders";

/**
 * The data folder of a relay that `BATON_RELAY_DATA` names. Who sets the editor's environment is its user, and only
 * they can read that folder. But a development container sets what the opened folder says; so a place within one of
 * these folders is nobody's word, because whoever wrote the folder can be the relay there.
 * @param served the real paths of the folders that would be connected
 */
export function relayDataOf(environment: NodeJS.ProcessEnv, served: readonly string[]): string | undefined {
  const named = environment.BATON_RELAY_DATA;
  const folder = named !== undefined && isAbsolute(named) ? ifThere(() => realpathSync(named)) : undefined;
  return folder === undefined || served.some((one) => isInside(one, folder)) ? undefined : folder;
}
