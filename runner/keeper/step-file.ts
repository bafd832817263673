import { closeSync, type FSWatcher, fstatSync, openSync, readSync, watch } from "node:fs";
import * as z from "zod";
import { RunTunnel } from "#protocol/documents";
import { type Payload, recordPayloads } from "#protocol/payloads";
import { maxStepFileBytes, maxStepLineBytes, stepLookMs } from "#runner/keeper/caps";

/** What the program of a run itself says for the run's log, a line of JSON each. */
export const StepLine = z.union([
  z.object({ step: recordPayloads.step }),
  z.object({ project: recordPayloads.project }),
  z.object({ tunnel: RunTunnel }),
]);
export type StepLine = z.infer<typeof StepLine>;

/** Where the program of a run finds the path of its file. */
export const stepFileVariable = "BATON_STEP_FILE";

/** Reads a file that the program of a run appends to. */
export interface StepFile {
  /** Reads what is there now, and no more after it. */
  last(): void;
}

interface StepFileEvents {
  step(step: Payload<"step">): void;
  project(project: Payload<"project">): void;
  tunnel(tunnel: RunTunnel): void;
  /** A line that is none, or a file that cannot be read; told once. */
  refused(reason: string): void;
}

/** @param path is made, empty, for this user alone */
export function createStepFile(path: string, { step, project, tunnel, refused }: StepFileEvents): StepFile {
  // Held open: whoever puts a pipe, a device or a link in its place later has nothing to do with it.
  const file = openSync(path, "w+", 0o600);
  let isClosed = false;
  let offset = 0;
  let rest = Buffer.alloc(0);
  let isRefused = false;

  const refuse = (reason: string) => {
    if (!isRefused) refused(reason);
    isRefused = true;
  };
  const take = (line: string) => {
    const { data } = StepLine.safeParse(parsed(line));
    if (!data) return refuse("a line is none of ours");
    if ("step" in data) step(data.step);
    else if ("project" in data) project(data.project);
    else tunnel(data.tunnel);
  };
  const read = () => {
    if (isClosed) return;
    const room = maxStepFileBytes - offset;
    if (room <= 0) return refuse("it is too long");
    try {
      const bytes = readFrom(file, offset, room);
      offset += bytes.length;
      const lines = Buffer.concat([rest, bytes]);
      const end = lines.lastIndexOf(10) + 1;
      rest = Buffer.from(lines.subarray(end));
      for (const line of lines.subarray(0, end).toString("utf8").split("\n")) if (line !== "") take(line);
      if (rest.length <= maxStepLineBytes) return;
      rest = Buffer.alloc(0);
      refuse("a line is too long");
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error));
    }
  };

  // Not every system tells of each change, and some of none.
  const timer = setInterval(read, stepLookMs);
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(path, read).on("error", () => watcher?.close());
  } catch (error) {
    refuse(String(error));
  }
  return {
    last() {
      clearInterval(timer);
      watcher?.close();
      read();
      if (!isClosed) closeSync(file);
      isClosed = true;
    },
  };
}

function readFrom(file: number, offset: number, room: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, Math.min(room, fstatSync(file).size - offset)));
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset));
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
