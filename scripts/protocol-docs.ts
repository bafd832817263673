import { links } from "./protocol-docs/links.ts";
import { documents, records } from "./protocol-docs/records-and-documents.ts";
import { caps, errors, ids, rest, roleTable } from "./protocol-docs/tables.ts";

/** The text of docs/protocol.md, made from the schemas, tables and comments of protocol/. */
export const render = (): string =>
  `${[introduction, ids(), records(), links(), documents(), roleTable(), rest(), errors(), caps()].join("\n\n")}\n`;

const introduction = `<!-- Made from protocol/*.ts by “npm run docs”; change it there. -->

# The protocol

The language between a runner, its relay, its keeper and everybody who watches. Each part imports these schemas from \`protocol/\`, so this page, the checks at every border and the types in the code are one thing.

\`\`\`
 viewer ──── /api/viewer-link ────▶ relay ◀──── /api/runner-link ──── runner ──── socket ────▶ keeper ──▶ agent
 dashboard,      WebSocket          queue,          WebSocket         policy,     Unix socket    logs,       in a
 CLI, editor     + REST             logs, people    + pairing         git         or pipe        terminals   terminal
\`\`\`

1. A viewer signs in by REST, gets a ticket (\`POST /api/tickets\`) and says \`hello\` with it. The relay answers \`welcome\` with the whole state; every later change comes as \`changed\`.
2. A prompt is queued by REST. The relay offers it to a runner (\`prompt.offer\`), the runner claims it (\`prompt.claim\`) and, once the claim is its own, has its keeper start it (\`start\`). A claim is for good, so a prompt never runs twice.
3. The keeper writes what the agent does as records into its log and sends them; the runner passes them on; the relay stores them, acknowledges what is durable (\`run.ack\`) and sends them to every viewer that watches the run. The bytes of a record are the same on disk and on every wire.
4. Keys and sizes go the other way, with the number of the input lease (\`leaseEpoch\`) that the keeper granted. With an old number they are refused, never queued.

Control messages are JSON text. Terminal bytes are binary frames. Every request carries an \`id\` (\`cmd_…\`) and gets one \`reply\` with the same \`re\`. Fields that a side does not know are passed on where the table says “more fields are kept”, and ignored elsewhere; so are record kinds of later versions. Times are milliseconds since the epoch.

Each side names the newest and the oldest version it speaks in its first message. The newest that both know is used; where there is none, the answer is \`protocol_version_unsupported\` and the socket closes. Fields are added, never changed; a change of meaning is a new version, and each side speaks its own and the one before.`;
