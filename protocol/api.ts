import type * as z from "zod";
import type { Endpoint } from "#protocol/api/endpoint";
import { pairingEndpoints } from "#protocol/api/pairing";
import { peopleEndpoints } from "#protocol/api/people";
import { previewEndpoints } from "#protocol/api/previews";
import { promptEndpoints } from "#protocol/api/prompts";
import { relayEndpoints } from "#protocol/api/relay";
import { runnerEndpoints } from "#protocol/api/runners";
import { runEndpoints } from "#protocol/api/runs";
import { shareEndpoints } from "#protocol/api/shares";
import { signingInEndpoints } from "#protocol/api/signing-in";
import { templateEndpoints } from "#protocol/api/templates";

export type { Endpoint } from "#protocol/api/endpoint";
export { Problem } from "#protocol/api/problem";
export { NewPrompt, PromptChange } from "#protocol/api/prompts";

/**
 * The REST interface: one row an endpoint. The relay builds its router, its role check and its OpenAPI document from
 * this table, and the SDK its typed calls, so none of them can disagree.
 *
 * `role` is what a member needs; `scope` what a bearer token needs besides (absent: tokens are refused); `public`
 * needs neither, `server` is for the person on the relay's own machine (a token in the data folder, 0600).
 */
export const endpoints = {
  ...signingInEndpoints,
  ...peopleEndpoints,
  ...pairingEndpoints,
  ...runnerEndpoints,
  ...promptEndpoints,
  ...runEndpoints,
  ...previewEndpoints,
  ...shareEndpoints,
  ...templateEndpoints,
  ...relayEndpoints,
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof endpoints;
type Part<N extends EndpointName, P extends string> = (typeof endpoints)[N] extends {
  readonly [K in P]: infer S extends z.ZodType;
}
  ? S
  : undefined;
type Input<S> = S extends z.ZodType ? z.input<S> : undefined;
type Output<S> = S extends z.ZodType ? z.output<S> : undefined;
type PartsOf<N extends EndpointName> = {
  [P in "params" | "query" | "body" as Part<N, P> extends z.ZodType ? P : never]: Input<Part<N, P>>;
};
/** The parts in which nothing is needed. */
type Spare<N extends EndpointName> = {
  [P in keyof PartsOf<N>]: P extends "params" ? never : Record<never, never> extends PartsOf<N>[P] ? P : never;
}[keyof PartsOf<N>];
/** What a client sends to an endpoint. A query or a body in which nothing is needed can be left out. */
export type RequestOf<N extends EndpointName> = Omit<PartsOf<N>, Spare<N>> & {
  readonly [P in Spare<N>]?: PartsOf<N>[P];
};
/** What the relay's handler gets, parsed. */
export type ParsedRequestOf<N extends EndpointName> = {
  [P in "params" | "query" | "body" as Part<N, P> extends z.ZodType ? P : never]: Output<Part<N, P>>;
};
/** What an endpoint answers; undefined for an empty answer (204). */
export type ResponseOf<N extends EndpointName> = Output<Part<N, "response">>;
