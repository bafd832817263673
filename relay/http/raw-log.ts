import type { Response } from "express";
import { recordKinds } from "#protocol/record";
import { storedRecords } from "#relay/domain/record-walk";
import type { Call } from "#relay/http/call";

/** Sends the terminal's bytes as they were written. */
export async function sendRawLog(call: Call, runId: string): Promise<undefined> {
  const { domain, response } = call;
  const run = await domain.runs.need(runId);
  response.set({
    "Content-Type": "application/octet-stream",
    "Content-Disposition": `attachment; filename="${fileNameOf(run.body.title, run.id)}.log"`,
    "Last-Modified": new Date(run.lastOutputAt ?? run.receivedAt).toUTCString(),
  });
  for await (const chunk of domain.context.store.logs.read(run.id, 1)) {
    const output = [...storedRecords(chunk)].filter((record) => record.kind === recordKinds.output);
    if (!(await write(response, Buffer.concat(output.map((record) => record.payload))))) break;
  }
  response.end();
}

/**
 * Writes as fast as the client takes it.
 * @returns false once the client has left
 */
export async function write(response: Response, data: Uint8Array | string): Promise<boolean> {
  if (response.destroyed || response.writableEnded) return false;
  if (response.write(data)) return true;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
  return !response.destroyed;
}

/** A name that every file system takes. */
export const fileNameOf = (title: string, id: string): string =>
  `${
    title
      .normalize("NFKD")
      .replace(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[-.]+|[-.]+$/g, "")
      .slice(0, 60) || "run"
  }-${id.slice(-6)}`;
