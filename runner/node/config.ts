import { join } from "node:path";
import * as z from "zod";
import {
  AgentId,
  devServerAgent,
  EnvironmentName,
  Name,
  PreviewPort,
  PreviewVia,
  RunnerPolicy,
} from "#protocol/documents";
import { longestRunMinutes } from "#runner/core/caps";
import { type Profile, ProfileSchema, withOwnProfiles } from "#runner/core/profiles";
import { isTemplateRule } from "#runner/node/builds/template-sources";
import type { BatonDirs } from "#runner/node/dirs";
import { readJsonFile } from "#runner/node/json-file";

/** A host name without a port. */
export const Hostname = z.hostname();

/** The user's own configuration, `<config>/config.json`. A key that is not known here is an error, not a surprise. */
export const UserConfig = z.strictObject({
  $schema: z.string().optional(),
  relay: z.url({ protocol: /^https?$/ }).optional(),
  policy: RunnerPolicy.optional(),
  name: Name.optional(),
  allowedAgents: z.array(AgentId).max(64).optional(),
  folders: z.array(z.string().min(1).max(4_096)).max(200).default([]).describe("prompts may run in these too"),
  environment: z.array(EnvironmentName).max(200).default([]).describe("variables that a prompt may set"),
  passEnvironment: z.array(EnvironmentName).max(200).default([]).describe("variables that every agent gets"),
  shellLines: z.array(z.string().min(1).max(4_096)).max(200).default([]).describe("what the agent “shell” may run"),
  templateSources: z
    .array(z.string().min(1).max(2_000).refine(isTemplateRule, "expected a repository, or the beginning of one and /*"))
    .max(200)
    .default([])
    .describe("repositories that a prompt may begin with unasked"),
  previewVia: PreviewVia.optional().describe(
    "how ports are reached: `cloudflare` and `both` put them at public addresses",
  ),
  cloudflared: z.string().min(1).max(4_096).optional().describe("the path of cloudflared"),
  cloudflareHostname: Hostname.optional().describe(
    "of a tunnel of your own, whose token stands in BATON_CLOUDFLARE_TOKEN",
  ),
  previewPorts: z.array(PreviewPort).max(200).default([]).describe("ports that people of the relay may be shown"),
  maxRunMinutes: z.number().positive().max(longestRunMinutes).optional(),
  agents: z.array(ProfileSchema).max(40).default([]),
});
export type UserConfig = z.infer<typeof UserConfig>;

/** The profiles that run command lines of the user: the same lines run unasked in each. */
const isCommandLine = (id: string): boolean => id === "shell" || id === devServerAgent;

/** @throws BatonError `profile_invalid`, which names file, line and field */
export function loadConfig(dirs: BatonDirs): UserConfig {
  return readJsonFile(configFile(dirs), UserConfig)?.value ?? UserConfig.parse({});
}

export const configFile = (dirs: BatonDirs): string => join(dirs.config, "config.json");

/** Every profile of this user: the built-in ones, changed and extended by the configuration and accepted proposals. */
export function profilesOf(config: UserConfig, proposals: readonly Profile[] = []): Profile[] {
  return withOwnProfiles([...proposals, ...config.agents]).map((profile) =>
    isCommandLine(profile.id) && profile.allowedLines
      ? { ...profile, allowedLines: [...profile.allowedLines, ...config.shellLines] }
      : profile,
  );
}
