import * as z from "zod";
import {
  maxEnvironmentEntries,
  maxEnvironmentValueLength,
  maxPromptTextBytes,
  maxPromptTextJsonBytes,
  maxTerminalSize,
  minTerminalSize,
} from "#protocol/caps";

/** A moment. */
export const Timestamp = z.int().min(0).describe("milliseconds since the epoch");
/** What every stored document has. */
export const stored = { v: z.literal(1), rev: z.int().min(0) };

export const AgentId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, "expected the id of a profile");
export type AgentId = string;
export const RunMode = z.enum(["once", "interactive"]);
export type RunMode = z.infer<typeof RunMode>;
export const Access = z.enum(["read", "edit", "full"]);
export type Access = z.infer<typeof Access>;
export const Visibility = z.enum(["local", "team"]);
export const Label = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, "expected a label");
export const EnvironmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "expected the name of a variable");
export const Environment = z
  .record(EnvironmentName, z.string().max(maxEnvironmentValueLength))
  .refine((env) => Object.keys(env).length <= maxEnvironmentEntries, `at most ${maxEnvironmentEntries} variables`);
const noText = "a prompt needs text";
export const PromptText = z
  .string()
  .min(1, noText)
  .refine((text) => text.length <= maxPromptTextBytes && new TextEncoder().encode(text).length <= maxPromptTextBytes, {
    message: `at most ${maxPromptTextBytes} bytes`,
  })
  .refine((text) => jsonBytes(text) <= maxPromptTextJsonBytes, {
    message: `at most ${maxPromptTextJsonBytes} bytes as JSON`,
  })
  .refine((text) => text.trim() !== "", noText);
/** A document that makes the message around it larger than the wire's cap would cut the link of whoever gets it. */
export const jsonBytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;
/** Room for the end-to-end layer: keys of a device, signature of a prompt or an answer. Kept and passed on unread. */
export const Signature = z.string().max(4_096);

export const TerminalSize = z.object({
  cols: z.int().min(minTerminalSize.cols).max(maxTerminalSize.cols),
  rows: z.int().min(minTerminalSize.rows).max(maxTerminalSize.rows),
});
export type TerminalSize = z.infer<typeof TerminalSize>;
