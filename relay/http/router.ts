import express, { type Request, type Response, Router } from "express";
import type * as z from "zod";
import { type Endpoint, type EndpointName, endpoints } from "#protocol/api";
import { maxControlBytes } from "#protocol/caps";
import { BatonError } from "#protocol/errors";
import { describeIssue } from "#protocol/json";
import { maxSmallBodyBytes } from "#relay/caps";
import { addressGroupOf } from "#relay/domain/address-group";
import { authenticate } from "#relay/http/authenticate";
import type { Call, Caller, HttpDeps } from "#relay/http/call";
import { handlers } from "#relay/http/handlers/all";
import { requestIdOf } from "#relay/http/request-log";

/** Endpoints whose body may hold a whole prompt. */
const largeBodies: ReadonlySet<string> = new Set<EndpointName>(["queuePrompt", "changePrompt"]);
/** They change nothing that lasts: no write, no entry in the audit log. */
const passing: ReadonlySet<string> = new Set<EndpointName>([
  "makeTicket",
  "enterPreview",
  "enterShare",
  "peekShare",
  "checkRunner",
  "peekLink",
  "refreshSession",
  "finishPairing",
  "finishSignIn",
]);
/** Who waits for an approval asks often, and the code cannot be guessed. */
const polling: ReadonlySet<string> = new Set<EndpointName>(["finishPairing", "finishSignIn"]);

/** The REST interface: every row of the endpoint table, each through the same steps. */
export function createRouter(deps: HttpDeps): Router {
  const router = Router();
  const methods = new Map<string, Set<string>>();
  for (const [name, endpoint] of Object.entries(endpoints) as [EndpointName, Endpoint][]) {
    const method = endpoint.method.toLowerCase() as "get" | "post" | "patch" | "delete";
    router[method](endpoint.path, (request, response) => answer(deps, name, endpoint, request, response));
    methods.set(endpoint.path, (methods.get(endpoint.path) ?? new Set()).add(endpoint.method));
  }
  for (const [path, allowed] of methods) {
    router.all(path, (request, response) => {
      response.set("Allow", [...allowed].join(", "));
      throw new BatonError("method_not_allowed", { method: request.method });
    });
  }
  return router;
}

async function answer(
  deps: HttpDeps,
  name: EndpointName,
  endpoint: Endpoint,
  request: Request,
  response: Response,
): Promise<void> {
  const address = deps.site.addressOf(request);
  response.set("Cache-Control", "no-store");
  const caller = await authenticate(deps, endpoint, request);
  limitRate(deps, name, endpoint, caller, address);
  const call = callOf(deps, caller, request, response, address);
  const parsed = {
    ...(endpoint.params && { params: parsePart(endpoint.params, request.params, "path") }),
    ...(endpoint.query && { query: parsePart(endpoint.query, request.query, "query") }),
    ...(endpoint.body && { body: parsePart(endpoint.body, await readBody(name, request, response), "body") }),
  };
  if (endpoint.media && request.method === "HEAD") {
    response.type(endpoint.media).end();
    return;
  }
  const result = await (handlers[name] as unknown as (call: Call, parsed: unknown) => unknown)(call, parsed);
  await audit(call, name, endpoint, parsed);
  if (endpoint.media) return;
  if (endpoint.response) response.json(result);
  else response.status(204).end();
}

function callOf(deps: HttpDeps, caller: Caller, request: Request, response: Response, address: string): Call {
  return {
    deps,
    domain: deps.domain,
    caller,
    get member() {
      if (caller.kind !== "member") throw new BatonError("not_signed_in");
      return caller.member;
    },
    deviceId: caller.kind === "member" ? caller.deviceId : undefined,
    address,
    requestId: requestIdOf(response),
    request,
    response,
    audit: {},
  };
}

function limitRate(deps: HttpDeps, name: EndpointName, endpoint: Endpoint, caller: Caller, address: string): void {
  if (endpoint.method === "GET") return;
  if (caller.kind === "anybody" && !polling.has(name)) deps.publicRequests.take(addressGroupOf(address));
  if (caller.kind !== "member") return;
  if (name === "checkRunner") deps.checks.take(caller.member.id);
  else if (!passing.has(name)) deps.writes.take(caller.member.id);
}

const parsers = {
  small: express.json({ limit: maxSmallBodyBytes, strict: true }),
  large: express.json({ limit: maxControlBytes, strict: true }),
};

function readBody(name: EndpointName, request: Request, response: Response): Promise<unknown> {
  const parser = largeBodies.has(name) ? parsers.large : parsers.small;
  return new Promise((resolve, reject) => {
    parser(request, response, (error?: unknown) => (error ? reject(error) : resolve(request.body)));
  });
}

function parsePart(schema: z.ZodType, value: unknown, part: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  if (value === undefined) {
    throw new BatonError("request_invalid", {
      field: part,
      reason: "expected JSON, with the content type that says so",
    });
  }
  const issue = result.error.issues[0];
  const field = issue && issue.path.length > 0 ? issue.path.join(".") : part;
  throw new BatonError("request_invalid", { field, reason: issue?.message ?? describeIssue(result.error) });
}

/** Who changed what, when and from where. It is durable before the answer; a failure does not undo the change. */
async function audit(call: Call, name: EndpointName, endpoint: Endpoint, parsed: { params?: unknown }): Promise<void> {
  if (endpoint.method === "GET" || passing.has(name)) return;
  const { domain, caller } = call;
  const memberId = call.audit.memberId ?? (caller.kind === "member" ? caller.member.id : undefined);
  const target = call.audit.target ?? Object.values((parsed.params as Record<string, string> | undefined) ?? {})[0];
  const details = {
    ...call.audit.details,
    ...(caller.kind === "member" && caller.token && { tokenId: caller.token.id }),
  };
  const entry = {
    at: domain.context.clock(),
    action: name,
    from: call.address.slice(0, 80),
    ...(memberId !== undefined && { memberId }),
    ...(call.deviceId && { deviceId: call.deviceId }),
    ...(target !== undefined && { target: target.slice(0, 120) }),
    ...(Object.keys(details).length > 0 && { details }),
  };
  await domain.context.store.audit.append(entry).catch((error: unknown) => {
    call.deps.log.error(
      { requestId: call.requestId, entry, error: String(error) },
      "an entry of the audit log was not stored",
    );
  });
}
