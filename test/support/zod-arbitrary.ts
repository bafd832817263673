import fc from "fast-check";
import * as z from "zod";

/**
 * Values that a schema accepts, made from its JSON Schema; refinements, which JSON Schema cannot say, are a filter.
 * @param io `output`: values as they stand behind the parser, all defaults filled in, so that parsing is the identity
 */
export function arbitraryOf<S extends z.ZodType>(
  schema: S,
  io: "input" | "output" = "output",
): fc.Arbitrary<z.output<S>> {
  const json = z.toJSONSchema(schema, { io, unrepresentable: "any", reused: "inline" }) as JsonSchema;
  return arbitraryOfJson(json).filter((value) => schema.safeParse(value).success) as fc.Arbitrary<z.output<S>>;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Long strings and lists are kept short: their caps have tests of their own. */
const maxGeneratedItems = 4;
const maxGeneratedLength = 40;

function arbitraryOfJson(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return fc.oneof(...alternatives.map(arbitraryOfJson));
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type: string) => arbitraryOfJson({ ...schema, type })));
  }
  return (makers[String(schema.type)] ?? anyJson)(schema);
}

const anyJson = (): fc.Arbitrary<unknown> => fc.jsonValue().map(asJson);

const makers: Readonly<Record<string, (schema: JsonSchema) => fc.Arbitrary<unknown>>> = {
  string: (schema) =>
    schema.format === "uri"
      ? fc.webUrl()
      : schema.pattern
        ? fc.stringMatching(new RegExp(schema.pattern))
        : fc
            .string({
              unit: "grapheme",
              minLength: schema.minLength ?? 0,
              maxLength: Math.max(
                schema.minLength ?? 0,
                Math.min(schema.maxLength ?? maxGeneratedLength, maxGeneratedLength),
              ),
            })
            .filter((text) => text.trim() === text && text.length <= (schema.maxLength ?? text.length)),
  integer: (schema) =>
    fc.integer({ min: schema.minimum ?? Number.MIN_SAFE_INTEGER, max: schema.maximum ?? Number.MAX_SAFE_INTEGER }),
  number: (schema) =>
    fc
      .double({
        noNaN: true,
        noDefaultInfinity: true,
        ...(schema.minimum !== undefined && { min: schema.minimum }),
        ...(schema.maximum !== undefined && { max: schema.maximum }),
      })
      .map(asJson),
  boolean: () => fc.boolean(),
  array: (schema) =>
    fc.array(arbitraryOfJson(schema.items ?? {}), {
      minLength: schema.minItems ?? 0,
      maxLength: Math.min(schema.maxItems ?? maxGeneratedItems, maxGeneratedItems),
    }),
  object: (schema) => {
    const known = fc.record(mapValues(schema.properties ?? {}, arbitraryOfJson), {
      requiredKeys: [...(schema.required ?? [])],
      noNullPrototype: true,
    });
    if (!schema.additionalProperties) return known;
    const more = fc.dictionary(
      names(schema.propertyNames),
      arbitraryOfJson(schema.additionalProperties === true ? {} : schema.additionalProperties),
      { maxKeys: maxGeneratedItems },
    );
    return fc.tuple(more, known).map(([extra, fields]) => asJson({ ...extra, ...fields }));
  },
};

/** Names of a dictionary. `__proto__` is left out: zod drops it on purpose, whatever it holds. */
const names = (schema: JsonSchema | undefined): fc.Arbitrary<string> =>
  schema ? (arbitraryOfJson(schema) as fc.Arbitrary<string>).filter((name) => name !== "__proto__") : unknownName;

/** The name of a field from the future: never one that the schema knows. */
const unknownName = fc.string({ minLength: 1, maxLength: 12 }).map((name) => `x-${name}`);

const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const mapValues = <A, B>(object: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
