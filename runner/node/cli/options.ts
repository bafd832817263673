import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import type * as z from "zod";
import { describeIssue } from "#protocol/json";
import { normalizeRelayUrl } from "#runner/node/identity";

/** Every flag can be given as a variable of the environment too; a flag outranks it. */
export const flag = (flags: string, description: string, variable: string): Option =>
  new Option(flags, description).env(variable);

/** Reads a flag's value against a schema, so that a wrong one is named in one line. */
export const as =
  <S extends z.ZodType>(schema: S) =>
  (text: string): z.output<S> => {
    const result = schema.safeParse(text);
    if (result.success) return result.data;
    throw new InvalidArgumentError(describeIssue(result.error));
  };

export const collect =
  <T>(read: (text: string) => T) =>
  (text: string, before: T[] = []): T[] => [...before, ...text.split(",").map((part) => read(part.trim()))];

export function relayUrl(text: string): string {
  if (!/^https?:\/\/[^/\s]+/.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError("expected an address such as https://relay.example.com");
  }
  return normalizeRelayUrl(text);
}

/** @returns the real path of a folder */
export function folder(text: string): string {
  try {
    const real = realpathSync(resolve(text));
    if (statSync(real).isDirectory()) return real;
  } catch {
    // The sentence below says it.
  }
  throw new InvalidArgumentError("there is no such folder");
}

export const options = {
  relay: () => flag("--relay <url>", "the relay's address", "BATON_RELAY").argParser(relayUrl),
  workspace: () =>
    flag("--workspace <dir>", "the folder to work in (default: this one)", "BATON_WORKSPACE").argParser(folder),
  token: () => flag("--token <token>", "an API token of the relay, for what is done there", "BATON_TOKEN"),
  json: () => flag("--json", "print one JSON object a line, for programs", "BATON_JSON").default(false),
} as const;
