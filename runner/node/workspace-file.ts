import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { AgentId } from "#protocol/documents";
import { longestRunMinutes } from "#runner/core/caps";
import { type Profile, ProfileSchema } from "#runner/core/profiles";
import { readOwnFile } from "#runner/node/damaged-file";
import type { BatonDirs } from "#runner/node/dirs";
import { writePrivateFile } from "#runner/node/files";
import { readJsonFile } from "#runner/node/json-file";

/**
 * A folder's `baton.json`. An agent can write it, so it can only tighten: deny agents, or have the local user asked
 * about them. The profiles in it are proposals, which count once the local user has accepted exactly this content.
 */
export const WorkspaceFile = z.strictObject({
  $schema: z.string().optional(),
  denyAgents: z.array(AgentId).max(64).default([]),
  askAgents: z.union([z.literal("all"), z.array(AgentId).max(64)]).default([]),
  maxRunMinutes: z.number().positive().max(longestRunMinutes).optional(),
  agents: z.array(ProfileSchema).max(40).default([]),
});
export type WorkspaceFile = z.infer<typeof WorkspaceFile>;

export interface Workspace {
  readonly file: WorkspaceFile;
  /** The proposals that were accepted as they stand now. */
  readonly accepted: readonly Profile[];
  /** Proposals that nobody has accepted yet. */
  readonly proposed: readonly Profile[];
}

export const workspaceFileOf = (folder: string): string => join(folder, "baton.json");

/** @throws BatonError `profile_invalid` */
export function loadWorkspace(dirs: BatonDirs, folder: string): Workspace {
  const file = readJsonFile(workspaceFileOf(folder), WorkspaceFile)?.value ?? WorkspaceFile.parse({});
  const known = acceptedHashes(dirs);
  return {
    file,
    accepted: file.agents.filter((profile) => known.has(hashOf(folder, profile))),
    proposed: file.agents.filter((profile) => !known.has(hashOf(folder, profile))),
  };
}

/** Remembers that the local user has accepted these profiles of this folder, as they stand. */
export function acceptProposals(dirs: BatonDirs, folder: string, profiles: readonly Profile[]): void {
  const hashes = [...acceptedHashes(dirs), ...profiles.map((profile) => hashOf(folder, profile))];
  writePrivateFile(acceptedFile(dirs), JSON.stringify({ v: 1, hashes: [...new Set(hashes)].slice(-maxAccepted) }));
}

const maxAccepted = 1_000;
const Accepted = z.looseObject({ hashes: z.array(z.string()).max(maxAccepted) });
const acceptedFile = (dirs: BatonDirs) => join(dirs.data, "accepted-proposals.json");

/** Of a file that was damaged nothing counts: what is proposed is asked about again, which says enough. */
const acceptedHashes = (dirs: BatonDirs): Set<string> =>
  new Set(readOwnFile(acceptedFile(dirs), Accepted, () => undefined)?.hashes);

const hashOf = (folder: string, profile: Profile): string =>
  createHash("sha256")
    .update(JSON.stringify([folder, profile]))
    .digest("hex");
