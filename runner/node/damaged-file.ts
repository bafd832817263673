import { renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import { BatonError } from "#protocol/errors";
import { parseMessage } from "#protocol/json";
import { ifThere, isSystemError, readIfThere } from "#runner/keeper/files";

/** Told of a file that was damaged and has made room for a new one: `file_set_aside`. */
export type TellDamaged = (error: BatonError) => void;

/**
 * Reads a file that only this product writes. One with anything else in it is kept under another name, for whoever
 * wants to look, and counts as missing.
 * @throws BatonError `store_damaged` where the system does not let it be read: it may well be whole; `store_newer`
 * where a later version has written it in a form of its own
 */
export function readOwnFile<S extends z.ZodType>(file: string, schema: S, tell: TellDamaged): z.output<S> | undefined {
  const text = readOrRefuse(file);
  if (text === undefined) return undefined;
  try {
    return parseMessage(schema, text);
  } catch (error) {
    // Another process may have made it anew by now: what it has made, and goes by already, is not damaged.
    if (readOrRefuse(file) !== text) return readOwnFile(file, schema, tell);
    const theirs = formOf(text);
    if (theirs > ownForm) throw new BatonError("store_newer", { file, theirs, ours: ownForm });
    tell(setAside(file, error instanceof BatonError ? String(error.params.reason) : String(error)));
    return undefined;
  }
}

/** The form that files of this version have, and how they name it: `v`. */
const ownForm = 1;

function formOf(text: string): number {
  try {
    return parseMessage(z.object({ v: z.int() }), text).v;
  } catch {
    // What names no form, or is no JSON, is damaged.
    return 0;
  }
}

/** @returns what to tell of it */
function setAside(file: string, reason: string, now: number = Date.now()): BatonError {
  const aside = join(dirname(file), `damaged-${now}-${basename(file)}`);
  // Another process may have been quicker.
  ifThere(() => renameSync(file, aside));
  return new BatonError("file_set_aside", { file, reason, aside });
}

function readOrRefuse(file: string): string | undefined {
  try {
    return readIfThere(file);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new BatonError("store_damaged", { file, reason: error.code ?? error.message }, { cause: error });
  }
}
