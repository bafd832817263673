import * as z from "zod";
import { type Endpoint, type EndpointName, endpoints, Problem } from "#protocol/api";
import { type ErrorCode, errorStatus, errorText, type WireError } from "#protocol/errors";
import { cookieNames } from "#relay/http/cookies";

/** The REST interface as OpenAPI 3.1, made from the same table as the router. */
export function openApiDocument(publicUrl: string, version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, endpoint] of Object.entries(endpoints) as [EndpointName, Endpoint][]) {
    const path = endpoint.path.replace(/:([A-Za-z]+)/g, "{$1}");
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(name, endpoint) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Baton relay",
      version,
      description:
        "Queue prompts for coding agents, and read what they do. Errors are problem documents (RFC 9457) with a stable `code`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      securitySchemes: {
        session: {
          type: "apiKey",
          in: "cookie",
          name: cookieNames({ publicUrl, isSecure: publicUrl.startsWith("https:") }).access,
        },
        token: { type: "http", scheme: "bearer", description: "an API token of a member, or the server's own" },
      },
      schemas: { Problem: jsonSchema(Problem, "output") },
    },
  };
}

function operation(name: EndpointName, endpoint: Endpoint): object {
  return {
    operationId: name,
    summary: endpoint.summary,
    description: descriptionOf(endpoint),
    tags: [endpoint.path.split("/")[2] ?? "relay"],
    security: securityOf(endpoint),
    ...((endpoint.params || endpoint.query || name === "queuePrompt") && { parameters: parametersOf(name, endpoint) }),
    ...(endpoint.body && {
      requestBody: { required: true, content: { "application/json": { schema: jsonSchema(endpoint.body, "input") } } },
    }),
    responses: { ...successOf(endpoint), ...problemsOf(endpoint) },
  };
}

function descriptionOf({ role, scope }: Endpoint): string {
  if (role === "public") return "Open to everybody.";
  if (role === "server") return "For the person on the relay's own machine.";
  const tokens = scope === undefined ? "API tokens are refused" : `with an API token: scope \`${scope}\``;
  return `Needs the role \`${role}\`; ${tokens}.`;
}

function securityOf({ role, scope }: Endpoint): object[] {
  if (role === "public") return [];
  if (role === "server") return [{ token: [] }];
  return scope === undefined ? [{ session: [] }] : [{ session: [] }, { token: [] }];
}

function parametersOf(name: EndpointName, endpoint: Endpoint): object[] {
  const of = (schema: z.ZodType | undefined, where: "path" | "query") => {
    const json = schema
      ? (jsonSchema(schema, "input") as { properties?: Record<string, object>; required?: string[] })
      : {};
    return Object.entries(json.properties ?? {}).map(([parameter, parameterSchema]) => ({
      name: parameter,
      in: where,
      required: where === "path" || (json.required ?? []).includes(parameter),
      schema: parameterSchema,
    }));
  };
  const key = {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    schema: { type: "string", maxLength: 200 },
    description: "the same key gives the same prompt, for a day",
  };
  return [...of(endpoint.params, "path"), ...of(endpoint.query, "query"), ...(name === "queuePrompt" ? [key] : [])];
}

function successOf({ media, response }: Endpoint): object {
  if (media) return { 200: { description: "a stream", content: { [media]: { schema: { type: "string" } } } } };
  if (!response) return { 204: { description: "done" } };
  return { 200: { description: "done", content: { "application/json": { schema: jsonSchema(response, "output") } } } };
}

const exampleParams: { readonly [C in ErrorCode]?: WireError["params"] } = {
  request_invalid: { field: "agent", reason: "expected the id of a profile" },
  not_found: { what: "run" },
  role_required: { required: "prompter", role: "viewer" },
  rate_limited: { retryAfterSeconds: 3 },
  origin_refused: { origin: "https://elsewhere.example", expected: "https://baton.example" },
};

/** The errors that an endpoint can answer, with an example of each. */
function problemsOf({ role, body, params, method }: Endpoint): Record<string, object> {
  const codes: ErrorCode[] = [
    ...(body || params ? (["request_invalid"] as const) : []),
    ...(params ? (["not_found"] as const) : []),
    ...(role === "public" ? [] : (["not_signed_in"] as const)),
    ...(role === "public" || role === "server" ? [] : (["role_required"] as const)),
    ...(method === "GET" ? [] : (["origin_refused", "rate_limited", "storage_full"] as const)),
  ];
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(errorStatus(code), [...(byStatus.get(errorStatus(code)) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => [
      status,
      {
        description: sameStatus.join(", "),
        content: {
          "application/problem+json": {
            schema: { $ref: "#/components/schemas/Problem" },
            examples: Object.fromEntries(sameStatus.map((code) => [code, { value: exampleOf(code, status) }])),
          },
        },
      },
    ]),
  );
}

function exampleOf(code: ErrorCode, status: number): object {
  const params = exampleParams[code] ?? {};
  const title = errorText({ code, params });
  return { type: `urn:baton:error:${code}`, title, status, code, params, requestId: "req_3q2-7wEB0aXk" };
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: "draft-2020-12", unrepresentable: "any", io });
  return json;
}
