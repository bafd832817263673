import * as z from "zod";
import { maxErrorParamLength, maxErrorParamsJsonBytes } from "#protocol/caps";
import { accessErrors } from "#protocol/errors/access";
import { pairingErrors } from "#protocol/errors/pairing";
import { previewErrors } from "#protocol/errors/previews";
import { publicAddressErrors } from "#protocol/errors/public-addresses";
import { requestErrors } from "#protocol/errors/requests";
import type { ErrorRow, Params } from "#protocol/errors/row";
import { runnerErrors } from "#protocol/errors/runner";
import { runErrors } from "#protocol/errors/runs";
import { templateErrors } from "#protocol/errors/templates";
import { wireErrors } from "#protocol/errors/wire";

/**
 * Errors travel as `{code, params}`. Codes never change their meaning; the text is made where a person reads it,
 * from this one table: what happened, what was not lost, what to do. `status` is the HTTP status of RFC 9457.
 */
const rows = {
  ...wireErrors,
  ...requestErrors,
  ...accessErrors,
  ...pairingErrors,
  ...runErrors,
  ...previewErrors,
  ...templateErrors,
  ...publicAddressErrors,
  ...runnerErrors,
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof rows;
export const errorCodes = Object.keys(rows) as ErrorCode[];

/** An error on the wire. Codes of a newer peer survive, so `code` is any string. */
export const WireError = z.object({
  code: z.string().min(1).max(64),
  params: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .refine((params) => new TextEncoder().encode(JSON.stringify(params)).length <= maxErrorParamsJsonBytes, {
      message: `at most ${maxErrorParamsJsonBytes} bytes as JSON`,
    })
    .default({}),
});
export type WireError = z.infer<typeof WireError>;

/** A failure that a person may see. `message` is the text of the table, for logs; a UI makes its own from `code`. */
export class BatonError extends Error {
  readonly code: ErrorCode;
  readonly params: Params;

  constructor(code: ErrorCode, params: Params = {}, options?: ErrorOptions) {
    super(errorText({ code, params }), options);
    this.name = "BatonError";
    this.code = code;
    this.params = params;
  }

  /** As it is sent: long params, a path or what a program said, are cut to what the other side takes. */
  toJSON(): WireError {
    return { code: this.code, params: Object.fromEntries(Object.entries(this.params).map(shortened)) };
  }
}

/** The sentence for a person. A code this version does not know is shown by its name. */
export function errorText(error: { readonly code: string; readonly params?: Params }): string {
  const row = isErrorCode(error.code) ? (rows[error.code] as ErrorRow) : undefined;
  return row ? row.text(new Proxy(error.params ?? {}, missingAsDots)) : `The other side reports “${error.code}”.`;
}

/** A peer may leave out a param that our text names; the sentence then shows a gap, not the word “undefined”. */
const missingAsDots: ProxyHandler<Params> = {
  get: (params, name) => (typeof name === "string" && Object.hasOwn(params, name) ? params[name] : "…"),
};

/** The HTTP status of a code; 500 for one this version does not know. */
export const errorStatus = (code: string): number => (isErrorCode(code) ? rows[code].status : 500);

/** The error a peer sent, as one of ours. A code this version does not know becomes `internal`'s class but keeps its text. */
export function errorFromWire(error: WireError): BatonError | UnknownPeerError {
  return isErrorCode(error.code) ? new BatonError(error.code, error.params) : new UnknownPeerError(error);
}

/** A peer's error with a code that this version does not know. */
export class UnknownPeerError extends Error {
  readonly code: string;
  readonly params: Params;
  constructor(error: WireError) {
    super(errorText(error));
    this.name = "UnknownPeerError";
    this.code = error.code;
    this.params = error.params;
  }
}

const shortened = ([name, value]: [string, Params[string]]): [string, Params[string]] => [
  name,
  typeof value === "string" && value.length > maxErrorParamLength ? `${value.slice(0, maxErrorParamLength)}…` : value,
];

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(rows, code);
