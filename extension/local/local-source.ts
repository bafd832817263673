import type { Folders } from "#extension/folders";
import type { LocalSource } from "#extension/local/local-link";
import type { RunnerBody } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";

/** A run of one of this window's folders, whichever it is: also one that ended long ago, as far as a keeper has it. */
export function localSource(folders: Pick<Folders, "all">, runId: RunId): LocalSource {
  let body: RunnerBody = { name: "this folder", host: "this machine", folder: "", platform: process.platform };
  return {
    async find() {
      let failure: unknown = new BatonError("run_never_seen");
      for (const folder of folders.all()) {
        try {
          const found = await folder.findRun(runId);
          body = folder.describe();
          return found;
        } catch (error) {
          if (!(error instanceof BatonError && error.code === "run_never_seen")) failure = error;
        }
      }
      throw failure;
    },
    describe: () => body,
  };
}
