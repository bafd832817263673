import { statSync } from "node:fs";
import type * as z from "zod";
import { BatonError } from "#protocol/errors";
import { readIfThere } from "#runner/keeper/files";
import { maxConfigBytes } from "#runner/node/caps";
import { lineAt, lineOf, syntaxErrorOffset } from "#runner/node/json-position";

/**
 * Reads a file that a person writes. Its faults are named with file, line and field.
 * @returns undefined where there is no such file
 * @throws BatonError `profile_invalid`
 */
export function readJsonFile<S extends z.ZodType>(
  file: string,
  schema: S,
): { value: z.output<S>; text: string } | undefined {
  // Looked at first: an agent can put a pipe or a device there, and reading one would not come back.
  const found = statSync(file, { throwIfNoEntry: false });
  if (found && !found.isFile()) throw invalid(file, 1, "the file", "it is no regular file");
  if (found && found.size > maxConfigBytes)
    throw invalid(file, 1, "the file", `it has more than ${maxConfigBytes} bytes`);
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const line = lineAt(text, syntaxErrorOffset(text, error));
    throw invalid(file, line, "the file", "it is not JSON from here on");
  }
  const result = schema.safeParse(parsed);
  if (result.success) return { value: result.data, text };
  const issue = result.error.issues[0];
  const path = pathOf(issue);
  throw invalid(file, lineOf(text, path), fieldName(path), (issue?.message ?? "it does not fit").replace(/\.$/, ""));
}

/** An unknown key is an issue of the object around it, so the key is added for the reader. */
function pathOf(issue: z.core.$ZodIssue | undefined): PropertyKey[] {
  if (!issue) return [];
  return issue.code === "unrecognized_keys" ? [...issue.path, ...issue.keys.slice(0, 1)] : [...issue.path];
}

const fieldName = (path: readonly PropertyKey[]): string => (path.length > 0 ? path.map(String).join(".") : "the file");

const invalid = (file: string, line: number, field: string, reason: string) =>
  new BatonError("profile_invalid", { file, line, field, reason });
