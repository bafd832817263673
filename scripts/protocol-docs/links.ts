import type * as z from "zod";
import { fromKeeper, keeperResults, toKeeper } from "#protocol/keeper-link";
import { LinkProof, toRelay, toRunner } from "#protocol/runner-link";
import { ToRelayFromTunnel, ToTunnel, tunnelErrorHeader } from "#protocol/tunnel";
import { inputFrameRole, toViewer, viewerCommands } from "#protocol/viewer-link";
import { fieldsOf } from "./schema-table.ts";
import { commentOf } from "./source.ts";

/** The links, each with its messages in both directions. */
export const links = (): string => [runnerLink(), previewTunnel(), viewerLink(), keeperLink()].join("\n\n");

const runnerLink = () => `## Runner link

${commentOf("runner-link", "The link between a runner and its relay")}

\`\`\`
relay    challenge {nonce, relayId, protocol}
runner   hello {protocol, runnerId, deviceId, proof, report, runs: what its keepers can still send}
relay    welcome {version, runs: the durable seq of each, claims to be answered}       or  error, and the socket closes
runner   run.begin and records of each run from there on           relay   run.ack as soon as they are durable
\`\`\`

\`proof\` is a JWS (compact, EdDSA) of this content, signed with the key that was paired:

${fieldsOf(LinkProof)}

### From the runner

${messages(toRelay)}

### From the relay

${messages(toRunner)}`;

const previewTunnel = () => `## Preview tunnel

${commentOf("tunnel", "The tunnel between a runner and its relay")}

\`\`\`
runner   hello {ticket: the answer to tunnel.ticket on its link}
relay    ready                                                     or  error, and the socket closes
relay    CONNECT localhost:5173                                    runner   200, or why not in ${tunnelErrorHeader}
relay    GET / HTTP/1.1 …                                          runner   what the server at that port answers
\`\`\`

### Messages of the tunnel

${messages({
  hello: ToRelayFromTunnel,
  ...Object.fromEntries(ToTunnel.options.map((schema) => [schema.shape.type.value, schema])),
})}`;

const viewerLink = () => `## Viewer link

${commentOf("viewer-link", "The link between a viewer and the relay")}

Binary \`input\` frames need the role \`${inputFrameRole}\`.

### From the viewer

${messages(Object.fromEntries(Object.entries(viewerCommands).map(([name, row]) => [name, row.schema])), (name) => {
  const role = viewerCommands[name as keyof typeof viewerCommands].role;
  return role ? `Needs the role \`${role}\`.` : "The first message; it needs a ticket.";
})}

### To the viewer

${messages(toViewer)}`;

const keeperLink = () => `## Keeper link

${commentOf("keeper-link", "The link between a runner and the keeper")}

### To the keeper

${messages(toKeeper)}

### From the keeper

${messages(fromKeeper)}

### Results of replies

${Object.entries(keeperResults)
  .map(([name, schema]) => `#### Result of \`${name}\`\n\n${fieldsOf(schema)}`)
  .join("\n\n")}`;

const messages = (schemas: Record<string, z.ZodType>, about?: (name: string) => string): string =>
  Object.entries(schemas)
    .map(([name, schema]) =>
      [`#### \`${name}\``, [sentence(schema.description), about?.(name)].filter(Boolean).join(" "), fieldsOf(schema)]
        .filter(Boolean)
        .join("\n\n"),
    )
    .join("\n\n");

const sentence = (text: string | undefined) => (text ? `${text.charAt(0).toUpperCase()}${text.slice(1)}.` : undefined);
