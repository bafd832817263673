import { BatonError } from "#protocol/errors";
import { errorCodeOf } from "#relay/store/embedded/disk";

const fullCodes = new Set(["ENOSPC", "EDQUOT"]);

/** What a failed call to the disk is for the rest of the relay: `storage_full` or `storage_failed`. */
export function storageError(error: unknown): BatonError {
  if (error instanceof BatonError) return error;
  const code = errorCodeOf(error);
  if (code !== undefined && fullCodes.has(code)) return new BatonError("storage_full", {}, { cause: error });
  const reason = code ?? (error instanceof Error ? error.message : String(error));
  return new BatonError("storage_failed", { reason }, { cause: error });
}
