import * as z from "zod";
import * as documents from "#protocol/documents";
import { WireError } from "#protocol/errors";
import { KeeperRun, SpawnCommand } from "#protocol/keeper-link";
import { Actor } from "#protocol/payloads";
import { Role } from "#protocol/roles";
import { ProtocolRange } from "#protocol/version";
import { code, table } from "./markdown.ts";

/** What has a section of its own is named, not written out, wherever it is used. */
export const documentSections = {
  Prompt: documents.Prompt,
  PromptBody: documents.PromptBody,
  PromptTarget: documents.PromptTarget,
  RunHeader: documents.RunHeader,
  RunBody: documents.RunBody,
  Run: documents.Run,
  Runner: documents.Runner,
  RunnerBody: documents.RunnerBody,
  RunnerReport: documents.RunnerReport,
  AgentInfo: documents.AgentInfo,
  Member: documents.Member,
  Device: documents.Device,
  PublicKey: documents.PublicKey,
  Invitation: documents.Invitation,
  AccessToken: documents.AccessToken,
  JoinToken: documents.JoinToken,
  AuditEntry: documents.AuditEntry,
  Actor,
  TerminalSize: documents.TerminalSize,
  WireError,
  ProtocolRange,
  KeeperRun,
  SpawnCommand,
} as const satisfies Record<string, z.ZodType>;

const enums = {
  PromptState: documents.PromptState,
  RunStatus: documents.RunStatus,
  RunEnd: documents.RunEnd,
  Role,
} as const;

/** Names the schemas above for this page only, and reads the descriptions that stand on them. */
const named = z.registry<{ id?: string | undefined; description?: string | undefined }>();
const nameOf = named.get.bind(named);
named.get = (schema) => {
  const description = z.globalRegistry.get(schema)?.description;
  return { ...nameOf(schema), ...(description !== undefined && { description }) };
};
for (const [id, schema] of Object.entries({ ...documentSections, ...enums })) named.add(schema, { id });

interface Shape {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly allOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Shape;
  readonly additionalProperties?: boolean | Shape;
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly description?: string;
  readonly $defs?: Readonly<Record<string, Shape>>;
}

/**
 * The fields of a schema as a table, or its type in words where it has no fields.
 * @param own the name of the section that this table is, so that it does not refer to itself
 */
export function fieldsOf(schema: z.ZodType, own?: string): string {
  const shape = shapeOf(schema, own);
  if (!shape.properties) return `${typeOf(shape)}${shape.description ? `: ${shape.description}` : ""}`;
  const rows = rowsOf(shape, "").filter(([name]) => name !== code("type"));
  const more = shape.additionalProperties !== undefined && shape.additionalProperties !== false;
  const note = more ? "\n\nMore fields are kept and passed on." : "";
  return rows.length > 0 ? table(["Field", "Type", "Meaning"], rows) + note : "No fields.";
}

/** What a schema is, on one line: the names of its fields, an optional one with a `?`. */
export function signatureOf(schema: z.ZodType): string {
  const shape = shapeOf(schema);
  if (!shape.properties) return typeOf(shape);
  const required = new Set(shape.required);
  return Object.keys(shape.properties)
    .map((name) => code(required.has(name) ? name : `${name}?`))
    .join(", ");
}

function shapeOf(schema: z.ZodType, own?: string): Shape {
  const shape = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", metadata: named }) as Shape;
  const inside = shape.$ref && own ? shape.$defs?.[own] : undefined;
  return inside ?? shape;
}

function rowsOf(shape: Shape, prefix: string): string[][] {
  const required = new Set(shape.required);
  return Object.entries(shape.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name;
    const optional = !required.has(name);
    const notes = [field.description, defaultOf(field)].filter(Boolean).join("; ");
    const row = [code(optional ? `${path}?` : path), typeOf(field), notes];
    if (field.properties) return [row, ...rowsOf(field, `${path}.`)];
    if (field.items?.properties) return [row, ...rowsOf(field.items, `${path}[].`)];
    return [row];
  });
}

const defaultOf = (field: Shape): string | undefined =>
  field.default === undefined ? undefined : `default ${code(JSON.stringify(field.default))}`;

const idPattern = /^\^([a-z]{3})_\[0-9a-f\]\{32\}\$$/;

function typeOf(shape: Shape): string {
  if (shape.$ref) return linkTo(shape.$ref.split("/").at(-1) ?? "");
  const [only] = shape.allOf ?? [];
  if (only) return typeOf(only);
  if (shape.const !== undefined) return code(JSON.stringify(shape.const));
  if (shape.enum) return shape.enum.map((value) => code(JSON.stringify(value))).join(" | ");
  const alternatives = shape.anyOf ?? shape.oneOf;
  if (alternatives) return alternatives.map(typeOf).join(" or ");
  if (typeof shape.type !== "string")
    return shape.type ? shape.type.map((type) => typeOf({ type })).join(" or ") : "any JSON";
  return words[shape.type]?.(shape) ?? shape.type;
}

const words: Readonly<Record<string, (shape: Shape) => string>> = {
  string: (shape) => {
    const id = idPattern.exec(shape.pattern ?? "")?.[1];
    if (id) return `id ${code(`${id}_…`)}`;
    if (shape.pattern) return `text like ${code(shape.pattern)}`;
    return `text${range(shape.minLength, shape.maxLength, " characters")}`;
  },
  integer: (shape) => `integer${range(shape.minimum, shape.maximum, "")}`,
  number: (shape) => `number${range(shape.minimum, shape.maximum, "")}`,
  boolean: () => "true or false",
  array: (shape) =>
    `list of ${shape.items?.properties ? "objects" : typeOf(shape.items ?? {})}${range(shape.minItems, shape.maxItems, "")}`,
  object: (shape) => {
    if (shape.properties) {
      const more = shape.additionalProperties !== undefined && shape.additionalProperties !== false;
      return more ? "object; more fields are kept" : `object ${inlineFields(shape)}`.trim();
    }
    const value = typeof shape.additionalProperties === "object" ? typeOf(shape.additionalProperties) : "any JSON";
    return `map of name to ${value}`;
  },
};

/** An alternative among others has no rows of its own, so its only fields stand in the type. */
const inlineFields = (shape: Shape): string => {
  const names = Object.keys(shape.properties ?? {});
  return names.length === 1 ? `with ${names.map(code).join(", ")}` : "";
};

function range(least: number | undefined, most: number | undefined, unit: string): string {
  const low = least !== undefined && least > Number.MIN_SAFE_INTEGER ? least : undefined;
  const high = most !== undefined && most < Number.MAX_SAFE_INTEGER ? most : undefined;
  if (low !== undefined && high !== undefined) return `, ${number(low)} to ${number(high)}${unit}`;
  if (high !== undefined) return `, at most ${number(high)}${unit}`;
  return low !== undefined ? `, at least ${number(low)}${unit}` : "";
}

const number = (value: number) => value.toLocaleString("en-US");

const linkTo = (name: string): string => {
  const values: z.ZodType | undefined = Object.hasOwn(enums, name) ? enums[name as keyof typeof enums] : undefined;
  if (values instanceof z.ZodEnum) return values.options.map((value) => code(JSON.stringify(value))).join(" | ");
  return `[${name}](#${name.toLowerCase()})`;
};
