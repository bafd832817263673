import type { Request, Response } from "express";
import type { Logger } from "pino";
import type { EndpointName, ParsedRequestOf, ResponseOf } from "#protocol/api";
import type { AccessToken, Member } from "#protocol/documents";
import type { DeviceId } from "#protocol/ids";
import type { Domain } from "#relay/domain/domain";
import type { RateLimit } from "#relay/domain/rate-limit";
import type { Seats } from "#relay/domain/seats";
import type { TeamTemplates } from "#relay/domain/team-templates";
import type { Site } from "#relay/http/site";
import type { PreviewSite } from "#relay/previews/preview-site";
import type { RunnerHub } from "#relay/sockets/runner-hub";

/** What the whole HTTP side is given. */
export interface HttpDeps {
  readonly domain: Domain;
  readonly runners: RunnerHub;
  readonly site: Site;
  /** Absent where previews have no host names. */
  readonly previewSite: PreviewSite | undefined;
  readonly templates: TeamTemplates;
  readonly log: Logger;
  readonly team: string;
  readonly version: string;
  /** Opens the `server` endpoints; it stands in a file that only the relay's own user can read. */
  readonly serverToken: string;
  readonly writes: RateLimit;
  readonly checks: RateLimit;
  readonly publicRequests: RateLimit;
  /** Event streams that are open, per member. */
  readonly eventStreams: Seats;
  /** How often a quiet event stream gets a comment. */
  readonly keepAliveMs: number;
  /** Aborts when the relay shuts down, so that streams end. */
  readonly closing: AbortSignal;
}

/** Who calls. */
export type Caller =
  | { readonly kind: "anybody" }
  | { readonly kind: "server" }
  | {
      readonly kind: "member";
      readonly member: Member;
      /** The browser that is signed in; absent for an API token. */
      readonly deviceId?: DeviceId;
      readonly token?: AccessToken;
    };

/** One request on its way through a handler. */
export interface Call {
  readonly deps: HttpDeps;
  readonly domain: Domain;
  readonly caller: Caller;
  /** The member who calls; handlers of public endpoints must not ask. */
  readonly member: Member;
  readonly deviceId: DeviceId | undefined;
  readonly address: string;
  readonly requestId: string;
  readonly request: Request;
  readonly response: Response;
  /** Stands in the audit log with this call. */
  readonly audit: { target?: string; details?: Record<string, string | number | boolean>; memberId?: string };
}

export type Handler<N extends EndpointName> = (call: Call, request: ParsedRequestOf<N>) => Answer<ResponseOf<N>>;
/** What a handler gives is not looked at where the endpoint has no response. */
type Answer<R> = undefined extends R ? unknown : R | Promise<R>;
export type Handlers = { readonly [N in EndpointName]: Handler<N> };
