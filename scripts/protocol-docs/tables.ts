import { type Endpoint, endpoints } from "#protocol/api";
import * as capConstants from "#protocol/caps";
import { errorCodes, errorStatus, errorText } from "#protocol/errors";
import { type IdKind, newId } from "#protocol/ids";
import { roles } from "#protocol/roles";
import { code, quantity, table } from "./markdown.ts";
import { signatureOf } from "./schema-table.ts";
import { commentOf, constantsOf } from "./source.ts";

const idKinds = [
  "run",
  "prompt",
  "thread",
  "runner",
  "member",
  "device",
  "invitation",
  "token",
  "store",
  "relay",
  "pairing",
  "command",
  "connection",
] as const satisfies IdKind[];

export const ids = (): string => `## Ids

${commentOf("ids", "Ids are a three-letter prefix")}

${table(
  ["Names", "Looks like"],
  idKinds.map((kind) => [`${kind === "invitation" ? "an" : "a"} ${kind}`, code(`${newId(kind, 0).slice(0, 4)}…`)]),
)}`;

export const roleTable = (): string => `## Roles

${commentOf("roles", "From least to most")}

${table(
  ["Role", "May also"],
  roles.map((role) => [code(role), roleMeanings[role]]),
)}`;

const roleMeanings: Record<(typeof roles)[number], string> = {
  viewer: "see runners, prompts, runs and their terminals",
  prompter: "queue, change and cancel prompts, cancel own runs",
  approver: "take the keyboard of a terminal, answer agents, cancel any run",
  owner: "invite and remove people, change roles, pair and revoke runners",
};

export const rest = (): string => {
  const rows = Object.values(endpoints as Record<string, Endpoint>);
  return `## REST

JSON in and out, unless another medium is named. “Needs” is the least role of a member; \`public\` needs none, \`server\` is for the relay's own machine. “Token” is the scope with which an API token may call it, besides its member's role; without one, tokens are refused. Errors are problem documents (RFC 9457) with \`code\`, \`params\` and \`requestId\`; every changing request needs the relay's own \`Origin\`, or a token. The same table makes \`/api/openapi.json\`, where each field has its type.

${table(
  ["Request", "Needs", "Token", "What it does"],
  rows.map((row) => [
    code(`${row.method} ${row.path}`),
    code(row.role),
    row.scope ? code(row.scope) : "",
    row.media ? `${row.summary} (${code(row.media)})` : row.summary,
  ]),
)}

What they take and answer; a field with \`?\` may be left out:

${table(
  ["Request", "Takes", "Answers"],
  rows.map((row) => [
    code(`${row.method} ${row.path}`),
    [row.query && `query: ${signatureOf(row.query)}`, row.body && signatureOf(row.body)].filter(Boolean).join("; "),
    row.media ? code(row.media) : row.response ? signatureOf(row.response) : "204, nothing",
  ]),
)}`;
};

export const errors = (): string => `## Errors

${commentOf("errors", "Errors travel as")}

${table(
  ["Code", "Status", "Text"],
  errorCodes.map((name) => [code(name), String(errorStatus(name)), errorText({ code: name, params: paramNames })]),
)}`;

/** Answers every param with its own name, so that the text shows where it goes. */
const paramNames = new Proxy({} as Record<string, string>, {
  get: (_, name) => `‹${String(name)}›`,
  has: () => true,
  getOwnPropertyDescriptor: () => ({ value: "", enumerable: true, configurable: true, writable: true }),
});

export const caps = (): string => `## Caps

${table(
  ["Name", "Value", "Meaning"],
  constantsOf("caps").map(({ name, comment }) => {
    const value: unknown = Object.entries(capConstants).find(([key]) => key === name)?.[1];
    const shown = typeof value === "number" ? quantity(name, value) : sizeText(value);
    return [code(name), shown, comment.replaceAll("\n", " ")];
  }),
)}`;

const sizeText = (value: unknown): string =>
  typeof value === "object" && value !== null
    ? Object.entries(value)
        .map(([k, v]) => `${k} ${v}`)
        .join(", ")
    : String(value);
