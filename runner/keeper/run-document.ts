import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { RunHeader, TerminalSize } from "#protocol/documents";
import { RunId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import type { SpawnCommand } from "#protocol/keeper-link";
import { recordPayloads } from "#protocol/payloads";
import { readIfThere, replaceFile, writeWhole } from "#runner/keeper/files";
import { runFiles } from "#runner/keeper/paths";

/**
 * What stands beside a run's log, so that another process knows what was meant and how it ended. The values of the
 * environment are left out: they may be keys.
 */
export const RunDocument = z.looseObject({
  v: z.literal(1),
  header: RunHeader,
  command: z.looseObject({
    argv: z.array(z.string()),
    cwd: z.string(),
    environmentNames: z.array(z.string()),
    size: TerminalSize,
  }),
  /** Written behind the last record; a log without it is read through. */
  ended: z
    .looseObject({
      headSeq: z.int().min(0),
      bytes: z.int().min(0),
      size: TerminalSize,
      pid: z.int().optional(),
      exit: recordPayloads.exit.optional(),
      project: recordPayloads.project.optional(),
      damage: z.object({ validSeq: z.int().min(0), reason: z.string().max(200) }).optional(),
    })
    .optional(),
});
export type RunDocument = z.infer<typeof RunDocument>;

/** The intent to start a run, as it is written before anything is started. */
export const intentOf = (header: RunHeader, command: SpawnCommand): RunDocument => ({
  v: 1,
  header,
  command: {
    argv: command.argv,
    cwd: command.cwd,
    environmentNames: Object.keys(command.env),
    size: command.size,
  },
});

/** @throws BatonError `message_malformed` */
export function readRunDocument(folder: string): RunDocument | undefined {
  const text = readIfThere(runFiles(folder).run);
  return text === undefined ? undefined : parseMessage(RunDocument, text);
}

export const writeRunDocument = (folder: string, document: RunDocument): void =>
  replaceFile(runFiles(folder).run, JSON.stringify(document), { durable: true });

/** Makes the pid durable, so that it is known what to look for if this process dies. */
export const writeProcess = (folder: string, pid: number, startedAt: number): void =>
  writeWhole(runFiles(folder).process, JSON.stringify({ v: 1, pid, startedAt }), true);

export function readAckedSeq(folder: string): number {
  const seq = Number(readIfThere(runFiles(folder).acked) ?? 0);
  return Number.isSafeInteger(seq) && seq > 0 ? seq : 0;
}

/** Not made durable: a relay says again what it has. */
export const writeAckedSeq = (folder: string, seq: number): void =>
  replaceFile(runFiles(folder).acked, String(seq), { durable: false });

/** The folders of all runs of a store. */
export const listRunFolders = (runs: string): { runId: RunId; folder: string }[] =>
  readdirSync(runs)
    .filter((name) => RunId.safeParse(name).success)
    .map((name) => ({ runId: name as RunId, folder: join(runs, name) }));
