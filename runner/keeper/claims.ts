import { linkSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { BatonError } from "#protocol/errors";
import { type PromptId, RunId } from "#protocol/ids";
import { rememberMs } from "#runner/keeper/caps";
import { errorCode, ifThere, readIfThere, syncFolder, writeWhole } from "#runner/keeper/files";
import { claimName, type KeeperPaths } from "#runner/keeper/paths";

/**
 * What was ever started, one small file each, shared by the keepers of all versions: a file that is made exclusively
 * is a claim that exactly one of them gets. It outlives the log.
 */
export interface Claims {
  /**
   * The run that a claim was started as. Without one the prompt may be queued again, so the claim is given up: it
   * never starts any more, also where a start of it is still on its way. Durable on return.
   */
  runOfOrGiveUp(promptId: PromptId, attempt: number): RunId | undefined;
  /** The run that a claim, or a run id, was started as before. */
  startedAs(runId: RunId, claim: Claim | undefined): RunId | undefined;
  /**
   * Takes the run id and, where there is one, the claim; durable on return.
   * @returns the run that took the claim before, or undefined when it is now this one's
   * @throws BatonError `claim_given_up`
   */
  take(runId: RunId, claim: Claim | undefined): RunId | undefined;
  /** Undoes `take` where nothing was started after all. */
  giveBack(runId: RunId, claim: Claim | undefined): void;
  /** Forgets what is older than 30 days. */
  forgetOld(now: number): void;
}

export interface Claim {
  readonly promptId: PromptId;
  readonly attempt: number;
}

/** Stands in the file of a claim instead of a run's id. */
const givenUp = "given up";

export function createClaims(paths: KeeperPaths): Claims {
  const at = (name: string) => join(paths.seen, name);
  const read = (name: string) => {
    const text = readIfThere(at(name));
    return text === undefined ? undefined : (RunId.safeParse(text).data ?? undefined);
  };
  return {
    runOfOrGiveUp(promptId, attempt) {
      const name = claimName(promptId, attempt);
      try {
        writeWhole(at(name), givenUp, true, true);
      } catch (error) {
        if (errorCode(error) !== "EEXIST") throw error;
        const before = read(name);
        if (before !== undefined) return before;
      }
      syncFolder(paths.seen);
      return undefined;
    },
    startedAs: (runId, claim) => (claim && read(claimName(claim.promptId, claim.attempt))) ?? read(runId),
    take(runId, claim) {
      try {
        writeWhole(at(runId), runId, true, true);
      } catch (error) {
        if (errorCode(error) === "EEXIST") return runId;
        throw error;
      }
      if (claim) {
        const name = claimName(claim.promptId, claim.attempt);
        try {
          linkSync(at(runId), at(name));
        } catch (error) {
          if (errorCode(error) !== "EEXIST") throw error;
          rmSync(at(runId), { force: true });
          const before = read(name);
          if (before === undefined) throw new BatonError("claim_given_up");
          return before;
        }
      }
      syncFolder(paths.seen);
      return undefined;
    },
    giveBack(runId, claim) {
      if (claim) rmSync(at(claimName(claim.promptId, claim.attempt)), { force: true });
      rmSync(at(runId), { force: true });
    },
    forgetOld(now) {
      for (const name of readdirSync(paths.seen)) {
        const made = ifThere(() => statSync(at(name)))?.mtimeMs;
        if (made !== undefined && now - made > rememberMs) rmSync(at(name), { force: true });
      }
    },
  };
}
