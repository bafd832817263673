import { type PayloadKind, recordPayloads } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import { code, table } from "./markdown.ts";
import { documentSections, fieldsOf } from "./schema-table.ts";
import { commentOf } from "./source.ts";

/** The binary layer: records, frames, messages on a stream. */
export const records = (): string => `## Records

${commentOf("record", "A record is the unit of a run's log")}

${table(["Number", "Kind", "Payload"], kindRows())}

Numbers that a side does not know are kept and passed on as they are.

${(Object.keys(recordPayloads) as PayloadKind[])
  .map((kind) => `### Payload of \`${kind}\`\n\n${fieldsOf(recordPayloads[kind])}`)
  .join("\n\n")}

## Frames

${commentOf("frame", "Binary WebSocket messages")}

A frame is read whole or refused whole, with \`frame_too_large\`, \`frame_malformed\`, \`record_damaged\` or \`input_too_large\`.

## Messages on a stream

${commentOf("stream", "Messages on a byte stream")}

A length over the cap is refused as soon as its four bytes are there, and nothing is read behind an error.`;

/** What the relay stores and shows. */
export const documents = (): string => `## Documents

${commentOf("documents", "What the relay stores and shows")}

${Object.entries(documentSections)
  .map(([name, schema]) => `### ${name}\n\n${fieldsOf(schema, name)}`)
  .join("\n\n")}`;

const kindRows = (): string[][] =>
  Object.entries(recordKinds).map(([name, number]) => {
    if (name === "output") return [String(number), code(name), "the terminal's bytes, as they are"];
    const payload = Object.hasOwn(recordPayloads, name) ? `JSON, [below](#payload-of-${name})` : "reserved";
    return [String(number), code(name), payload];
  });
