import type * as z from "zod";
import * as api from "#protocol/api";
import * as documents from "#protocol/documents";
import { fromKeeper, KeeperRun, keeperResults, SpawnCommand, toKeeper } from "#protocol/keeper-link";
import { recordPayloads } from "#protocol/payloads";
import { LinkProof, toRelay, toRunner } from "#protocol/runner-link";
import { toViewer, viewerCommands } from "#protocol/viewer-link";

/** Every schema of the wire by a name for people, so that a property holds for all of them or says which one it fails. */

export const documentSchemas = {
  Prompt: documents.Prompt,
  Run: documents.Run,
  RunHeader: documents.RunHeader,
  Runner: documents.Runner,
  Member: documents.Member,
  Device: documents.Device,
  Invitation: documents.Invitation,
  AccessToken: documents.AccessToken,
  JoinToken: documents.JoinToken,
  AuditEntry: documents.AuditEntry,
} as const satisfies Record<string, z.ZodType>;

export const linkSchemas = {
  "runner → relay": toRelay,
  "relay → runner": toRunner,
  "viewer → relay": Object.fromEntries(Object.entries(viewerCommands).map(([name, row]) => [name, row.schema])),
  "relay → viewer": toViewer,
  "runner → keeper": toKeeper,
  "keeper → runner": fromKeeper,
} as const satisfies Record<string, Record<string, z.ZodType>>;

export const otherSchemas: Record<string, z.ZodType> = {
  LinkProof,
  KeeperRun,
  SpawnCommand,
  ...prefixed("result of ", keeperResults),
  ...prefixed("payload of ", recordPayloads),
};

export const endpointSchemas: Record<string, z.ZodType> = Object.fromEntries(
  Object.entries(api.endpoints as Record<string, api.Endpoint>).flatMap(([name, endpoint]) =>
    (["params", "query", "body", "response"] as const).flatMap((part) => {
      const schema = endpoint[part];
      return schema ? [[`${name} ${part}`, schema] as const] : [];
    }),
  ),
);

function prefixed(prefix: string, schemas: Record<string, z.ZodType>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [prefix + name, schema]));
}
