import type * as z from "zod";
import { maxControlBytes } from "#protocol/caps";
import { BatonError } from "#protocol/errors";

/**
 * Reads a JSON control message against its schema.
 * @param text one WebSocket text message, or the body of a stream message
 * @throws BatonError `frame_too_large` or `message_malformed`, and nothing else, whatever the text
 */
export function parseMessage<S extends z.ZodType>(schema: S, text: string | Uint8Array): z.output<S> {
  if (text.length > maxControlBytes)
    throw new BatonError("frame_too_large", { bytes: text.length, maxBytes: maxControlBytes });
  let value: unknown;
  try {
    value = JSON.parse(typeof text === "string" ? text : utf8.decode(text));
  } catch {
    throw new BatonError("message_malformed", { reason: "it is not JSON" });
  }
  return parseValue(schema, value);
}

/**
 * Checks a value against its schema.
 * @throws BatonError `message_malformed`, which names the first field that is wrong
 */
export function parseValue<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new BatonError("message_malformed", { reason: describeIssue(result.error) });
}

/** The first thing a schema had to say, as `field: reason`. */
export function describeIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return "it does not fit its schema";
  return shorten(issue.path.length > 0 ? `${issue.path.join(".")}: ${issue.message}` : issue.message);
}

/** A field's name may come from outside, so the reason is cut before it travels back. */
const maxReasonLength = 300;
const shorten = (text: string) => (text.length > maxReasonLength ? `${text.slice(0, maxReasonLength)}…` : text);

const utf8 = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();
export const toUtf8 = (text: string): Uint8Array => encoder.encode(text);
