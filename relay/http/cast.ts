import { createCastWriter } from "#protocol/cast";
import { storedRecords } from "#relay/domain/record-walk";
import type { Call } from "#relay/http/call";
import { fileNameOf, write } from "#relay/http/raw-log";

/** Sends the terminal as asciicast v3. */
export async function sendCast(call: Call, runId: string): Promise<undefined> {
  const { domain, response } = call;
  const run = await domain.runs.need(runId);
  response.set({
    "Content-Type": "application/x-asciicast",
    "Content-Disposition": `attachment; filename="${fileNameOf(run.body.title, run.id)}.cast"`,
  });
  const writer = createCastWriter(run);
  for await (const chunk of domain.context.store.logs.read(run.id, 1)) {
    if (!(await write(response, writer.lines(storedRecords(chunk))))) return response.end() as never;
  }
  response.end(writer.end());
}
