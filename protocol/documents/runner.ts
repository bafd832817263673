import * as z from "zod";
import { maxLabels, maxPathLength, maxRunnerBodyJsonBytes, maxRunnerReportJsonBytes } from "#protocol/caps";
import {
  Access,
  AgentId,
  EnvironmentName,
  jsonBytes,
  Label,
  RunMode,
  stored,
  Timestamp,
} from "#protocol/documents/fields";
import { maxProjects, Project } from "#protocol/documents/project";
import { DeviceId, MemberId, RunnerId } from "#protocol/ids";
import { Name, shownPath, shownText } from "#protocol/shown-text";

export const RunnerPolicy = z.enum(["auto", "ask", "paused"]);
export type RunnerPolicy = z.infer<typeof RunnerPolicy>;
export const RunnerState = z.enum(["online", "paused", "away", "revoked"]);
export type RunnerState = z.infer<typeof RunnerState>;

/** One agent CLI as a runner found it. */
export const AgentInfo = z.looseObject({
  id: AgentId,
  name: Name,
  icon: z.string().max(40).optional(),
  version: z.string().max(80).optional(),
  available: z.boolean(),
  install: z.string().max(400).optional().describe("how to install it, where it is missing"),
  missingEnvironment: z.array(EnvironmentName).optional().describe("keys it asks for that are not set"),
  modes: z.partialRecord(RunMode, z.array(Access)),
  resumes: z.boolean().optional().describe("a follow-up continues the session of the run before"),
});
export type AgentInfo = z.infer<typeof AgentInfo>;

/** What a runner says of itself at hello and, where it changes, in heartbeats. */
export const RunnerReport = z
  .looseObject({
    policy: RunnerPolicy,
    version: z.string().max(40),
    agents: z.array(AgentInfo).max(64),
    load: z.number().min(0).optional().describe("one-minute load average per core"),
    freeDiskBytes: z.number().min(0).optional(),
    runningRuns: z.int().min(0),
    projects: z.array(Project).max(maxProjects).optional().describe("what can be run in its folder"),
    checkedAt: Timestamp,
    publicPreviews: z.boolean().optional().describe("it can show ports at public addresses, without the relay"),
  })
  .refine((report) => jsonBytes(report) <= maxRunnerReportJsonBytes, {
    message: `at most ${maxRunnerReportJsonBytes} bytes as JSON`,
  });
export type RunnerReport = z.infer<typeof RunnerReport>;

export const RunnerBody = z
  .looseObject({
    name: Name,
    host: shownText(255),
    folder: shownPath(maxPathLength),
    platform: shownText(40),
    editor: shownText(80).optional().describe("name and version, where an editor is the runner"),
    labels: z
      .array(Label)
      .max(maxLabels)
      .optional()
      .describe("wished for; counts where it is paired for the first time"),
    concurrency: z.int().min(1).max(64).optional().describe("wished for, as the labels"),
  })
  .refine((body) => jsonBytes(body) <= maxRunnerBodyJsonBytes, {
    message: `at most ${maxRunnerBodyJsonBytes} bytes as JSON`,
  });
export type RunnerBody = z.infer<typeof RunnerBody>;

export const Runner = z.looseObject({
  ...stored,
  id: RunnerId,
  memberId: MemberId.describe("who approved the pairing"),
  deviceId: DeviceId,
  pairedAt: Timestamp,
  state: RunnerState,
  lastSeenAt: Timestamp,
  reconnecting: z.boolean().optional().describe("its link is down, and it is not away yet; told, never stored"),
  labels: z.array(Label).max(maxLabels),
  concurrency: z.int().min(1).max(64).describe("`once` runs at a time"),
  promptedBy: z
    .union([z.literal("team"), z.array(MemberId).max(200)])
    .describe("who may prompt it; set by its own member"),
  report: RunnerReport.optional(),
  body: RunnerBody,
});
export type Runner = z.infer<typeof Runner>;
